import { expect, test } from 'vitest';
import { rootPath } from '../../gateway/platform/root.ts';
import { openProfiles } from '../../gateway/profiles/load.ts';
import { Player, scriptOf } from './player.ts';

test('a device says what the first example of its profile without fault shows', async () => {
  const script = scriptOf(await openProfiles(rootPath('device-profiles')).load('dfrobot/a02yyuw'));
  expect(script?.frame).toEqual(Uint8Array.of(0xff, 0x07, 0xa1, 0xa7));
});

test('a question is answered however it is cut, once each time it is asked, and nothing else is', () => {
  const player = new Player({ replies: [{ ask: Uint8Array.of(1, 2, 3), answer: Uint8Array.of(9) }] });
  expect(player.hear(Uint8Array.of(7, 1, 2))).toEqual([]);
  expect(player.hear(Uint8Array.of(3, 1, 2, 3, 1))).toEqual([Uint8Array.of(9), Uint8Array.of(9)]);
  expect(player.hear(Uint8Array.of(3))).toEqual([]);
});
