import type { Sample, SampleTime, Stat } from '../../model/reading.ts';
import { hj212Values, type Fields, type Hj212Grammar } from '../../profiles/grammar.ts';
import type { Channel } from '../../profiles/profile.ts';
import type { Setup } from '../../profiles/setup.ts';
import type { Packet } from '../decode/decoder.ts';
import type { LocalClock } from './local-time.ts';
import { normalise } from './normalise.ts';

/** A data logger, as its packets are read. */
export interface LoggerPlan {
  readonly device: string;
  readonly setup: Setup;
  readonly grammar: Hj212Grammar;
  /** The interval of its packets of minutes, milliseconds. */
  readonly everyMs: number;
  /** Of the place where it stands. */
  readonly clock: LocalClock;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/**
 * What a logger's packet gives. Its figures are statistics already, or of one moment: each is a sample of its own, with
 * the logger's time, and none is put together with others.
 *
 * @param mono - when it came, for a packet without a time that can be read.
 */
export function packetSamples(plan: LoggerPlan, fields: Fields, packet: Packet, mono: number): readonly Sample[] {
  const { device, setup, grammar } = plan;
  const time = timeOf(plan, packet) ?? { mono };
  return normalise(setup, fields, { isWarmingUp: false }).map((value): Sample => {
    const channel = setup.profile.channels[value.channel];
    const stat = channel && (channel.stat ?? statOf(channel, grammar));
    return { device, ...value, time, ...(stat ? { stat } : {}) };
  });
}

/** `DataTime` is when a period begins. */
function timeOf({ clock, everyMs }: LoggerPlan, { time }: Packet): SampleTime | undefined {
  const at = time && clock.utcOf(time.local);
  if (at === undefined) return undefined;
  switch (time?.period) {
    case undefined:
      return { sender: at };
    case 'minutes':
      return everyMs % minuteMs === 0 && everyMs < hourMs ? { sender: at + everyMs, startSender: at } : { sender: at };
    case 'hour':
      return { sender: at + hourMs, startSender: at };
    case 'day':
      return { sender: clock.dayAfter(at), startSender: at };
  }
}

/** The statistic that all figures of a channel are. */
function statOf({ needs }: Channel, { fields }: Hj212Grammar): Stat | undefined {
  const stats = new Set(
    needs.flatMap((name) => {
      const field = fields[name];
      return field ? [hj212Values[field.value]] : [];
    }),
  );
  const [only] = stats;
  return stats.size === 1 ? only : undefined;
}
