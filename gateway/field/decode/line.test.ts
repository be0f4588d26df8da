import { describe, expect, test } from 'vitest';
import { parseTemplate } from '../../profiles/template.ts';
import { lineDecoder, matchLine } from './line.ts';

function fieldsIn(template: string, line: string) {
  const parsed = parseTemplate(template);
  return parsed.ok ? matchLine(parsed.parts, line) : parsed.what.en;
}

describe('a line', () => {
  test.each([
    ['R{range:4d}', 'R0450', { range: 450 }],
    ['R{range:4d}', 'R 450', { range: 450 }],
    ['R{range:4d}', 'R-450', { range: -450 }],
    ['{t:f} C', '-12.5 C', { t: -12.5 }],
    ['{t:f} C', '.5 C', { t: 0.5 }],
    ['{t:f} C', '  +7. C', { t: 7 }],
    ['{t:f}', '-0', { t: 0 }],
    ['{s:4x}', '00fF', { s: 255 }],
    ['{a:2d}{b:3d}', '12345', { a: 12, b: 345 }],
    ['{{{v:d}}}', '{5}', { v: 5 }],
  ])('like %s gives its numbers: %s', (template, line, fields) => {
    expect(fieldsIn(template, line)).toEqual(fields);
  });

  test.each([
    ['R{range:4d}', 'R450'],
    ['R{range:4d}', 'R04500'],
    ['R{range:4d}', 'R04x0'],
    ['R{range:4d}', 'r0450'],
    ['{t:f} C', '1.2.3 C'],
    ['{t:f} C', '1,5 C'],
    ['{t:f} C', '1.5 C '],
    ['{t:d}', '1e5'],
    ['{t:d}', ''],
    ['{t:d}', '12345678901234'],
    ['{t:3d}', '  -'],
  ])('that is not like %s gives nothing: %j', (template, line) => {
    expect(fieldsIn(template, line)).toBeUndefined();
  });
});

describe('line ends', () => {
  const parsed = parseTemplate('N{n:d}');
  const grammar = { kind: 'line', terminator: '\n', maxLength: 20, template: 'N{n:d}', invalid: {} } as const;
  const decode = (text: string) =>
    lineDecoder({ ...grammar, parts: parsed.ok ? parsed.parts : [] }).push(new TextEncoder().encode(text));

  test('with and without a carriage return are the same', () => {
    expect(decode('N1\nN2\r\n')).toEqual([
      { ok: true, fields: { n: 1 } },
      { ok: true, fields: { n: 2 } },
    ]);
  });

  test('without a line between them are nothing', () => {
    expect(decode('\n\r\n\n')).toEqual([]);
  });

  test('come in time, or the line is too long', () => {
    expect(decode(`N${'0'.repeat(12)}1\n`)).toEqual([{ ok: true, fields: { n: 1 } }]);
    const short = lineDecoder({ ...grammar, maxLength: 3, parts: parsed.ok ? parsed.parts : [] });
    expect(short.push(new TextEncoder().encode('N12\nN123\nN45\n'))).toEqual([
      { ok: true, fields: { n: 12 } },
      { ok: false, why: 'the line is longer than 3 characters', bytes: new TextEncoder().encode('N123'), skipped: 4 },
      { ok: true, fields: { n: 45 } },
    ]);
  });
});
