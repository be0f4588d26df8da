import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withItem } from './yaml-edit.ts';
import { parseYaml } from './yaml.ts';

const device = { id: 'underpass-7', source: { serial: '/dev/ttyS1' }, settings: { sensorHeight: '3200 mm' } };
const block = [
  '  - id: underpass-7',
  '    source: { serial: /dev/ttyS1 }',
  '    settings: { sensorHeight: 3200 mm }',
].join('\n');

const dataOf = (text: string): unknown => {
  const yaml = parseYaml(text);
  if (!yaml.ok) throw new Error(JSON.stringify(yaml.problems));
  return yaml.data;
};

/** Places where a list may stand, with `+` where the item goes in: all else stays byte for byte. */
const places: readonly (readonly [name: string, text: string])[] = [
  [
    'behind the last item',
    'gateway: { id: x } # ours\n\ndevices:\n  - id: a   # keep\n    every: "10s"+\n\nalarms: []\n',
  ],
  ['before a comment at the end', 'devices:\n  # first\n  - { id: a,   every:  10s } # spaces+\n  # - id: old\n'],
  ['in a file without a last line end', 'devices:\n  - id: a+'],
  ['under a key without a value', "a: 'x'   \ndevices: # none yet+\nb: 1\n"],
  ['at the end where there is no list', '# head\na: 1\n+\n'.replace('\n+\n', '\n+')],
  ['behind a text of several lines', 'devices:\n  - id: a\n    name: >-\n      two\n      lines+\nb: 1\n'],
];

describe('an item is added', () => {
  test.each(places)('%s, and everything else stays byte for byte', (_name, place) => {
    const [head = '', tail = ''] = place.split('+');
    const text = head + tail;
    const edited = withItem(text, 'devices', device);
    expect(edited.startsWith(head)).toBe(true);
    expect(edited.endsWith(tail)).toBe(true);
    const added = edited.slice(head.length, edited.length - tail.length);
    expect(added.trim()).toBe((text.includes('devices') ? block : `devices:\n${block}`).trim());
    const before = (dataOf(text) ?? {}) as { devices?: unknown[] };
    expect(dataOf(edited)).toEqual({ ...before, devices: [...(before.devices ?? []), device] });
  });

  test('in brackets, where the list is in brackets', () => {
    expect(withItem('devices: [{ id: a }] # one\n', 'devices', { id: 'b' })).toBe(
      'devices: [{ id: a }, { id: b }] # one\n',
    );
  });

  test('in place of empty brackets', () => {
    expect(withItem('devices: [] # none\nb: 1\n', 'devices', { id: 'b' })).toBe('devices: # none\n  - id: b\nb: 1\n');
  });

  test('with the line ends and the indentation of the file', () => {
    expect(withItem('devices:\r\n- id: a\r\nb: 1\r\n', 'devices', { id: 'b', every: '1s' })).toBe(
      'devices:\r\n- id: a\r\n- id: b\r\n  every: 1s\r\nb: 1\r\n',
    );
  });

  test('to a file that is one pair of braces, whose comments stay', () => {
    const edited = withItem('# head\n{ devices: [{ id: a }], b: 1 }\n', 'devices', { id: 'b' });
    expect(edited).toContain('# head');
    expect(dataOf(edited)).toEqual({ devices: [{ id: 'a' }, { id: 'b' }], b: 1 });
  });

  test('to an empty file', () => {
    expect(withItem('', 'devices', { id: 'b' })).toBe('devices:\n  - id: b\n');
  });
});

test('texts that look like something else stay texts', () => {
  const item = { address: '000000000161', name: 'yes', path: '- x: #1' };
  expect(dataOf(withItem('', 'devices', item))).toEqual({ devices: [item] });
});

test('whatever is added, the rest of the data is as before', () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(fc.array(fc.record({ id: word, name: word, more: fc.array(word) })), (items) => {
      let text = '# made by hand\ngateway: { id: x }\n';
      for (const item of items) text = withItem(text, 'devices', item);
      expect(dataOf(text)).toEqual({ gateway: { id: 'x' }, ...(items.length > 0 ? { devices: items } : {}) });
      expect(text).toMatch(/^# made by hand\ngateway: \{ id: x \}\n/);
    }),
  );
});
