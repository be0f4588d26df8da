import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTemplate } from './template.ts';

describe('a line template', () => {
  test('is text with fields in braces', () => {
    expect(parseTemplate('R{range:4d}')).toEqual({
      ok: true,
      parts: [{ literal: 'R' }, { field: 'range', type: 'd', width: 4 }],
    });
    expect(parseTemplate('{t:f} C, {flags:x};')).toEqual({
      ok: true,
      parts: [{ field: 't', type: 'f' }, { literal: ' C, ' }, { field: 'flags', type: 'x' }, { literal: ';' }],
    });
  });

  test('writes braces twice', () => {
    expect(parseTemplate('{{"v":{v:f}}}')).toEqual({
      ok: true,
      parts: [{ literal: '{' }, { literal: '"v":' }, { field: 'v', type: 'f' }, { literal: '}' }],
    });
  });

  test.each([
    ['no field', 'READY', 0, 'the template has no field'],
    ['a lone brace', 'R{range', 1, 'a lone `{`'],
    ['a field without a type', 'R{range}', 1, '`{range}` is not a field'],
    ['an unknown type', 'R{range:s}', 1, '`{range:s}` is not a field'],
    ['a name that is a function', '{min:d}', 0, '`{min:d}` is not a field'],
    ['a field twice', '{a:2d}{a:2d}', 6, '`a` is there twice'],
    ['a width of nothing', '{a:0d}', 0, 'a width is 1 to 13'],
    ['numbers that run into each other', '{a:d}{b:d}', 5, 'two numbers side by side, the first of open width'],
    ['a digit behind an open number', '{a:d}0', 5, '`0` could still be part of the number before it'],
    ['a dot behind an open decimal', '{a:f}.', 5, '`.` could still be part of the number before it'],
    ['text that is not ASCII', '水{a:d}', 0, 'lines of devices are ASCII'],
  ])('with %s is refused', (_name, text, offset, en) => {
    expect(parseTemplate(text)).toMatchObject({ ok: false, offset, what: { en } });
  });

  test('never throws, and keeps the order of its fields', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('{', '}', '{a:d}', '{b:3x}', ':', 'x', ' ', '{{', '1'), { maxLength: 12 }),
        (pieces) => {
          const parsed = parseTemplate(pieces.join(''));
          const fields = parsed.ok ? parsed.parts.flatMap((part) => ('field' in part ? [part.field] : [])) : [];
          expect(new Set(fields).size).toBe(fields.length);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
