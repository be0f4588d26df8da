import type { Fields } from '../../profiles/grammar.ts';
import type { I2cBus } from '../i2c-bus.ts';

/** What a chip needs of the world: a bus, and time to pass between asking and reading. */
export interface ChipContext {
  readonly bus: I2cBus;
  readonly wait: (ms: number) => Promise<void>;
}

/** A sensor on a bus, found and ready. */
export interface Chip {
  /** Rejects when the bus or the chip fails; what the chip itself says is wrong with a value is in the fields. */
  measure(): Promise<Fields>;
}

/** How a kind of chip is spoken to. */
export interface ChipDriver {
  /** Where it can sit, its usual address first (7 bits). */
  readonly addresses: readonly [number, ...number[]];
  /** Finds out whether the chip at this address is the right one. Rejects with the reason, for people. */
  open(address: number, context: ChipContext): Promise<Chip>;
}

/** Opens the chip at the given address, or at the first of its addresses where it answers. */
export async function openChip(driver: ChipDriver, address: number | undefined, context: ChipContext): Promise<Chip> {
  if (address !== undefined) return driver.open(address, context);
  const reasons: unknown[] = [];
  for (const candidate of driver.addresses) {
    try {
      return await driver.open(candidate, context);
    } catch (error) {
      reasons.push(error);
    }
  }
  // A wrong chip says more than an empty place.
  throw reasons.find((reason) => reason instanceof WrongChip) ?? reasons[0];
}

/** Something answers at the address, but it is not what was looked for. */
export class WrongChip extends Error {}
