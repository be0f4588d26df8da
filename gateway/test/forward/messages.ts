import type { AlarmTransition } from '../../model/alarm.ts';
import type { Batch, Gap, GapReason, GatewayStatus, Lane } from '../../model/delivery.ts';
import type { Reading } from '../../model/reading.ts';
import type { Received, Summary } from '../../forward/receiver/decode.ts';

/** Messages of gateway `lp-1` in its epoch 7, as a test needs them. */
export const aReading = (seq: number, epoch = 7): Reading => ({
  id: `${epoch}-${seq}`,
  device: 'mast',
  channel: 'depth',
  quantity: 'water_depth',
  value: seq,
  unit: 'm',
  quality: 'good',
  at: 1_763_790_000_000 + seq,
  clock: 'synced',
});

export const anAlarm = (seq: number, epoch = 7): AlarmTransition => ({
  v: 1,
  id: `${epoch}-${seq}`,
  rule: 'water-25cm',
  device: 'mast',
  state: 'active',
  severity: 'critical',
  raisedAt: 1_763_790_000_000 + seq,
  at: 1_763_790_000_000 + seq,
  clock: 'synced',
});

export const aSummary = (about: Partial<Summary> = {}): Summary => {
  const { id: _, ...reading } = aReading(1);
  return { ...reading, start: reading.at - 60_000, stat: 'mean', n: 60, ...about };
};

interface Numbers {
  readonly from: number;
  readonly to: number;
  readonly epoch?: number;
}

const seqs = ({ from, to }: Numbers): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

export const aBatch = (numbers: Numbers, lane: Lane = 'live'): Batch => {
  const { from, to, epoch = 7 } = numbers;
  const isAlarm = lane === 'alarm';
  return {
    v: 1,
    gateway: 'lp-1',
    epoch,
    lane,
    from,
    to,
    sent: 1_763_790_000_500,
    readings: isAlarm ? [] : seqs(numbers).map((seq) => aReading(seq, epoch)),
    ...(isAlarm ? { alarms: seqs(numbers).map((seq) => anAlarm(seq, epoch)) } : {}),
  };
};

export const aStatus = (
  epochs: Readonly<Record<string, number>>,
  session = 's1',
): Extract<GatewayStatus, { state: 'online' }> => ({
  v: 1,
  gateway: 'lp-1',
  state: 'online',
  session,
  at: 1_763_790_000_000,
  every: 60_000,
  epoch: 7,
  epochs,
  waiting: { alarm: 0, live: 0, backfill: 0 },
});

type Told<K extends Received['kind']> = Extract<Received, { kind: K }>;

export const batch = (numbers: Numbers, lane: Lane = 'live', changes: object = {}): Told<'batch'> => ({
  kind: 'batch',
  gateway: 'lp-1',
  lane,
  batch: { ...aBatch(numbers, lane), ...changes },
  bytes: 1000,
});

export const gap = (numbers: Numbers, why: GapReason = 'budget', changes: Partial<Gap> = {}): Told<'gap'> => ({
  kind: 'gap',
  gateway: 'lp-1',
  gap: { v: 1, gateway: 'lp-1', epoch: 7, ...numbers, why, ...changes },
});

export const status = (epochs: Readonly<Record<string, number>>, session = 's1'): Told<'status'> => ({
  kind: 'status',
  gateway: 'lp-1',
  status: aStatus(epochs, session),
});
