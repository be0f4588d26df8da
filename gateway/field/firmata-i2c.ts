import { reasonOf } from '../model/errors.ts';
import { sleep, type Clock } from '../platform/clock.ts';
import type { I2cBus } from './i2c-bus.ts';
import type { Firmata } from './transports/firmata.ts';
import { shownAddress } from '../platform/hex.ts';

/** A board that says nothing of a read for so long has lost it. */
const answerMs = 1000;

/**
 * The I2C bus of a node board. Firmata neither numbers its answers nor acknowledges writes: one read is under way at a
 * time, and what the firmware complains of (`I2C 0x76: no answer`) is told to the read that waits.
 */
export function firmataI2c(io: Firmata, clock: Clock): I2cBus {
  io.i2cConfig();
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const mine = last.then(act, act);
    last = mine.catch(reasonOf);
    return mine;
  };
  return {
    write: (address, bytes) => inTurn(async () => io.i2cWrite(address, [...bytes])),
    read: (address, register, length) => inTurn(() => readOnce(io, clock, { address, register, length })),
  };
}

/** What the firmware complains of, in words. */
function wordsFor(why: string | undefined, address: number): string {
  const place = `${shownAddress(address)} on the I2C bus`;
  return why === 'no answer' ? `nothing answers at ${place}` : `${place}: ${why}`;
}

interface Wanted {
  readonly address: number;
  readonly register: number | undefined;
  readonly length: number;
}

async function readOnce(io: Firmata, clock: Clock, { address, register, length }: Wanted): Promise<Uint8Array> {
  const answered = Promise.withResolvers<Uint8Array>();
  const complained = (text: string): void => {
    const [, of, why] = /^I2C 0x([0-9a-f]{2}): (.*)$/.exec(text) ?? [];
    if (of !== undefined && Number.parseInt(of, 16) === address) answered.reject(new Error(wordsFor(why, address)));
  };
  // An answer that comes after its time finds nobody; one of another length was not meant for this read.
  const heard = (bytes: readonly number[]): void => {
    if (bytes.length === length) answered.resolve(Uint8Array.from(bytes));
  };
  const cancelLate = new AbortController();
  void sleep(clock, answerMs, cancelLate.signal).then(() =>
    answered.reject(new Error(`the board does not answer for ${shownAddress(address)} on the I2C bus`)),
  );
  io.on('string', complained);
  if (register === undefined) io.i2cReadOnce(address, length, heard);
  else io.i2cReadOnce(address, register, length, heard);
  try {
    return await answered.promise;
  } finally {
    io.off('string', complained);
    io.off(`I2C-reply-${address}-${register ?? 0}`, heard); // where firmata-io waits for an answer once
    cancelLate.abort();
  }
}
