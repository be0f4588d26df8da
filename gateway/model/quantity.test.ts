import { describe, expect, test } from 'vitest';
import { isWord, reservedChannels } from './names.ts';
import { isQuantity, quantities, quantityOf } from './quantity.ts';
import { stats } from './reading.ts';
import { units } from './unit.ts';

const names = Object.keys(quantities).filter(isQuantity);

test('the table of quantities has at least forty rows', () => {
  expect(names.length).toBeGreaterThanOrEqual(40);
});

describe.each(names)('%s', (name) => {
  const row = quantityOf(name);

  test('has a legal name and a legal channel', () => {
    expect(isWord(name)).toBe(true);
    expect(isWord(row.channel)).toBe(true);
    expect(reservedChannels).not.toContain(row.channel);
  });

  test('is called something in both languages', () => {
    expect(row.name.en).not.toBe('');
    expect(row.name.zh).toBeTruthy();
  });

  test('has a known unit, a known statistic and a source', () => {
    expect(units).toHaveProperty([row.unit]);
    expect(stats).toContain(row.aggregate);
    expect(row.source.length).toBeGreaterThan(3);
  });

  test('has limits in order, wider than its resolution, if it is a number', () => {
    const { kind, min, max, resolution } = row;
    expect([min, max].filter((limit) => limit !== undefined)).toHaveLength(kind === 'number' ? 2 : 0);
    expect(resolution).toBeGreaterThan(0);
    expect((max ?? Infinity) - (min ?? 0)).toBeGreaterThan(resolution);
  });
});

test('every height but a distance names its datum', () => {
  const withDatum = names.filter((name) => quantityOf(name).datum);
  expect(withDatum).toEqual(['water_depth', 'water_stage', 'water_elevation', 'water_level']);
});

test('limits hold on the roof of the world and in a typhoon', () => {
  expect(quantityOf('air_pressure').min).toBeLessThan(650);
  expect(quantityOf('wind_speed').max).toBeGreaterThan(113.2);
  expect(quantityOf('rain_amount').max).toBeGreaterThan(1825);
});
