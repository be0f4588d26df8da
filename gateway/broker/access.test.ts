import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTopic } from '../model/topic.ts';
import { judgePublish, localRights, mayReceive, maySubscribe, noRights, receivable, type Rights } from './access.ts';
import { filterMatches } from './filter.ts';

const gateway = 'lp';
const p = `lamppost/1/${gateway}`;

const pump: Rights = { ...noRights, read: ['pump'], ingest: ['pump'], topics: ['tele/+/SENSOR'] };
const operator: Rights = { ...noRights, read: ['*'], command: ['siren'], ask: true };
const everywhere: Rights = { ...noRights, topics: ['#'] };
/** Names that would be wildcards if rights were patterns. */
const wild: Rights = { read: ['+', '#'], ingest: ['+', '#'], raise: ['+'], command: ['#'], ask: false, topics: [] };

const publishes: readonly (readonly [string, Rights, string, string])[] = [
  ['a local client', localRights, `${p}/ingest/pump`, 'ingest'],
  ['a local client', localRights, `${p}/raise/pump/water-25cm`, 'raise'],
  ['a local client', localRights, `${p}/command/siren/on`, 'command'],
  ['a local client', localRights, `${p}/ask/history/t1`, 'ask'],
  ['a local client', localRights, 'zigbee2mqtt/door', 'free'],
  ['a local client', localRights, 'lamppost-other/x', 'free'],
  ['a local client', localRights, '/lamppost/1/lp/status', 'free'],
  ['a local client', localRights, `${p}/reading/pump/level`, 'refused'],
  ['a local client', localRights, `${p}/latest/pump`, 'refused'],
  ['a local client', localRights, `${p}/status`, 'refused'],
  ['a local client', localRights, `${p}/alarm/pump/water-25cm`, 'refused'],
  ['a local client', localRights, `${p}/result/siren/on`, 'refused'],
  ['a local client', localRights, `${p}/answer/history/t1`, 'refused'],
  ['a local client', localRights, `${p}/quarantine/pump`, 'refused'],
  ['a local client', localRights, `${p}/ingest/Pump`, 'refused'],
  ['a local client', localRights, `${p}/ingest/pump/level`, 'refused'],
  ['a local client', localRights, `${p}/ingest`, 'refused'],
  ['a local client', localRights, `${p}/new`, 'refused'],
  ['a local client', localRights, 'lamppost/1/other/ingest/pump', 'refused'],
  ['a local client', localRights, 'lamppost/2/lp/ingest/pump', 'refused'],
  ['a local client', localRights, 'lamppost', 'refused'],
  ['a local client', localRights, 'lamppost/', 'refused'],
  ['a local client', localRights, '$SYS/x', 'ignored'],
  ['a local client', localRights, '$lamppost', 'ignored'],
  ['the pump', pump, `${p}/ingest/pump`, 'ingest'],
  ['the pump', pump, `${p}/ingest/pump-2`, 'refused'],
  ['the pump', pump, `${p}/ingest/pum`, 'refused'],
  ['the pump', pump, `${p}/raise/pump/water-25cm`, 'refused'],
  ['the pump', pump, `${p}/ask/history/t1`, 'refused'],
  ['the pump', pump, 'tele/door4/SENSOR', 'free'],
  ['the pump', pump, 'tele/door4/STATE', 'refused'],
  ['the operator', operator, `${p}/command/siren/on`, 'command'],
  ['the operator', operator, `${p}/command/pump/on`, 'refused'],
  ['the operator', operator, `${p}/ask/backlog/x`, 'ask'],
  ['the operator', operator, `${p}/ingest/pump`, 'refused'],
  ['who may use all free topics', everywhere, 'a/b', 'free'],
  ['who may use all free topics', everywhere, `${p}/ingest/pump`, 'refused'],
  ['who may use all free topics', everywhere, 'lamppost', 'refused'],
  ['who may use all free topics', everywhere, '$SYS/x', 'ignored'],
  ['a wildcard for a device', wild, `${p}/ingest/pump`, 'refused'],
  ['nobody', noRights, 'a', 'refused'],
];

describe('a publish', () => {
  test.each(publishes)('of %s (%#): %o to %s is %s', (_who, rights, topic, expected) => {
    const verdict = judgePublish(rights, gateway, topic);
    expect(typeof verdict === 'string' ? verdict : verdict.kind).toBe(expected);
  });
});

const receipts: readonly (readonly [Rights, string, boolean])[] = [
  [localRights, `${p}/reading/pump/level`, true],
  [localRights, 'a/b', true],
  [localRights, '$SYS/broker/heartbeat', true],
  [localRights, '$lamppost', false],
  [pump, `${p}/reading/pump/level`, true],
  [pump, `${p}/latest/pump`, true],
  [pump, `${p}/alarm/pump/water-25cm`, true],
  [pump, `${p}/reading/mast/wind`, false],
  [pump, `${p}/status`, true],
  [pump, `${p}/result/pump/on`, true],
  [pump, `${p}/answer/history/t1`, false],
  [pump, 'tele/door4/SENSOR', true],
  [pump, 'tele/door4', false],
  [pump, '$SYS/x', false],
  [operator, `${p}/reading/mast/wind`, true],
  [operator, `${p}/answer/history/t1`, true],
  [operator, 'a', false],
  [{ ...noRights, command: ['siren'] }, `${p}/result/siren/on`, true],
  [{ ...noRights, command: ['siren'] }, `${p}/latest/siren`, false],
  [everywhere, `${p}/reading/pump/level`, false],
  [everywhere, `${p}/new`, false],
  [wild, `${p}/reading/pump/level`, false],
  [noRights, `${p}/status`, true],
];

describe('a message', () => {
  test.each(receipts)('to %o on %s may go: %s', (rights, topic, isAllowed) => {
    expect(mayReceive(rights, gateway, topic)).toBe(isAllowed);
  });

  test('may go exactly where one of the listed filters leads', () => {
    const device = fc.constantFrom('pump', 'mast', 'siren', '*');
    const devices = fc.uniqueArray(device, { maxLength: 3 });
    const some = fc.record({
      read: devices,
      ingest: devices,
      raise: devices,
      command: devices,
      ask: fc.boolean(),
      topics: fc.constant([]),
    });
    const kind = fc.constantFrom('reading', 'latest', 'device', 'status', 'alarm', 'quarantine', 'result', 'answer');
    const tail = fc.constantFrom('', '/pump', '/mast', '/pump/level', '/siren/on', '/history/t1');
    let allowed = 0;
    fc.assert(
      fc.property(some, kind, tail, (rights, name, rest) => {
        const topic = `${p}/${name}${rest}`;
        const isAllowed = mayReceive(rights, gateway, topic);
        if (isAllowed) allowed++;
        const isListed = receivable(rights, gateway).some((filter) => filterMatches(filter, topic));
        expect(isAllowed).toBe(isListed && parseTopic(gateway, topic) !== undefined);
      }),
      { numRuns: 2000 },
    );
    expect(allowed).toBeGreaterThan(200);
  });
});

describe('a subscription', () => {
  test.each([
    [localRights, '#', true],
    [localRights, `${p}/#`, true],
    [localRights, `${p}/command/siren/on`, true],
    [localRights, 'anything/+/at/all', true],
    [localRights, '$SYS/#', true],
    [localRights, '$SYS/+/heartbeat', true],
    [localRights, '$lamppost', false],
    [localRights, '$lamppost/#', false],
    [pump, '#', true],
    [pump, `${p}/reading/#`, true],
    [pump, `${p}/reading/+/level`, true],
    [pump, `${p}/reading/pump/level`, true],
    [pump, `${p}/reading/mast/#`, false],
    [pump, `${p}/ingest/pump`, false],
    [pump, 'tele/#', true],
    [pump, 'zigbee2mqtt/#', false],
    [pump, '$SYS/#', false],
    [everywhere, `${p}/reading/#`, false],
    [everywhere, 'lamppost/#', true],
    [noRights, 'a', false],
    [noRights, `${p}/status`, true],
  ])('of %o to %s is granted: %s', (rights, filter, isGranted) => {
    expect(maySubscribe(rights, gateway, filter)).toBe(isGranted);
  });
});
