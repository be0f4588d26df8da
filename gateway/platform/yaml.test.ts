import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pointerTo, whereIs, type LocatedProblem, type Problem } from './problem.ts';
import { parseYaml, type ParsedYaml } from './yaml.ts';

const problemsOf = (parsed: ParsedYaml): readonly LocatedProblem[] => (parsed.ok ? [] : parsed.problems);

/** Where a problem at this pointer would be shown, as `line:column`. */
function placeOf(text: string, about: Partial<Problem>): string {
  const parsed = parseYaml(text);
  if (!parsed.ok) return 'not YAML';
  const problem: Problem = { pointer: '', part: 'value', what: { en: 'x', zh: 'x' }, ...about };
  return whereIs('f', parsed.locate(problem));
}

describe('parseYaml', () => {
  test('gives plain data', () => {
    const parsed = parseYaml('a: 1\nb: [x, 2.5, true, null, 0x1F]\nc: { d: "10" }\n');
    expect(parsed.ok && parsed.data).toEqual({ a: 1, b: ['x', 2.5, true, null, 31], c: { d: '10' } });
  });

  test.each([
    ['a duplicate key', 'a: 1\nb: 2\na: 3\n', '3:1', 'the key `a` is there twice'],
    ['a tab', 'a:\n\tb: 1\n', '2:1', 'a tab indents this line'],
    ['a second colon', 'ask: How high: in mm\n', '1:6', 'a second colon belongs to this value'],
    ['an indented line below a value', 'a: 1\n  b: 2\n', '1:4', 'a second colon belongs to this value'],
    ['a stray alias', 'a: *b\n', '1:4', 'nothing is called `&b`'],
    ['text after quotes', "a: 'it's'\n", '1:8', 'more text follows after the value has ended'],
    ['a missing quote', 'a: "b\nc: 1\n', '3:1', 'a closing quote or bracket, or a comma, is missing'],
    ['a missing comma', 'a: { b: 1 c: 2 }\n', '1:9', 'a comma is missing between two entries in brackets'],
    ['bad indentation', 'a:\n  b: 1\n c: 2\n', '3:1', 'the indentation does not fit the lines above'],
    [
      'a list entry that stands too far left',
      'a:\n  - b: 1\n   c: 2\n',
      '3:1',
      'the indentation does not fit the lines above',
    ],
    ['a missing bracket', 'a: [1, 2\nb: 3\n', '2:1', 'a closing bracket is missing above'],
    ['a text that is no key', 'a: 1\nhello\n', '2:1', 'this line has no `key: value`'],
    ['Chinese punctuation', 'a: 1\nname：“street”\nb: 2\n', '2:1', 'this line has full-width punctuation'],
    ['a second document', 'a: 1\n---\nb: 2\n', '2:1', 'a second document begins here'],
    ['a tag', 'a: !include b.yaml\n', '1:4', 'tags such as `!name` mean nothing here'],
    ['a reserved character', 'a: @b\n', '1:4', 'a text may not begin with this character'],
    ['a bad escape', 'a: "\\q"\n', '1:5', 'after `\\` this character means nothing in double quotes'],
  ])('tells where %s is, and what to do', (_name, text, place, what) => {
    const [problem] = problemsOf(parseYaml(text));
    expect(problem && `${problem.line}:${problem.column}`).toBe(place);
    expect(problem?.what.en).toBe(what);
    expect(problem?.hint?.zh).toBeTruthy();
  });

  test('takes no bombs of aliases and no endless nesting', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefgh'.split('').map((name, index) => {
        const before = `*${'abcdefgh'[index]}`;
        return `${name}: &${name} [${Array.from({ length: 9 }, () => before).join(', ')}]`;
      }),
    ].join('\n');
    expect(parseYaml(bomb).ok).toBe(false);
    expect(parseYaml('['.repeat(100_000)).ok).toBe(false);
    expect(parseYaml(`a: ${'x'.repeat(1024 * 1024)}`).ok).toBe(false);
  });

  test('never throws', () => {
    const piece = fc.constantFrom(
      'a',
      ': ',
      '- ',
      '\n',
      '  ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '&a',
      '*a',
      '#',
      '|',
      '?',
      '!',
      '\t',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
        ),
        (text) => {
          expect(typeof parseYaml(text).ok).toBe('boolean');
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('a problem in the data', () => {
  const text = [
    'a:',
    '  b: 12',
    '  "c/d": [x, { e: wrong }]',
    'f: &anchor { g: 1 }',
    'h: *anchor',
    "i: 'ab cd'",
    '',
  ].join('\n');

  test.each([
    ['a value', pointerTo('a', 'b'), 'value', 'f:2:6'],
    ['a key', pointerTo('a', 'b'), 'key', 'f:2:3'],
    ['a key with a slash', pointerTo('a', 'c/d'), 'key', 'f:3:3'],
    ['an entry of a list', pointerTo('a', 'c/d', 0), 'value', 'f:3:11'],
    ['a value in an entry', pointerTo('a', 'c/d', 1, 'e'), 'value', 'f:3:19'],
    ['what an alias stands for', pointerTo('h', 'g'), 'value', 'f:4:17'],
    ['a missing key, at its group', pointerTo('f'), 'key', 'f:4:1'],
    ['what is not there, at its nearest parent', pointerTo('a', 'nothing', 'here'), 'value', 'f:2:3'],
    ['the whole file', '', 'value', 'f:1:1'],
  ] as const)('is shown at %s', (_name, pointer, part, place) => {
    expect(placeOf(text, { pointer, part })).toBe(place);
  });

  test('is shown at the character of a text that is wrong, in quotes or not', () => {
    expect(placeOf(text, { pointer: '/i', offset: 3 })).toBe('f:6:8');
    expect(placeOf('i: ab cd', { pointer: '/i', offset: 3 })).toBe('f:1:7');
  });

  test('in an empty file is at its beginning', () => {
    expect(placeOf('', { pointer: '/a' })).toBe('f:1:1');
    expect(placeOf('# only a comment\n', {})).toMatch(/^f:/);
  });
});
