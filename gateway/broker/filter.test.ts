import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FilterTree, filterMatches, filtersOverlap, isFilter } from './filter.ts';

/** The examples of MQTT 3.1.1, 4.7.1 and 4.7.2, and the edges between them. */
const examples: readonly (readonly [string, string, boolean])[] = [
  ['sport/tennis/player1/#', 'sport/tennis/player1', true],
  ['sport/tennis/player1/#', 'sport/tennis/player1/ranking', true],
  ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
  ['sport/tennis/player1/#', 'sport/tennis/player10', false],
  ['sport/#', 'sport', true],
  ['sport/#', 'sports', false],
  ['#', 'sport', true],
  ['#', '/', true],
  ['sport/tennis/+', 'sport/tennis/player1', true],
  ['sport/tennis/+', 'sport/tennis/player2', true],
  ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
  ['sport/+', 'sport', false],
  ['sport/+', 'sport/', true],
  ['+', 'sport', true],
  ['+/tennis/#', 'sport/tennis', true],
  ['+/tennis/#', 'sport/tennis/player1', true],
  ['sport/+/player1', 'sport/tennis/player1', true],
  ['sport/+/player1', 'sport/tennis/badminton/player1', false],
  ['+/+', '/finance', true],
  ['/+', '/finance', true],
  ['+', '/finance', false],
  ['#', '$SYS/monitor', false],
  ['+/monitor/Clients', '$SYS/monitor/Clients', false],
  ['$SYS/#', '$SYS/monitor/Clients', true],
  ['$SYS/monitor/+', '$SYS/monitor/Clients', true],
  ['$SYS/#', '$SYSTEM/x', false],
  ['ACCOUNTS', 'Accounts', false],
  ['a', 'a/', false],
  ['a/', 'a', false],
  ['a//b', 'a/b', false],
  ['a/+/b', 'a//b', true],
];

const level = fc.constantFrom('a', 'b', 'ab', '', '$a', '水');
const topic = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join('/'));
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 4 }), fc.constantFrom('#', '+', 'a', ''))
  .map(([levels, last]) => [...levels, last].join('/'))
  .filter((text) => text !== '');

/** The rule as the standard words it, level by level. */
function matchesByTheBook(filterText: string, topicText: string): boolean {
  const [want, have] = [filterText.split('/'), topicText.split('/')];
  if (topicText.startsWith('$') && (want[0] === '#' || want[0] === '+')) return false;
  const rest = want.at(-1) === '#';
  const fixed = rest ? want.slice(0, -1) : want;
  const isLong = rest ? have.length >= fixed.length : have.length === fixed.length;
  return isLong && fixed.every((one, index) => one === '+' || one === have[index]);
}

describe('a topic filter', () => {
  test.each(examples)('%s and %s: %s', (filterText, topicText, isMatch) => {
    expect(filterMatches(filterText, topicText)).toBe(isMatch);
    expect(matchesByTheBook(filterText, topicText)).toBe(isMatch);
  });

  test('matches as the standard words it, whatever it is', () => {
    let matches = 0;
    fc.assert(
      fc.property(filter, topic, (filterText, topicText) => {
        const isMatch = matchesByTheBook(filterText, topicText);
        if (isMatch) matches++;
        expect(filterMatches(filterText, topicText)).toBe(isMatch);
      }),
      { numRuns: 3000 },
    );
    expect(matches).toBeGreaterThan(100);
  });

  test.each(['#', '+', 'a/#', 'a/+/b', '+/+/#', '/', 'a', '$SYS/#', ' '])('%s may be subscribed to', (text) => {
    expect(isFilter(text)).toBe(true);
  });

  test.each(['', 'a#', '#/a', 'a/#/b', 'a+', '+a', 'a/b+/c', '##', '++', 'a/#b'])('%s may not', (text) => {
    expect(isFilter(text)).toBe(false);
  });

  test('overlaps with another exactly when a topic belongs to both', () => {
    let overlaps = 0;
    fc.assert(
      fc.property(filter, filter, topic, (one, other, topicText) => {
        if (!filterMatches(one, topicText) || !filterMatches(other, topicText)) return;
        overlaps++;
        expect(filtersOverlap(one, other)).toBe(true);
      }),
      { numRuns: 5000 },
    );
    expect(overlaps).toBeGreaterThan(50);
  });

  test.each([
    ['a/+', '+/b', true],
    ['a/#', 'a', true],
    ['a/+', 'a', false],
    ['a/b', 'a/c', false],
    ['#', '$SYS/x', false],
    ['+/x', '$SYS/x', false],
    ['$SYS/#', '$SYS/+/x', true],
  ])('%s overlaps with %s: %s', (one, other, isTrue) => {
    expect(filtersOverlap(one, other)).toBe(isTrue);
    expect(filtersOverlap(other, one)).toBe(isTrue);
  });
});

describe('a tree of filters', () => {
  test('finds for a topic what looking at each filter finds', () => {
    let found = 0;
    fc.assert(
      fc.property(fc.uniqueArray(filter, { maxLength: 12 }), topic, fc.nat(12), (filters, topicText, removed) => {
        const tree = new FilterTree<string>();
        for (const one of filters) tree.set(one, 'me', one);
        const gone = filters[removed];
        if (gone !== undefined) tree.delete(gone, 'me');
        const left = filters.filter((one) => one !== gone);
        const expected = left.filter((one) => filterMatches(one, topicText));
        found += expected.length;
        expect(tree.match(topicText).toSorted()).toEqual(expected.toSorted());
      }),
      { numRuns: 2000 },
    );
    expect(found).toBeGreaterThan(500);
  });

  test('keeps the values of several owners of a filter apart', () => {
    const tree = new FilterTree<number>();
    tree.set('a/+', 'one', 1);
    tree.set('a/+', 'two', 2);
    tree.set('a/+', 'one', 3);
    expect(new Set(tree.match('a/b'))).toEqual(new Set([2, 3]));
    tree.delete('a/+', 'one');
    tree.delete('a/b', 'two');
    expect(tree.match('a/b')).toEqual([2]);
  });
});
