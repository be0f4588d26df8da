import { expect, test } from 'vitest';
import { FakeClock } from '../test/fakes/fake-clock.ts';
import type { ScriptedLink } from '../test/fakes/scripted-link.ts';
import { levelProfile, portAt } from '../test/commission/rig.ts';
import { equals } from './candidates.ts';
import { probe, type Probed, type Progress } from './probe.ts';

const frame = [0xff, 0x07, 0xa1, 0xa7];
const three = [
  levelProfile('a/one'),
  levelProfile('b/two', { line: '19200 8E1' }),
  levelProfile('c/three', { line: '9600 8N1', quantity: 'rain_amount' }),
];

async function probed(
  port: ReturnType<typeof portAt>,
  { profiles = three, hasLine = true, progress = [] as Progress[] } = {},
): Promise<Probed> {
  const clock = new FakeClock();
  const running = probe({
    profiles,
    open: port.open,
    hasLine,
    listenMs: 2500,
    clock,
    signal: new AbortController().signal,
    onProgress: (now) => void progress.push(now),
  });
  let isDone = false;
  void running.then(
    () => (isDone = true),
    () => (isDone = true),
  );
  while (!isDone) await clock.advance(100);
  return running;
}

const flood = (link: ScriptedLink): void => {
  for (let count = 0; count < 2000; count++) link.receive([...frame, ...frame, ...frame, ...frame]);
};

const talk = (link: ScriptedLink): void => {
  for (let count = 0; count < 5; count++) link.receive(frame);
};

test('the line settings that most profiles have are tried first, and the first that fits ends the search', async () => {
  const port = portAt('9600 8N1', talk);
  const progress: Progress[] = [];
  const result = await probed(port, { profiles: [...three, levelProfile('d/four')], progress });
  expect(port.opened).toEqual(['9600 8N1']);
  expect(result.line).toBe('9600 8N1');
  expect(progress[0]).toMatchObject({ line: '9600 8N1', index: 1, count: 2, leftMs: 2500 });
});

test('profiles that fit the same bytes are all named as equals', async () => {
  const { candidates } = await probed(portAt('9600 8N1', talk));
  expect(equals(candidates).map(({ profile }) => profile.id)).toEqual(['a/one', 'c/three']);
});

test('a profile whose values would be impossible comes after one whose are not', async () => {
  const profiles = [levelProfile('a/kilometres', { unit: 'km' }), levelProfile('b/millimetres')];
  const { candidates } = await probed(portAt('9600 8N1', talk), { profiles });
  expect(candidates.map(({ profile }) => profile.id)).toEqual(['b/millimetres', 'a/kilometres']);
  expect(equals(candidates)).toHaveLength(1);
});

test('the other line settings are tried where the first give only noise', async () => {
  const port = portAt('19200 8E1', talk, (link) => link.receive([1, 2, 3, 4, 5, 6, 7, 8]));
  const result = await probed(port);
  expect(port.opened).toEqual(['9600 8N1', '19200 8E1']);
  expect(port.links.every(({ isClosed }) => isClosed)).toBe(true);
  expect(result).toMatchObject({ line: '19200 8E1', tried: ['9600 8N1', '19200 8E1'] });
  expect(result.pieces.map(({ line }) => line)).toContain('9600 8N1');
});

test('a silent port has no candidates', async () => {
  const result = await probed(portAt('9600 8N1', () => {}));
  expect(result).toMatchObject({ candidates: [], pieces: [], tried: ['9600 8N1', '19200 8E1'] });
  expect(result.line).toBeUndefined();
});

test('a port without line settings is listened to once, for all profiles', async () => {
  const port = portAt('9600 8N1', talk);
  const result = await probed(port, { hasLine: false });
  expect(port.opened).toHaveLength(1);
  expect(result.candidates.map(({ profile }) => profile.id)).toEqual(['a/one', 'b/two', 'c/three']);
});

test('a flood is kept as far as one needs to recognise it', async () => {
  const { pieces, candidates } = await probed(portAt('9600 8N1', flood));
  expect(pieces.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(16_384);
  expect(candidates).toHaveLength(2);
});

test('a cable that is pulled meanwhile ends the probe with the reason', async () => {
  const port = portAt('9600 8N1', (link) => link.unplug('the cable or the adapter was pulled'));
  await expect(probed(port)).rejects.toThrow('pulled');
});
