import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from '../../gateway/field/decode/encode.ts';
import { isStreamGrammar } from '../../gateway/field/decode/registry.ts';
import { systemClock } from '../../gateway/platform/clock.ts';
import { Bme280 } from './bme280.ts';
import { Bmp180 } from './bmp180.ts';
import { VirtualBoard } from './board.ts';
import { usedEeprom } from './eeprom.ts';
import { atAddress, Player, scriptOf } from './player.ts';
import { SimulatedPort } from './port.ts';
import { RainGauge } from './rain-gauge.ts';
import { sensorModels } from './sensors.ts';
import { Sht3x } from './sht3x.ts';
import type { BoardPart, FromStreet, StreetPlan, ToStreet } from './street-protocol.ts';
import { World, type Street } from './world.ts';

/**
 * The virtual street as a process: boards that run our real firmware and serial sensors that send real frames, each
 * behind a local socket. Ends when its channel closes.
 */

const stepMs = 200;
/** Each start of the street is another board: none goes on counting for one of before. */
const mostBoots = 1_000_000;
/** How often a device without a model says what its example shows. */
const playedEveryMs = 1000;
/** Volts of the level transducer's supply. */
const supplyVolts = 5;
/** A0 among the pin numbers of an Uno. */
const firstAnalogPin = 14;
/** Water that lifts a float switch. */
const floatMm = 100;

const world = new World(Math.random);
const ports = new Map<string, SimulatedPort>();
/** What looks at the street at every step. */
const watchers: ((street: Street, seconds: number) => void)[] = [];
const stop = new AbortController();

/** How each component is wired to a board and follows the street. */
const wire: Readonly<Record<BoardPart['component'], (board: VirtualBoard, part: BoardPart) => void>> = {
  counter: (board, { pin, settings }) => {
    const gauge = new RainGauge(board, { pin: Number(pin), bucketMm: settings['bucket'] ?? 0.2 });
    watchers.push(({ rainMmPerHour }, seconds) => gauge.rain((rainMmPerHour / 3600) * seconds));
  },
  analog: (board, { pin, settings }) => {
    const channel = Number(String(pin).replace('A', ''));
    const fullScaleMm = (settings['fullScale'] ?? 5) * 1000;
    watchers.push(({ depthMm }) => board.setAnalog(channel, 0.5 + ((4 * depthMm) / fullScaleMm) * (supplyVolts / 5)));
  },
  bmp180: (board) => {
    const sensor = new Bmp180();
    board.attachI2c(Bmp180.address, sensor.device);
    watchers.push(({ celsius, pascal }) => sensor.measure(celsius, pascal));
  },
  bme280: (board) => {
    const sensor = new Bme280();
    board.attachI2c(Bme280.address, sensor.device);
    watchers.push(({ celsius, percent, pascal }) => sensor.measure(celsius, percent, pascal));
  },
  sht3x: (board) => {
    const sensor = new Sht3x(() => board.ms);
    board.attachI2c(Sht3x.address, sensor);
    watchers.push(({ celsius, percent }) => sensor.measure(celsius, percent));
  },
  // A float hangs at a hand's breadth over the road: its contact closes in the water.
  input: (board, { pin }) => {
    const number = String(pin).startsWith('A') ? firstAnalogPin + Number(String(pin).slice(1)) : Number(pin);
    watchers.push(({ depthMm }) => board.setPin(number, depthMm > floatMm ? 'low' : 'open'));
  },
  output: () => {},
};

async function addBoard(directory: string, { name, parts }: StreetPlan['boards'][number]): Promise<void> {
  const hex = readFileSync(new URL('../firmware/lamppost-node.hex', import.meta.url), 'utf8');
  const board = new VirtualBoard({ hex, eeprom: usedEeprom(Math.floor(Math.random() * mostBoots)) });
  const port = new SimulatedPort(join(directory, `${name}.sock`), (bytes) => board.send(bytes));
  board.onSend((bytes) => port.send(bytes));
  for (const part of parts) wire[part.component](board, part);
  ports.set(name, port);
  await port.plug();
  void board.pace(systemClock, stop.signal);
}

/** A sensor that follows the street, where there is a model of it; else it says what its profile's example shows. */
async function addSensor(directory: string, { name, setup }: StreetPlan['sensors'][number]): Promise<void> {
  const model = sensorModels[setup.profile.id];
  const { decode } = setup.profile;
  const script = scriptOf(setup.profile);
  const player = script && new Player(script);
  const port = await addPlayers(directory, name, player ? [player] : []);
  if (model && isStreamGrammar(decode)) {
    const say = (): void => port.send(encode(decode, model.fields(world.now, setup.settings, Math.random)));
    setInterval(say, model.frameEveryMs);
  } else if (player && script?.frame) {
    setInterval(() => port.send(player.say() ?? new Uint8Array()), playedEveryMs);
  }
}

/** Slaves and meters on one line; each answers to its own address. */
async function addBus(directory: string, { name, members }: StreetPlan['buses'][number]): Promise<void> {
  const players = members.flatMap(({ address, setup: { profile } }) => {
    const script = scriptOf(profile);
    return script ? [new Player(atAddress(script, profile, address))] : [];
  });
  await addPlayers(directory, name, players);
}

async function addPlayers(directory: string, name: string, players: readonly Player[]): Promise<SimulatedPort> {
  const port = new SimulatedPort(join(directory, `${name}.sock`), (bytes) => {
    for (const player of players) for (const answer of player.hear(bytes)) port.send(answer);
  });
  ports.set(name, port);
  await port.plug();
  return port;
}

function toCore(message: FromStreet): void {
  if (process.connected) process.send?.(message);
}

async function begin({ directory, boards, sensors, buses }: StreetPlan): Promise<void> {
  for (const board of boards) await addBoard(directory, board);
  for (const sensor of sensors) await addSensor(directory, sensor);
  for (const bus of buses) await addBus(directory, bus);
  setInterval(() => {
    world.step(stepMs / 1000);
    for (const watch of watchers) watch(world.now, stepMs / 1000);
  }, stepMs);
  setInterval(() => toCore({ kind: 'alive' }), 1000);
  toCore({ kind: 'ready' });
}

process.on('message', (message: ToStreet) => {
  switch (message.kind) {
    case 'plan':
      void begin(message.plan);
      break;
    case 'scenario':
      world.scenario = message.scenario;
      break;
    case 'plug': {
      const port = ports.get(message.name);
      if (message.isPlugged) void port?.plug();
      else port?.unplug();
      break;
    }
  }
});
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});
