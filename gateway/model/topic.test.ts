import { readFile } from 'node:fs/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rootPath } from '../platform/root.ts';
import { compileSchema } from '../platform/validate.ts';
import readingSchema from './schema/reading.schema.json' with { type: 'json' };
import {
  inboundTopics,
  isInbound,
  isOurs,
  parseTopic,
  printTopic,
  topicPrefix,
  type Topic,
  resolveTopic,
} from './topic.ts';

const id = fc.stringMatching(/^[a-z0-9-]{1,64}$/);
const word = fc.stringMatching(/^[a-z0-9_]{1,64}$/);
const one = <K extends Topic['kind']>(...kinds: readonly K[]) => fc.constantFrom(...kinds);

const topic: fc.Arbitrary<Topic> = fc.oneof(
  fc.record({ kind: one('reading'), device: id, channel: word }),
  fc.record({ kind: one('latest', 'device', 'status', 'quarantine', 'ingest'), device: id }),
  fc.record({ kind: one('gateway-status') }),
  fc.record({ kind: one('alarm', 'raise'), device: id, rule: id }),
  fc.record({ kind: one('command', 'result'), device: id, name: word }),
  fc.record({ kind: one('ask', 'answer'), name: word, token: id }),
);

describe('topics', () => {
  test('are read as they were printed', () => {
    fc.assert(
      fc.property(id, topic, (gateway, it) => {
        const text = printTopic(gateway, it);
        expect(parseTopic(gateway, text)).toEqual(it);
        expect(isOurs(text)).toBe(true);
        expect(text.startsWith(topicPrefix(gateway))).toBe(true);
      }),
    );
  });

  test('of another gateway mean nothing here', () => {
    fc.assert(
      fc.property(id, id, topic, (here, there, it) => {
        fc.pre(here !== there);
        expect(parseTopic(here, printTopic(there, it))).toBeUndefined();
      }),
    );
  });

  test('that are read are printed as they were', () => {
    const level = fc.oneof(id, word, fc.constantFrom('', 'reading', 'status', 'ask', '+', '#', 'Reading', ' '));
    fc.assert(
      fc.property(fc.array(level, { maxLength: 4 }), (levels) => {
        const text = ['lamppost/1/lp', ...levels].join('/');
        const parsed = parseTopic('lp', text);
        expect(parsed === undefined || printTopic('lp', parsed) === text).toBe(true);
      }),
    );
  });

  test.each([
    'lamppost/1/lp',
    'lamppost/1/lp/',
    'lamppost/1/lp/status/',
    'lamppost/1/lp/latest/Mast',
    'lamppost/1/lp/reading/mast',
    'lamppost/1/lp/reading/mast/wind-speed',
    'lamppost/1/lp/reading/mast/wind_speed/x',
    'lamppost/1/lp/ingest/+',
    'lamppost/2/lp/status',
    'xlamppost/1/lp/status',
  ])('%s is not one', (text) => {
    expect(parseTopic('lp', text)).toBeUndefined();
  });

  test('clients may publish to four kinds', () => {
    expect(inboundTopics).toEqual(['ingest', 'raise', 'command', 'ask']);
    expect(isInbound({ kind: 'ingest', device: 'pump' })).toBe(true);
    expect(isInbound({ kind: 'latest', device: 'pump' })).toBe(false);
  });

  test('outside lamppost/ are free for others', () => {
    expect(isOurs('tele/door4/SENSOR')).toBe(false);
    expect(isOurs('lamppost-other/x')).toBe(false);
    expect(isOurs('lamppost')).toBe(true);
  });
});

test.each([
  ['tele/door4/SENSOR', '', 'tele/door4/SENSOR'],
  ['tele/door4/SENSOR', '../LWT', 'tele/door4/LWT'],
  ['zigbee2mqtt/porch', 'availability', 'zigbee2mqtt/porch/availability'],
  ['a/b/c', '../../x/y', 'a/x/y'],
  ['a', '../b', 'b'],
  ['a', '../../b', 'b'],
])('counted from %s, %j is %s', (base, relative, whole) => {
  expect(resolveTopic(base, relative)).toBe(whole);
});

test('docs/topics.md describes every topic, and no other', async () => {
  const page = await readFile(rootPath('gateway/docs/topics.md'), 'utf8');
  const written = [...page.matchAll(/`<p>(\/[^`]+)`/g)].map(([, levels = '']) =>
    parseTopic('lp', topicPrefix('lp') + levels.replaceAll(/<(\w+)>/g, '$1')),
  );
  const kinds: Readonly<Record<Topic['kind'], true>> = {
    reading: true,
    latest: true,
    device: true,
    status: true,
    'gateway-status': true,
    alarm: true,
    quarantine: true,
    ingest: true,
    raise: true,
    command: true,
    result: true,
    ask: true,
    answer: true,
  };
  expect(new Set(written.map((topic) => topic?.kind))).toEqual(new Set(Object.keys(kinds)));
  expect(written).toHaveLength(Object.keys(kinds).length);
});

test('the reading in docs/topics.md is one', async () => {
  const page = await readFile(rootPath('gateway/docs/topics.md'), 'utf8');
  const [, json = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  expect(compileSchema(readingSchema)(JSON.parse(json))).toEqual([]);
});
