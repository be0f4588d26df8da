import { randomInt } from 'node:crypto';
import type { Component } from '../profiles/connect.ts';
import { noNumber } from './board-number.ts';
import { Cadence } from './cadence.ts';
import { startOnBus, type BusContext, type Running } from './components.ts';
import { counterState, countOn, type CounterState } from './counter.ts';
import type { DevicePlan } from './protocol.ts';
import type { GpioChip } from './transports/linux/gpio-chip.ts';

export interface HeaderContext extends BusContext {
  readonly chip: GpioChip;
  /** For how long the core has said nothing, milliseconds. */
  readonly coreSilentMs: () => number;
}

type StartOnHeader = (device: DevicePlan, context: HeaderContext) => Promise<Running>;

/** Reed contacts bounce for less than 5 ms; a tip takes at least 50 ms. As our firmware counts on a node board. */
const counterDebounceMs = 10;
/** A contact that is moved by hand or water. */
const inputDebounceMs = 20;

/** How what can sit on this machine's own header is brought to life; one row a component. It has no analog pins. */
export const startOnHeader: Readonly<Partial<Record<Component, StartOnHeader>>> = {
  /**
   * Counts contacts to ground while this process runs, and nobody counts while it does not: what it counts after a
   * start is under a number of its own, so that the first reading says that something may be missing.
   */
  counter: async ({ pin, state, everyMs }, { chip, heard }) => {
    const since = randomInt(2 ** 47);
    let known: CounterState | undefined = counterState(state);
    let count = 0;
    const line = chip.request(Number(pin), {
      as: 'input',
      pull: 'up',
      edges: 'falling',
      debounceMs: counterDebounceMs,
    });
    line.onEdge(({ missed }) => {
      count += 1 + missed;
    });
    const cadence = new Cadence();
    const report = (): void => {
      const step = countOn(known, { board: noNumber, since, count });
      known = step.state;
      const doubt = step.isDoubtful ? { doubt: 'device_fault' as const } : {};
      heard({ count: known.total, tips: step.tips }, { ...doubt, state: known });
    };
    return {
      tick: (mono) => {
        if (cadence.isDue(mono, Math.min(1000, everyMs / 2))) report();
      },
    };
  },

  input: async ({ pin }, { chip, heard }) => {
    const line = chip.request(Number(pin), { as: 'input', pull: 'up', edges: 'both', debounceMs: inputDebounceMs });
    // A closed contact pulls the pin to ground.
    line.onEdge(({ isRising }) => heard({ level: !isRising }));
    heard({ level: !line.level });
    return { poll: () => heard({ level: !line.level }) };
  },

  output: async ({ pin, setup }, { chip, heard, coreSilentMs }) => {
    const [command] = Object.values(setup.profile.commands);
    const safe = command?.safe ?? false;
    const line = chip.request(Number(pin), { as: 'output', level: safe });
    const set = (level: boolean): void => {
      line.level = level;
      heard({ level: line.level });
    };
    heard({ level: line.level });
    return {
      set,
      poll: () => {
        if (command && coreSilentMs() > command.silenceMs && line.level !== safe) set(safe);
        else heard({ level: line.level });
      },
      release: () => {
        line.level = safe;
      },
    };
  },

  ...startOnBus,
};
