import type { Entry } from '../../journal/entries.ts';
import type { QuantityName } from '../../model/quantity.ts';
import { quantityOf } from '../../model/quantity.ts';
import { seeded } from '../fakes/fault-disk.ts';

/** What a district measures: values wander, times jitter, so that packing them is as hard as in real life. */

const devices = 40;
const measured: readonly QuantityName[] = ['pm2_5', 'air_temperature', 'relative_humidity', 'water_depth'];

/** Makes readings as the door writes them, the same ones for the same seed. */
export function readingMaker(epoch: number, startAt: number): (seq: number, spacingMs: number) => Entry {
  const chance = seeded(20_261_122);
  const values = Array.from({ length: devices }, () => 10 + chance() * 30);
  let at = startAt;
  return (seq, spacingMs) => {
    const index = Math.floor(chance() * devices);
    const value = Math.max(0, (values[index] ?? 0) + chance() - 0.5);
    values[index] = value;
    at += Math.floor(chance() * 2 * spacingMs);
    const quantity = measured[index % measured.length] ?? 'pm2_5';
    const [device, channel] = [`crossing-${index}`, quantity];
    const reading = {
      id: `${epoch}-${seq}`,
      device,
      channel,
      quantity,
      value: Math.round(value * 100) / 100,
      unit: quantityOf(quantity).unit,
      quality: 'good',
      at,
      clock: 'synced',
      clockErrorMs: 20,
    };
    return { kind: 'reading', seq, device, channel, at, json: JSON.stringify(reading) };
  };
}
