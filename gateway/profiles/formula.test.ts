import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate, maxFormulaDepth, maxFormulaLength, parseFormula, type ParsedFormula } from './formula.ts';

const values: Readonly<Record<string, number>> = { a: 6, b: 4, c: -2, zero: 0, range: 1953, sensorHeight: 3200 };
const valueOf = (name: string): number | undefined => values[name];
const valueIn = (parsed: ParsedFormula): number | undefined =>
  parsed.ok ? evaluate(parsed.formula, valueOf) : undefined;

describe('a formula', () => {
  test.each([
    ['2', 2],
    ['.5', 0.5],
    ['1e3', 1000],
    ['2.5e-1', 0.25],
    ['a + b * c', -2],
    ['(a + b) * c', -20],
    ['a - b - c', 4],
    ['a / b / c', -0.75],
    ['-a + b', -2],
    ['--a', 6],
    ['a * -c', 12],
    ['sensorHeight - range', 1247],
    ['min(a, b, c)', -2],
    ['max(a, b + 3)', 7],
    ['abs(c) * 2', 4],
    ['a > b', 1],
    ['(b <= a) + (1 != 2)', 2],
    ['if(1 == 2, 7, 8)', 8],
    ['bit(5, 0) + bit(5, 1) + bit(5, 2)', 2],
    ['floor(2.9) + sqrt(16)', 6],
    ['  a  +\tb  ', 10],
    ['(((a)))', 6],
  ])('%s is %d', (text, result) => {
    expect(valueIn(parseFormula(text))).toBe(result);
  });

  test.each([
    'a / zero',
    'zero / zero',
    '1 / (a / zero)',
    'unknown + 1',
    'min(a, unknown)',
    '1e308 * 10',
    '1 / (1e308 * 10)',
    'toString',
  ])('%s has no value, and that is data', (text) => {
    const parsed = parseFormula(text);
    expect(parsed.ok).toBe(true);
    expect(valueIn(parsed)).toBeUndefined();
  });

  test('lists the names it uses, once each', () => {
    const parsed = parseFormula('a + max(b, a) - -range');
    expect(parsed.ok && parsed.formula.names).toEqual(['a', 'b', 'range']);
  });
});

describe('a text that is no formula', () => {
  test.each([
    ['', 0, 'the formula is empty'],
    ['a +', 3, 'the formula ends too early'],
    ['a b', 2, '`b` is not expected here'],
    ['(a', 2, 'the formula ends too early'],
    ['a)', 1, '`)` is not expected here'],
    ['a ** b', 3, '`*` is not expected here'],
    ['a = b', 2, '`=` is not expected here'],
    ['root(a)', 0, 'there is no function `root`'],
    ['constructor(a)', 0, 'there is no function `constructor`'],
    ['min', 0, '`min` needs parentheses'],
    ['min()', 4, '`)` is not expected here'],
    ['abs(a, b)', 0, '`abs` takes one value'],
    ['if(a, b)', 0, '`if` takes 3 values'],
    ['a < b < c', 6, '`<` is not expected here'],
    ['a = b', 2, '`=` is not expected here'],
    ['a.b', 1, '`.` is not expected here'],
    ['a[0]', 1, '`[` is not expected here'],
    ['"a"', 0, '`"` is not expected here'],
    ['1 2', 2, '`2` is not expected here'],
  ])('is refused at its character: %s', (text, offset, en) => {
    expect(parseFormula(text)).toMatchObject({ ok: false, offset, what: { en } });
  });

  test('is corrected where a Chinese keyboard or a data sheet wrote it', () => {
    expect(parseFormula('a × b')).toMatchObject({ ok: false, offset: 2, hint: { en: 'write `*`' } });
    expect(parseFormula('（a）')).toMatchObject({ ok: false, offset: 0, hint: { zh: '请改写为 `(`' } });
  });

  test('cannot be long or deep enough to hurt', () => {
    expect(parseFormula('1'.repeat(maxFormulaLength + 1)).ok).toBe(false);
    expect(parseFormula(`${'('.repeat(maxFormulaDepth)}a${')'.repeat(maxFormulaDepth)}`).ok).toBe(true);
    expect(parseFormula(`${'('.repeat(maxFormulaDepth + 1)}a${')'.repeat(maxFormulaDepth + 1)}`).ok).toBe(false);
    expect(parseFormula(`${'-'.repeat(maxFormulaDepth + 1)}a`).ok).toBe(false);
  });

  test('never makes the parser throw', () => {
    const piece = fc.constantFrom('a', '1', '.', '+', '-', '*', '/', '(', ')', ',', 'min(', 'abs', ' ', 'e', '；');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          expect(typeof valueIn(parseFormula(text))).toMatch(/number|undefined/);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

/** A formula as text, and what it comes to by JavaScript's own arithmetic. */
interface Sum {
  readonly text: string;
  readonly value: number;
}

const sum = fc.letrec<{ sum: Sum }>((tie) => ({
  sum: fc.oneof(
    { maxDepth: 4 },
    fc.nat(1000).map((value) => ({ text: String(value), value })),
    fc.constantFrom('a', 'b', 'c').map((name) => ({ text: name, value: values[name] ?? Number.NaN })),
    tie('sum').map(({ text, value }) => ({ text: `-(${text})`, value: -value })),
    tie('sum').map(({ text, value }) => ({ text: `abs(${text})`, value: Math.abs(value) })),
    fc
      .tuple(tie('sum'), tie('sum'))
      .map(([x, y]) => ({ text: `((${x.text}) + (${y.text}))`, value: x.value + y.value })),
    fc.tuple(tie('sum'), tie('sum')).map(([x, y]) => ({ text: `(${x.text}) - (${y.text})`, value: x.value - y.value })),
    fc.tuple(tie('sum'), tie('sum')).map(([x, y]) => ({ text: `(${x.text})*(${y.text})`, value: x.value * y.value })),
    fc
      .tuple(tie('sum'), tie('sum'))
      .map(([x, y]) => ({ text: `(${x.text}) / (${y.text})`, value: y.value === 0 ? Number.NaN : x.value / y.value })),
    fc
      .tuple(tie('sum'), tie('sum'))
      .map(([x, y]) => ({ text: `max(${x.text}, ${y.text})`, value: Math.max(x.value, y.value) })),
  ),
})).sum;

test('formulas mean what they mean in arithmetic', () => {
  fc.assert(
    fc.property(sum, ({ text, value }) => {
      fc.pre(text.length <= maxFormulaLength);
      const parsed = parseFormula(text);
      fc.pre(parsed.ok || parsed.what.en !== 'the formula is nested too deeply');
      expect((valueIn(parsed) ?? Number.NaN) + 0).toBe(value + 0); // 0 and -0 are one
    }),
    { numRuns: 1000 },
  );
});
