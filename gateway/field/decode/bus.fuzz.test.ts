import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { meter, pair } from '../../test/bus/rig.ts';
import { backwards, codes, dlt645Frame, meterFrames } from './dlt645.ts';
import { itemsAsked } from './dlt645-slave.ts';
import { hasGoodCrc, rtuFrame, tcpFrame } from './modbus.ts';
import { questionsIn } from './modbus-slave.ts';
import type { Framing, Question } from './question.ts';
import { questionsTo } from './questions.ts';

/** For each of two protocols. */
const runs = 50_000;
const address = '000000000161';

/** Changes bytes, cuts, repeats and joins: what lines and people do to frames. */
function mutated(frame: Uint8Array): fc.Arbitrary<Uint8Array> {
  const place = fc.nat(frame.length);
  const one = fc.oneof(
    fc.tuple(place, fc.integer({ min: 0, max: 255 })).map(
      ([at, byte]) =>
        (bytes: readonly number[]) =>
          bytes.map((old, index) => (index === at ? byte : old)),
    ),
    place.map((at) => (bytes: readonly number[]) => bytes.slice(0, at)),
    place.map((at) => (bytes: readonly number[]) => bytes.slice(at)),
    fc.uint8Array({ maxLength: 6 }).map((noise) => (bytes: readonly number[]) => [...noise, ...bytes]),
    place.map((at) => (bytes: readonly number[]) => [...bytes.slice(0, at), ...bytes]),
  );
  return fc
    .array(one, { maxLength: 3 })
    .map((changes) => Uint8Array.from(changes.reduce<readonly number[]>((bytes, change) => change(bytes), [...frame])));
}

function firstQuestion(of: typeof pair, to: number | string, framing: Framing): Question {
  const [question] = questionsTo(of.profile.decode, to, framing);
  if (!question) throw new Error('there is no question');
  return question;
}

/** Whether the frame of an accepted answer really stands in these bytes, its checksum right. */
const holders: Readonly<Record<string, (bytes: Uint8Array) => boolean>> = {
  rtu: (bytes) => stretches(bytes, [5, 7]).some((part) => part[0] === 1 && hasGoodCrc(part)),
  dlt645: (bytes) => meterFrames(bytes).frames.some((frame) => frame.address === address),
};

function stretches(bytes: Uint8Array, lengths: readonly number[]): readonly Uint8Array[] {
  return Array.from(bytes, (_byte, at) => lengths.map((length) => bytes.subarray(at, at + length)))
    .flat()
    .filter((part) => lengths.includes(part.length));
}

const cases = [
  { name: 'rtu', question: firstQuestion(pair, 1, 'rtu'), answer: rtuFrame(1, Uint8Array.of(3, 2, 0x02, 0x18)) },
  {
    name: 'dlt645',
    question: firstQuestion(meter, address, 'rtu'),
    answer: dlt645Frame(address, codes.answer, Uint8Array.of(...backwards('00010000'), 0x26, 0, 0, 0)),
  },
] as const;

test.each(cases)(
  '$name: of 100,000 spoilt answers in all none throws, and none is taken whose checksum is wrong',
  (one) => {
    let [seen, taken, untouched] = [0, 0, 0];
    fc.assert(
      fc.property(mutated(one.answer), (bytes) => {
        seen++;
        const found = one.question.read(bytes, 0);
        if (found.kind === 'none') return;
        taken++;
        if (bytes.length === one.answer.length && one.answer.every((byte, at) => byte === bytes[at])) untouched++;
        expect(holders[one.name]?.(bytes)).toBe(true);
      }),
      { numRuns: runs },
    );
    expect(seen).toBeGreaterThanOrEqual(runs);
    // The checker looked at something: many were accepted, and most were not.
    expect(taken).toBeGreaterThan(runs / 100);
    expect(taken).toBeLessThan(runs * 0.9);
    expect(untouched).toBeLessThan(taken);
  },
);

test('any bytes at all throw nothing, on either side', () => {
  const overTcp = firstQuestion(pair, 1, 'tcp');
  const frame = tcpFrame(7, 1, Uint8Array.of(3, 2, 0x02, 0x18));
  let answers = 0;
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated(frame)), (bytes) => {
      if (overTcp.read(bytes, 7).kind === 'answer') answers++;
      for (const { question } of cases) question.read(bytes, 0);
      questionsIn(bytes, 'rtu');
      questionsIn(bytes, 'tcp');
      itemsAsked(bytes, address);
    }),
    { numRuns: 20_000 },
  );
  expect(answers).toBeGreaterThan(100);
});
