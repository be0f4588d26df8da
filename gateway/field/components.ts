import { createRequire } from 'node:module';
import type { EventEmitter } from 'node:events';
import { reasonOf } from '../model/errors.ts';
import type { Reason } from '../model/reading.ts';
import { sleep, type Clock } from '../platform/clock.ts';
import type { Component } from '../profiles/connect.ts';
import type { Fields } from '../profiles/grammar.ts';
import { Cadence } from './cadence.ts';
import { bme280 } from './chips/bme280.ts';
import { openChip, type Chip, type ChipDriver } from './chips/chip.ts';
import { sht3x } from './chips/sht3x.ts';
import { counterState, countOn, type CounterState } from './counter.ts';
import type { I2cBus } from './i2c-bus.ts';
import { declareSafe, nodeCommands, parseCounts, reportEvery } from './node-protocol.ts';
import type { DevicePlan } from './protocol.ts';
import { nodeEvent, type Firmata } from './transports/firmata.ts';

/** What a component hears. `doubt`: the values are at best suspect; `state`: stored together with them. */
export type Hear = (fields: Fields, extra?: { readonly doubt?: Reason; readonly state?: unknown }) => void;

export interface BoardContext extends BusContext {
  readonly io: Firmata;
}

/** What there is on every board, be it a node board or this machine's own header. */
export interface BusContext {
  /** What johnny-five stands on; it tells of silent chips as event `string`. */
  readonly io: EventEmitter;
  /** A johnny-five board, made when the first component wants one. */
  readonly five: () => Promise<FiveBoard>;
  /** The board's own number; 0: it has none. */
  readonly number: number;
  /** Its I2C bus, switched on when the first component wants it. */
  readonly i2c: () => I2cBus;
  readonly clock: Clock;
  /** How long to wait between two questions to the device, as things stand. */
  readonly askMs: () => number;
  readonly heard: Hear;
  /** The component cannot work. */
  readonly fault: (why: string) => void;
}

/** What runs for a device on a board. */
export interface Running {
  /** Called each second. */
  readonly poll?: () => void;
  /** Called a few times a second. */
  readonly tick?: (mono: number) => void;
  /** Switches an output. */
  readonly set?: (value: boolean) => void;
  /** The process ends: an output that nobody else looks after goes to its safe level. */
  readonly release?: () => void;
}

/** johnny-five has no types of its own that fit our use. */
export interface FiveBoard {
  readonly board: unknown;
  readonly Multi: new (options: {
    readonly controller: string;
    readonly freq: number;
    readonly board: unknown;
  }) => EventEmitter & {
    readonly thermometer: { readonly celsius: number };
    readonly barometer: { readonly pressure: number };
  };
}

/** Full scale of the ATmega328P's converter (data sheet DS40002061B, 24.1: 10 bits). */
const analogFullScale = 1023;
/** How often a board is asked at most. */
const leastPollMs = 100;

type StartOn<Context> = (device: DevicePlan, context: Context) => Promise<Running>;
type Start = StartOn<BoardContext>;
type StartOnBus = StartOn<BusContext>;

/** Chips on an I2C bus, whatever board has the bus. */
export const startOnBus = {
  bmp180: async ({ everyMs }, { io, five, heard, fault }) => {
    io.on('string', (text: string) => {
      if (text.startsWith('I2C 0x77')) fault(`the sensor does not answer (${text})`);
    });
    const { Multi, board } = await five();
    const sensor = new Multi({ controller: 'BMP180', freq: Math.max(leastPollMs, Math.min(1000, everyMs / 2)), board });
    sensor.on('data', () => {
      const { celsius } = sensor.thermometer;
      const { pressure } = sensor.barometer;
      heard({ temperature: celsius, pressure });
    });
    return {};
  },
  bme280: chipOnBus(bme280),
  sht3x: chipOnBus(sht3x),
} as const satisfies Partial<Record<Component, StartOnBus>>;

/** How each component of a board is brought to life; one row a component. */
export const startComponent: Readonly<Record<Component, Start>> = {
  analog: async ({ pin }, { io, heard }) => {
    const channel = Number(/^A(\d+)$/.exec(String(pin))?.[1] ?? pin);
    io.analogRead(channel, (value) => heard({ ratio: value / analogFullScale }));
    return {};
  },

  counter: async ({ pin, state, everyMs, burst }, { io, number, heard, fault }) => {
    const index = Number(pin) - 2;
    if (index !== 0 && index !== 1) {
      fault('counters are on pins 2 and 3');
      return {};
    }
    let known: CounterState | undefined = counterState(state);
    io.on(nodeEvent(nodeCommands.counts), (bytes: readonly number[]) => {
      const report = parseCounts(bytes);
      if (!report) return;
      const step = countOn(known, { board: number, since: report.since, count: report.counts[index] });
      known = step.state;
      const doubt = step.isDoubtful ? { doubt: 'device_fault' as const } : {};
      heard({ count: known.total, tips: step.tips }, { ...doubt, state: known });
    });
    const shortestMs = Math.min(everyMs, burst?.everyMs ?? everyMs);
    io.sysexCommand(reportEvery(Math.max(leastPollMs, Math.min(1000, shortestMs / 2))));
    return {};
  },

  output: async ({ pin, setup }, { io, heard }) => {
    const number = Number(pin);
    const [command] = Object.values(setup.profile.commands);
    if (command) io.sysexCommand(declareSafe(number, command.safe, Math.ceil(command.silenceMs / 1000)));
    io.pinMode(number, io.MODES.OUTPUT);
    const ask = (): void => io.queryPinState(number, () => heard({ level: io.pins[number]?.state === 1 }));
    return {
      poll: ask,
      set: (value) => {
        writePin(io, number, value);
        ask();
      },
    };
  },

  input: async ({ pin }, { io, heard }) => {
    const analog = /^A(\d+)$/.exec(String(pin))?.[1];
    const number = analog === undefined ? Number(pin) : (io.analogPins[Number(analog)] ?? Number.NaN);
    io.pinMode(number, io.MODES.PULLUP);
    // A closed contact pulls the pin to ground.
    io.digitalRead(number, (value) => heard({ level: value === 0 }));
    return { poll: () => io.reportDigitalPin(number, 1) };
  },

  ...startOnBus,
};

/** A chip is looked for again after each failure, so that one that was changed or plugged in late is found. */
function chipOnBus(driver: ChipDriver): StartOnBus {
  return async ({ i2cAddress }, { i2c, clock, askMs, heard, fault }) => {
    const context = { bus: i2c(), wait: (ms: number) => sleep(clock, ms) };
    const cadence = new Cadence();
    let chip: Chip | undefined;
    let isBusy = false;
    const ask = async (): Promise<void> => {
      isBusy = true;
      try {
        chip ??= await openChip(driver, i2cAddress, context);
        heard(await chip.measure());
      } catch (error) {
        chip = undefined;
        fault(reasonOf(error));
      } finally {
        isBusy = false;
      }
    };
    return {
      tick: (mono) => {
        if (!isBusy && cadence.isDue(mono, askMs())) void ask();
      },
    };
  };
}

/** Firmata's SET_DIGITAL_PIN_VALUE (0xF5): one pin alone, where firmata-io's digitalWrite writes a whole port. */
function writePin(io: Firmata, pin: number, value: boolean): void {
  const { transport } = io as unknown as { readonly transport: { write(bytes: readonly number[]): void } };
  transport.write([0xf5, pin, value ? 1 : 0]);
}

const require = createRequire(import.meta.url);

/** A johnny-five board on an io that is ready. Never its default REPL and signal handlers, never a port of its own. */
export async function fiveBoard(io: EventEmitter): Promise<FiveBoard> {
  const five = require('johnny-five') as {
    readonly Board: new (options: object) => EventEmitter;
    readonly Multi: FiveBoard['Multi'];
  };
  const board = new five.Board({ io, repl: false, sigint: false, debug: false });
  await new Promise<void>((resolve, reject) => {
    board.once('ready', () => resolve());
    board.once('error', (error: Error) => reject(error));
  });
  board.on('error', () => {
    // Repeats what the link's end says.
  });
  return { board, Multi: five.Multi };
}
