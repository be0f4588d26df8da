import { describe, expect, test } from 'vitest';
import { isWanted, namedDevices, readFilter, topicsOf, type Filter } from './filter.ts';

const filters = (...texts: readonly string[]): readonly Filter[] =>
  texts.flatMap((text) => {
    const read = readFilter(text);
    return read.ok ? [read.filter] : [];
  });

describe('a filter', () => {
  test('names a device, a channel of it, or one channel of all', () => {
    expect(filters('underpass-7', 'underpass-7/depth', '*/depth', '+')).toEqual([
      { device: 'underpass-7', channel: '+' },
      { device: 'underpass-7', channel: 'depth' },
      { device: '+', channel: 'depth' },
      { device: '+', channel: '+' },
    ]);
  });

  test.each(['', 'Underpass', 'a/b/c', 'a/', '/b', 'a/b-c', '#', 'a b'])('%j is none', (text) => {
    expect(readFilter(text).ok).toBe(false);
  });

  test('asks the broker for no topic twice', () => {
    expect(topicsOf([])).toEqual(['reading/+/+', 'alarm/+/+', 'quarantine/+']);
    expect(topicsOf(filters('a', 'a/depth'))).toEqual(['reading/a/+', 'alarm/a/+', 'quarantine/a']);
    expect(topicsOf(filters('a', '*/depth'))).toEqual(topicsOf([]));
    expect(namedDevices(filters('b', 'a/x', 'a/y', '*'))).toEqual(['b', 'a']);
  });

  test('lets through what it names, and without a channel whatever belongs to the device', () => {
    const wanted = filters('a/depth', '*/rain');
    expect(isWanted(wanted, { device: 'a', channel: 'depth' })).toBe(true);
    expect(isWanted(wanted, { device: 'a', channel: 'level' })).toBe(false);
    expect(isWanted(wanted, { device: 'b', channel: 'rain' })).toBe(true);
    expect(isWanted(wanted, { device: 'a' })).toBe(true);
    expect(isWanted([], { device: 'x', channel: 'y' })).toBe(true);
  });
});
