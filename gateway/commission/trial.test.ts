import { array, assert, constant, nat, oneof, property } from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFrame } from '../field/decode/encode.ts';
import { levelProfile } from '../test/commission/rig.ts';
import { partialSetup } from './partial-setup.ts';
import { tryBytes } from './trial.ts';
import { hexText } from '../platform/hex.ts';

const profile = levelProfile('a/level');
const { decode } = profile;
if (decode.kind !== 'frame') throw new Error('the rig has changed');
const { setup } = partialSetup(profile);
const frame = (range: number): readonly number[] => [...encodeFrame(decode, { range })];
const tried = (bytes: readonly number[]) => tryBytes(setup, decode, [{ ms: 5, bytes: Uint8Array.from(bytes) }]);

test('each frame is shown with its bytes, its fields and its values', () => {
  const { outcomes, good, garbage } = tried([...frame(1953), ...frame(1954)]);
  expect(outcomes.map(({ bytes }) => hexText(bytes))).toEqual(['FF 07 A1 A7', 'FF 07 A2 A8']);
  expect(outcomes[0]).toMatchObject({
    ok: true,
    ms: 5,
    fields: { range: 1953 },
    values: [{ channel: 'reading', value: 1.953, quality: 'good' }],
  });
  expect({ good, garbage }).toEqual({ good: 8, garbage: 0 });
});

test('the tail of a frame at the beginning and half of one at the end are nobody’s fault', () => {
  const { good, garbage, outcomes } = tried([0xa1, 0xa7, ...frame(1953), 0xff, 0x07]);
  expect({ good, garbage }).toEqual({ good: 4, garbage: 0 });
  expect(outcomes.map(({ ok }) => ok)).toEqual([false, true]);
});

test('garbage between frames is counted, and costs no frame', () => {
  const { good, garbage } = tried([...frame(1953), 1, 2, 3, ...frame(1954)]);
  expect({ good, garbage }).toEqual({ good: 8, garbage: 3 });
});

test('no byte counts twice, whatever comes', () => {
  assert(
    property(array(oneof(nat(255), constant(0xff)), { maxLength: 400 }), (noise) => {
      const bytes = [...noise, ...frame(1953), ...noise];
      const { good, garbage } = tried(bytes);
      expect(good).toBeGreaterThanOrEqual(4);
      expect(good + garbage).toBeLessThanOrEqual(bytes.length);
    }),
  );
});
