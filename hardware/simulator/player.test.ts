import { expect, test } from 'vitest';
import { rootPath } from '../../gateway/platform/root.ts';
import { openProfiles } from '../../gateway/profiles/load.ts';
import { atAddress, Player, scriptOf } from './player.ts';

test('a device says what the first example of its profile without fault shows', async () => {
  const script = scriptOf(await openProfiles(rootPath('device-profiles')).load('dfrobot/a02yyuw'));
  expect(script?.frame).toEqual(Uint8Array.of(0xff, 0x07, 0xa1, 0xa7));
});

test('a data logger sends the same figures under a number of its own each time', async () => {
  const profile = await openProfiles(rootPath('device-profiles')).load('hj/212-2017');
  const player = new Player(scriptOf(profile) ?? { replies: [] });
  const packets = [player.say(), player.say()].map((bytes) => String.fromCharCode(...(bytes ?? [])));
  expect(packets[0]).toMatch(/^##0\d{3}QN=20160801085857223;.*LA-Rtd=50\.1&&[0-9A-F]{4}\r\n$/);
  expect(packets[1]).toMatch(/^##0\d{3}QN=20160801085857224;.*LA-Rtd=50\.1&&[0-9A-F]{4}\r\n$/);
});

test('a question is answered however it is cut, once each time it is asked, and nothing else is', () => {
  const player = new Player({ replies: [{ ask: Uint8Array.of(1, 2, 3), answer: Uint8Array.of(9) }] });
  expect(player.hear(Uint8Array.of(7, 1, 2))).toEqual([]);
  expect(player.hear(Uint8Array.of(3, 1, 2, 3, 1))).toEqual([Uint8Array.of(9), Uint8Array.of(9)]);
  expect(player.hear(Uint8Array.of(3))).toEqual([]);
});

test.each([
  ['sonbest/sm7901', 1, 9],
  ['dl-t/645-2007', '000000000161', '123456789012'],
])('%s answers to the address that it was given, and to no other', async (id, own, other) => {
  const profile = await openProfiles(rootPath('device-profiles')).load(id);
  const script = scriptOf(profile);
  if (!script) throw new Error('no example shows its bytes');
  const [question] = atAddress(script, profile, other).replies;
  const ask = question?.ask ?? new Uint8Array();
  expect(new Player(atAddress(script, profile, other)).hear(ask)).toEqual([question?.answer]);
  expect(new Player(atAddress(script, profile, own)).hear(ask)).toEqual([]);
});
