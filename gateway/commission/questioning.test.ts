import { expect, test } from 'vitest';
import { dlt645Frame } from '../field/decode/dlt645.ts';
import { rtuFrame } from '../field/decode/modbus.ts';
import { rootPath } from '../platform/root.ts';
import { openProfiles } from '../profiles/load.ts';
import type { Profile } from '../profiles/profile.ts';
import { partialSetup } from './partial-setup.ts';
import { equals, ranked } from './candidates.ts';
import { bytesFromText, type Piece } from './capture.ts';
import { askAll, type Ask } from './questioning.ts';
import { tryCapture } from './try-capture.ts';
import { hexText } from '../platform/hex.ts';

const bundled = openProfiles(rootPath('device-profiles'));
const load = (...ids: readonly string[]): Promise<Profile[]> => Promise.all(ids.map((id) => bundled.load(id)));
const hex = (text: string): Uint8Array => bytesFromText(text) ?? new Uint8Array();

/** A line on which somebody answers what is in the table, and everything that was said on it. */
function lineWith(answers: Readonly<Record<string, string>>): { readonly ask: Ask; readonly said: Piece[] } {
  const said: Piece[] = [];
  const ask: Ask = async (question) => {
    const answer = hex(answers[hexText(question)] ?? '');
    said.push({ ms: said.length, way: 'tx', bytes: question });
    if (answer.length > 0) said.push({ ms: said.length, way: 'rx', bytes: answer });
    return answer;
  };
  return { ask, said };
}

test('one answer that means rain to one maker and noise to another is told as both', async () => {
  const { ask, said } = lineWith({ '01 03 00 00 00 01 84 0A': '01 03 02 02 18 B9 2E' });
  const found = await askAll(await load('sonbus/xm9505', 'sonbest/sm7901'), ask);
  expect(equals(ranked(found)).map(({ profile }) => profile.id)).toEqual(['sonbest/sm7901', 'sonbus/xm9505']);
  expect(found.map(({ address }) => address)).toEqual([1, 1]);
  expect(said.filter(({ way }) => way === 'tx')).toHaveLength(1);
});

test('what was asked and answered gives the same readings when it is replayed', async () => {
  const { ask, said } = lineWith({ '01 03 00 00 00 01 84 0A': '01 03 02 02 18 B9 2E' });
  const [profile] = await load('sonbest/sm7901');
  if (!profile) throw new Error('no such profile');
  const [found] = await askAll([profile], ask);
  const trial = tryCapture(partialSetup(profile).setup, { pieces: said });
  expect(trial?.outcomes.flatMap((outcome) => (outcome.ok ? outcome.values : []))).toEqual(
    found?.trial.outcomes.flatMap((outcome) => (outcome.ok ? outcome.values : [])),
  );
  expect(trial).toMatchObject({ good: 1, garbage: 0 });
});

test('a sensor that answers a question of its own is found', async () => {
  const { ask } = lineWith({ 'FF 01 86 00 00 00 00 00 79': 'FF 86 02 20 00 00 00 00 58' });
  const [found] = await askAll(await load('winsen/mh-z19b', 'dfrobot/a02yyuw'), ask);
  expect(found?.profile.id).toBe('winsen/mh-z19b');
  expect(found?.trial.outcomes[0]).toMatchObject({ values: [{ channel: 'co2', value: 544 }] });
});

test('a meter that is asked by nobody’s name tells its address', async () => {
  const said: string[] = [];
  const answer = dlt645Frame('000000000161', 0x91, hex('00 00 01 00 26 00 00 00'));
  const ask: Ask = async (question) => {
    said.push(hexText(question));
    return said.length === 1 ? answer : new Uint8Array();
  };
  const [found] = await askAll(await load('dl-t/645-2007'), ask);
  expect(said[0]).toContain('68 AA AA AA AA AA AA 68 11 04');
  expect(found?.address).toBe('000000000161');
});

test('a scan finds a slave that was given another address, and asks no other for more', async () => {
  const profile = await load('sonbest/sm7901');
  const asked: number[] = [];
  const ask: Ask = async (question) => {
    asked.push(question[0] ?? 0);
    return question[0] === 7 ? rtuFrame(7, hex('03 02 02 18')) : new Uint8Array();
  };
  const found = await askAll(profile, ask, [5, 6, 7, 8]);
  expect(found.map(({ address }) => address)).toEqual([7]);
  expect(asked).toEqual([5, 6, 7, 8, 7]);
});

test.each([
  [true, 0],
  [false, 1],
])('a read that changes the device (%s) is sent %i times', async (isDestructive, count) => {
  const [profile] = await load('sonbest/sm7901');
  if (profile?.decode.kind !== 'registers') throw new Error('the profile has changed');
  const reads = profile.decode.reads.map((read) => ({ ...read, isDestructive }));
  const { ask, said } = lineWith({});
  await askAll([{ ...profile, decode: { ...profile.decode, reads } }], ask);
  expect(said).toHaveLength(count);
});
