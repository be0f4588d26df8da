import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CalibrationEntry } from '../model/calibration.ts';
import { qualities, type Sample } from '../model/reading.ts';
import { depthCalibration } from '../test/intake/calibrations.ts';
import { createLog, type LogEvent } from '../platform/log.ts';
import { genericProfile } from '../profiles/generic.ts';
import { setUp } from '../profiles/setup.ts';
import { appendCalibration, parseCalibrations, readCalibrations } from './calibration-file.ts';
import { CalibrationBook } from './calibration-book.ts';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamppost-calibrations-'));
  path = join(directory, 'calibrations.ndjson');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const takenBack = { v: 1, kind: 'void', id: 'cal-1', at: 2, by: 'Li Wei' } as const;

describe('a file of calibrations', () => {
  test('gives back what was added, in order', async () => {
    const entries: CalibrationEntry[] = [depthCalibration(), takenBack, depthCalibration({ id: 'cal-2' })];
    for (const entry of entries) await appendCalibration(path, entry);
    expect(await readCalibrations(path)).toEqual({ entries, problems: [] });
  });

  test('that is not there has none', async () => {
    expect(await readCalibrations(path)).toEqual({ entries: [], problems: [] });
  });

  test('names the lines that cannot be used, and the others count', () => {
    const lines = [
      JSON.stringify(depthCalibration()),
      '{"v":1,"kind":"calib',
      '',
      JSON.stringify({ ...depthCalibration(), gain: 0 }),
      JSON.stringify(depthCalibration({ id: 'cal-2' })),
    ];
    const { entries, problems } = parseCalibrations(lines.join('\n'));
    expect(entries.map(({ id }) => id)).toEqual(['cal-1', 'cal-2']);
    expect(problems.map(({ line }) => line)).toEqual([2, 4]);
    expect(problems[1]?.what.en).toBe('/gain 0 must be more than 0');
  });

  test('that a power cut has torn goes on behind the tear', async () => {
    await appendCalibration(path, depthCalibration());
    await appendFile(path, '{"v":1,"kind":"ca');
    await appendCalibration(path, depthCalibration({ id: 'cal-2' }));
    const { entries, problems } = await readCalibrations(path);
    expect(entries.map(({ id }) => id)).toEqual(['cal-1', 'cal-2']);
    expect(problems.map(({ line }) => line)).toEqual([2]);
  });
});

function depthSetup() {
  const profile = genericProfile('generic/water-depth');
  const checked = profile && setUp(profile, { datum: 'road surface' });
  if (!checked?.ok) throw new Error('generic/water-depth cannot be set up');
  return checked.setup;
}

function bookOf() {
  const device = { id: 'underpass-7', setup: depthSetup() };
  const events: LogEvent[] = [];
  const log = createLog(
    (event) => events.push(event),
    () => 0,
  );
  return { book: new CalibrationBook(path, [device], log), device, events };
}

describe('the calibrations in force', () => {
  test('are seen at the next look by whoever follows them', async () => {
    const { book, device } = bookOf();
    const { setup } = book.follow(device);
    expect(await book.look()).toEqual([]);
    expect(setup.calibrations?.size).toBe(0);
    await appendCalibration(path, depthCalibration());
    expect(await book.look()).toEqual(['underpass-7']);
    expect(setup.calibrations?.get('depth')).toMatchObject({ id: 'cal-1', gain: 1.002, offset: -0.012 });
    expect(await book.look()).toEqual([]);
    await appendCalibration(path, takenBack);
    expect(await book.look()).toEqual(['underpass-7']);
    expect(setup.calibrations?.size).toBe(0);
  });

  test('of a file that is none of ours fill no log', async () => {
    const { book, events } = bookOf();
    await writeFile(path, 'level;0.42\n'.repeat(1000));
    await book.look();
    expect(events).toHaveLength(6);
    expect(events.at(-1)?.fields).toMatchObject({ lines: 995 });
  });

  test('stay where the file is gone bad, and that is said once', async () => {
    const { book, device, events } = bookOf();
    await appendCalibration(path, depthCalibration());
    await book.look();
    await rm(path);
    await mkdir(path);
    expect(await book.look()).toEqual([]);
    await book.look();
    expect(book.follow(device).setup.calibrations?.size).toBe(1);
    expect(events.map(({ event }) => event)).toEqual(['calibrations cannot be read']);
  });

  test('are none for a quantity that the channel does not have any more', async () => {
    const { book, device, events } = bookOf();
    await appendCalibration(path, depthCalibration({ quantity: 'water_stage' }));
    expect(await book.look()).toEqual([]);
    expect(book.follow(device).setup.calibrations?.size).toBe(0);
    expect(events.map(({ event }) => event)).toEqual(['a calibration does not fit its channel']);
  });

  test('are told by line where they cannot be read', async () => {
    const { book, events } = bookOf();
    await writeFile(path, `no JSON\n${JSON.stringify(depthCalibration())}\n`);
    expect(await book.look()).toEqual(['underpass-7']);
    expect(events).toMatchObject([{ event: 'a calibration cannot be used', fields: { line: 1 } }]);
  });
});

const at = (now: number, state: 'synced' | 'held' | 'unset' = 'held') => ({ now: () => now, state });

async function judging(): Promise<CalibrationBook> {
  await appendCalibration(path, depthCalibration());
  const { book } = bookOf();
  await book.look();
  return book;
}

describe('a calibration that has run out', () => {
  const sample: Sample = {
    device: 'underpass-7',
    channel: 'depth',
    value: 0.1,
    quality: 'good',
    time: { mono: 0 },
    calibration: 'cal-1',
  };
  const { validUntil } = depthCalibration();
  test('makes a good value doubtful from the next moment on', async () => {
    const book = await judging();
    expect(book.judge(sample, at(validUntil))).toEqual(sample);
    expect(book.judge(sample, at(validUntil + 1))).toEqual({
      ...sample,
      quality: 'suspect',
      why: ['calibration_expired'],
    });
  });

  test('never makes anything better', async () => {
    const book = await judging();
    const judged = qualities.map((quality) => book.judge({ ...sample, quality, why: ['flat'] }, at(validUntil + 1)));
    expect(judged.map(({ quality }) => quality)).toEqual(['suspect', 'suspect', 'bad', 'missing', 'suspect']);
    expect(judged[2]?.why).toEqual(['flat']);
    expect(judged[1]?.why).toEqual(['flat', 'calibration_expired']);
  });

  test('is not known to have, while nobody knows what time it is', async () => {
    expect((await judging()).judge(sample, at(validUntil + 1, 'unset'))).toEqual(sample);
  });

  test('says nothing of a value without one, or with one that nobody knows', async () => {
    const book = await judging();
    const { calibration: _, ...plain } = sample;
    expect(book.judge(plain, at(validUntil + 1))).toEqual(plain);
    const strange = { ...sample, calibration: 'cal-9' };
    expect(book.judge(strange, at(validUntil + 1))).toEqual(strange);
  });
});
