import { sleep, type Clock } from '../platform/clock.ts';
import { nodeCommands, parseIdentity, setNumber } from './node-protocol.ts';
import { nodeEvent, type Firmata } from './transports/firmata.ts';

/** What a board says of its number when nobody has given it one, or when it does not say. */
export const noNumber = 0;

/** A board answers within milliseconds; one with other firmware never does. */
const answerMs = 3000;

/**
 * The number of the board at the end of the link. One that has none is given the drawn one, which stays in its EEPROM:
 * when another board sits there one day, its counts are not taken for those of this one.
 *
 * @param draw - a random whole number of 1..2^32-1.
 */
export async function numberOf(io: Firmata, clock: Clock, draw: () => number): Promise<number> {
  const number = await numberSaid(io, clock, [nodeCommands.identity], () => true);
  if (number !== noNumber) return number ?? noNumber;
  const drawn = draw();
  // Believed only when the board says it by itself: an EEPROM may be worn out.
  return (await numberSaid(io, clock, setNumber(drawn), (said) => said === drawn)) ?? noNumber;
}

/** Sends a command and waits until the board names a number that is wanted; `undefined`: it does not. */
async function numberSaid(
  io: Firmata,
  clock: Clock,
  command: readonly number[],
  isWanted: (number: number) => boolean,
): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const heard = (bytes: readonly number[]): void => {
    const identity = parseIdentity(bytes);
    if (identity && isWanted(identity.board)) resolve(identity.board);
  };
  const event = nodeEvent(nodeCommands.identity);
  const tooLate = new AbortController();
  io.on(event, heard);
  io.sysexCommand(command);
  void sleep(clock, answerMs, tooLate.signal).then(() => resolve(undefined));
  const number = await promise;
  io.off(event, heard);
  tooLate.abort();
  return number;
}
