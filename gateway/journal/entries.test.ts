import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeGroups, isNumbered, parseKeys, splitLines, type Entry, type Group } from './entries.ts';

const json = fc.dictionary(fc.string({ unit: 'binary', maxLength: 10 }), fc.string({ unit: 'binary', maxLength: 20 }));
const key = fc.string({ unit: fc.constantFrom('a', 'Z', '0', '9', '-', '_'), minLength: 11, maxLength: 11 });
const device = fc.constantFrom('pump-house', 'a', '-');

const entry = fc.record({ isAlarm: fc.boolean(), content: json }).map(({ isAlarm, content }): Entry => {
  const common = { seq: 1, device: 'd', at: 5, json: JSON.stringify(content) };
  return isAlarm
    ? { ...common, kind: 'alarm', rule: 'r', state: 'active', severity: 'info', raisedAt: 5 }
    : { ...common, kind: 'reading', channel: 'c' };
});
const group: fc.Arbitrary<Group> = fc.record(
  {
    entries: fc.array(entry, { maxLength: 5 }),
    keys: fc.array(fc.record({ device, key }), { maxLength: 5 }),
    states: fc.array(fc.record({ device, state: fc.jsonValue() }), { maxLength: 3 }),
  },
  { requiredKeys: ['entries'] },
);

test('groups come out of a frame’s body as they went in, line by line', () => {
  let [numbered, others] = [0, 0];
  fc.assert(
    fc.property(fc.array(group, { maxLength: 4 }), (groups) => {
      const lines = [...splitLines(encodeGroups(groups))].map(({ tag, json }) => ({ tag, text: json.toString() }));
      const entries = groups.flatMap(({ entries }) => entries);
      expect(lines.filter(({ tag }) => isNumbered(tag))).toEqual(
        entries.map(({ kind, json }) => ({ tag: kind === 'reading' ? 'r' : 'a', text: json })),
      );
      const states = groups.flatMap(({ states = [] }) => states);
      expect(lines.filter(({ tag }) => tag === 's').map(({ text }) => JSON.parse(text) as unknown)).toEqual(
        JSON.parse(JSON.stringify(states)),
      );
      const keys = lines.filter(({ tag }) => tag === 'k').map(({ text }) => parseKeys(text));
      for (const { device, key } of groups.flatMap(({ keys = [] }) => keys)) {
        expect(keys.some((line) => line.device === device && line.keys.includes(key))).toBe(true);
      }
      expect(keys.reduce((sum, line) => sum + line.keys.length, 0)).toBe(
        groups.flatMap(({ keys = [] }) => keys).length * 11,
      );
      numbered += entries.length;
      others += states.length + keys.length;
    }),
  );
  expect(Math.min(numbered, others)).toBeGreaterThan(100);
});

test('the keys of one message of a device share a line', () => {
  const keys = ['aaaaaaaaaaa', 'bbbbbbbbbbb'].map((key) => ({ device: 'pump-house', key }));
  expect(encodeGroups([{ entries: [], keys }]).toString()).toBe('kpump-house aaaaaaaaaaabbbbbbbbbbb\n');
});
