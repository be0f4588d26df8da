import { systemClock, type Clock } from '../../platform/clock.ts';

/** The machine's clock, `factor` times as fast: for tests with real parts that must not wait a minute for a minute. */
export function fastClock(factor: number): Clock {
  const [mono, wall] = [systemClock.mono(), systemClock.wall()];
  const passed = (): number => (systemClock.mono() - mono) * factor;
  return {
    mono: () => mono + passed(),
    wall: () => Math.round(wall + passed()),
    after: (ms, call) => systemClock.after(ms / factor, call),
    every: (ms, call) => systemClock.every(ms / factor, call),
  };
}
