import type { Entry } from '../../journal/entries.ts';
import type { Journal } from '../../journal/journal.ts';
import type { AlarmState } from '../../model/alarm.ts';

/** Appends readings as the gateway makes them; all of one call are kept together. */
export function addReadings(journal: Journal, count: number, at: number): void {
  const first = journal.nextSeq;
  const entries = Array.from({ length: count }, (_, index): Entry => {
    const seq = first + index;
    const reading = {
      id: `${journal.epoch}-${seq}`,
      device: 'underpass-7',
      channel: 'depth',
      quantity: 'water_depth',
      value: seq / 1000,
      unit: 'm',
      quality: 'good',
      at,
      clock: 'synced',
      clockErrorMs: 20,
    };
    return { kind: 'reading', seq, device: 'underpass-7', channel: 'depth', at, json: JSON.stringify(reading) };
  });
  journal.append({ entries });
}

/** Appends one transition of a critical alarm. */
export function addAlarm(journal: Journal, at: number, state: AlarmState = 'active', rule = 'water-25cm'): void {
  const seq = journal.nextSeq;
  const alarm = { rule, device: 'underpass-7', state, severity: 'critical', raisedAt: at, at } as const;
  const json = JSON.stringify({ v: 1, id: `${journal.epoch}-${seq}`, ...alarm, clock: 'synced' });
  journal.append({ entries: [{ kind: 'alarm', seq, ...alarm, json }] }, 'now');
}
