import { expect, test } from 'vitest';
import type { LineGrammar } from '../../profiles/grammar.ts';
import { parseTemplate } from '../../profiles/template.ts';
import { encodeFrame, encodeLine } from './encode.ts';

const printed = (template: string, fields: Readonly<Record<string, number>>): string => {
  const parsed = parseTemplate(template);
  const grammar: LineGrammar = {
    kind: 'line',
    terminator: '\r',
    maxLength: 80,
    template,
    parts: parsed.ok ? parsed.parts : [],
    invalid: {},
  };
  return new TextDecoder().decode(encodeLine(grammar, fields));
};

test('a simulated level sensor sends the frame of the data sheet', () => {
  const frame = encodeFrame(
    {
      kind: 'frame',
      header: Uint8Array.of(0xff),
      length: 4,
      checksum: { kind: 'sum8', first: 0, last: 2, at: 3 },
      fields: { range: { at: 1, type: 'u16be', shift: 0, mask: 0xffff, invalid: new Map() } },
    },
    { range: 1953.2 },
  );
  expect(frame).toEqual(Uint8Array.of(0xff, 0x07, 0xa1, 0xa7));
});

test.each([
  ['R{range:4d}', { range: 450 }, 'R0450\r'],
  ['R{range:4d}', { range: -45 }, 'R-045\r'],
  ['R{range:4d}', {}, 'R0000\r'],
  ['{t:f} C', { t: -12.25 }, '-12.25 C\r'],
  ['{t:6f}', { t: 9.9996 }, '9.9996\r'],
  ['{t:5f}', { t: 99.996 }, '100.0\r'],
  ['{s:4x}', { s: 255 }, '00ff\r'],
  ['{{{v:d}}}', { v: 5 }, '{5}\r'],
])('a simulated device prints %s', (template, fields, line) => {
  expect(printed(template, fields)).toBe(line);
});
