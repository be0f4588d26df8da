import { createDecoder, type StreamGrammar } from '../../field/decode/registry.ts';
import { normalise, type NormalisedValue } from '../../field/normalise/normalise.ts';
import { Window } from '../../field/normalise/window.ts';
import type { Reading } from '../../model/reading.ts';
import readingSchema from '../../model/schema/reading.schema.json' with { type: 'json' };
import { quantityOf } from '../../model/quantity.ts';
import { rootPath } from '../../platform/root.ts';
import { compileTest } from '../../platform/validate.ts';
import { openProfiles } from '../../profiles/load.ts';
import type { ChannelChecks } from '../../profiles/checks.ts';
import type { Fields } from '../../profiles/grammar.ts';
import { QualityGate } from '../../quality/gate.ts';
import { setUp, type Setup } from '../../profiles/setup.ts';
import { loadText, median } from './measure.ts';
import type { Section } from './section.ts';
import { rangeOf, shown, table, times } from './table.ts';

/** What each stage of the field costs for one value, in one process without any I/O. */

const targetPerSecond = 200_000;

interface Case {
  readonly name: string;
  readonly setup: Setup;
  readonly grammar: StreamGrammar;
  readonly bytes: Uint8Array;
}

const cases = {
  'dfrobot/a02yyuw': { settings: { sensorHeight: '3200 mm', datum: 'road' }, frame: 'ff07a1a7' },
  'plantower/pms5003': {
    settings: {},
    frame: '424d001c000000010005000000010005007e002a000f00090003000397000214',
  },
} as const;

const framesInOne = 2000;

async function caseOf(id: keyof typeof cases): Promise<Case> {
  const { settings, frame } = cases[id];
  const checked = setUp(await openProfiles(rootPath('device-profiles')).load(id), settings);
  if (!checked.ok) throw new Error(`the settings of ${id} are wrong`);
  const { decode } = checked.setup.profile;
  if (decode.kind !== 'frame') throw new Error(`${id} has no frames`);
  const bytes = Buffer.from(frame.repeat(framesInOne), 'hex');
  return { name: id, setup: checked.setup, grammar: decode, bytes };
}

/** Microseconds a value, and what the stage gave, for the next one to work on. */
interface Measured<T> {
  readonly micros: number;
  readonly given: T;
}

function timed<T>(values: number, work: () => T): Measured<T> {
  const start = process.hrtime.bigint();
  const given = work();
  return { micros: Number(process.hrtime.bigint() - start) / 1000 / values, given };
}

const stages = ['decode', 'normalise', 'window', 'quality', 'schema', 'JSON.parse of the reading'] as const;
type Stage = (typeof stages)[number];

const isSound = compileTest(readingSchema);

/** The tests that the profile asks for. */
function checksOf({ profile }: Setup): Readonly<Record<string, ChannelChecks>> {
  return Object.fromEntries(
    Object.entries(profile.channels).flatMap(([name, { checks }]) => (checks ? [[name, checks]] : [])),
  );
}

function readingOf({ setup }: Case, { channel, value, quality, why }: NormalisedValue, seq: number): Reading {
  const { quantity } = setup.profile.channels[channel] ?? { quantity: 'water_depth' as const };
  const { unit } = quantityOf(quantity);
  const at = 1_795_000_000_000 + seq;
  const doubts = why ? { why } : {};
  return { id: `1-${seq + 1}`, device: 'd', channel, quantity, value, unit, quality, ...doubts, at, clock: 'synced' };
}

function round(one: Case): Readonly<Record<Stage, number>> {
  const { setup, grammar, bytes } = one;
  const channels = Object.keys(setup.profile.channels).length;
  const values = framesInOne * channels;
  const decoder = createDecoder(grammar);
  const decode = timed(values, () => {
    const fields: Fields[] = [];
    for (let at = 0; at < bytes.length; at += 256) {
      for (const result of decoder.push(bytes.subarray(at, at + 256))) if (result.ok) fields.push(result.fields);
    }
    return fields;
  });
  if (decode.given.length !== framesInOne) throw new Error(`${decode.given.length} of ${framesInOne} frames`);
  const made = timed(values, () => decode.given.map((fields) => normalise(setup, fields, { isWarmingUp: false })));
  const windowed = timed(values, () => {
    const window = new Window({ device: 'd', setup, everyMs: 1, startMono: 0 });
    return made.given.flatMap((some, index) => window.add(some, index * 1.5));
  });
  if (windowed.given.length < values / 2) throw new Error('the window kept its samples');
  const gate = new QualityGate({ devices: [{ id: 'd', setup, checks: checksOf(setup) }], dayOf: () => '11-22' });
  const judged = timed(values, () => {
    let count = 0;
    for (let at = 0; at < windowed.given.length; at += channels)
      count += gate.judge(windowed.given.slice(at, at + channels)).length;
    return count;
  });
  if (judged.given !== windowed.given.length) throw new Error('the gate kept a sample back');
  const readings = made.given.flat().map((value, index) => readingOf(one, value, index));
  const checked = timed(values, () => readings.filter((reading) => isSound(reading)).length);
  if (checked.given !== values) throw new Error('a reading is not sound');
  const texts = readings.map((reading) => JSON.stringify(reading));
  const parsed = timed(values, () => texts.reduce((sum, text) => sum + (JSON.parse(text) as Reading).at, 0));
  return {
    decode: decode.micros,
    normalise: made.micros,
    window: windowed.micros,
    quality: judged.micros,
    schema: checked.micros,
    'JSON.parse of the reading': parsed.micros,
  };
}

export const stagesBench: Section = async ({ isQuick, rounds, print }) => {
  print('One core, microseconds a value (a frame has several); the peer is JSON.parse of the finished reading.\n');
  const rows: string[][] = [];
  for (const id of Object.keys(cases) as (keyof typeof cases)[]) {
    const one = await caseOf(id);
    for (let warm = 0; warm < 20; warm++) round(one);
    const measured = Array.from({ length: (isQuick ? 10 : 50) * rounds }, () => round(one));
    const micros = (stage: Stage): number => median(measured.map((costs) => costs[stage]));
    const own = stages.filter((stage) => !stage.startsWith('JSON'));
    const total = own.reduce((sum, stage) => sum + micros(stage), 0);
    for (const stage of stages) {
      const share = own.includes(stage) ? `${shown((100 * micros(stage)) / total)} %` : '';
      rows.push([id, stage, shown(micros(stage)), rangeOf(measured.map((costs) => costs[stage])), share, '', '']);
    }
    const perSecond = 1e6 / total;
    const ratio = times(micros('JSON.parse of the reading') / total);
    rows.push([
      id,
      'all',
      shown(total),
      '',
      '100 %',
      `${shown(perSecond)}/s, ${ratio} JSON.parse`,
      `≥ ${shown(targetPerSecond)}/s`,
    ]);
  }
  print(table(['profile', 'stage', 'µs', 'range', 'share', 'pace', 'target'], rows));
  print(`\nload average ${loadText()}`);
};
