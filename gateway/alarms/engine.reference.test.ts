import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AlarmTransition, TransitionDraft } from '../model/alarm.ts';
import type { Condition, Rule } from '../model/alarm-rule.ts';
import type { Reading, Value } from '../model/reading.ts';
import { depthReading, waterRule } from '../test/alarms/rules.ts';
import { AlarmEngine } from './engine.ts';

type Event =
  | { readonly kind: 'reading'; readonly value: Value; readonly isBad: boolean }
  | { readonly kind: 'tick' | 'acknowledge' | 'acknowledge blind' | 'restart' };

type Step = Event & { readonly afterMs: number };

interface Heard {
  readonly mono: number;
  readonly means: 'due' | 'over' | 'between' | 'unusable';
  readonly reading: Reading;
}

/** What a condition says, in the plainest words there are. */
function meaning(condition: Condition, { value, quality }: Reading): Heard['means'] {
  if (value === null || quality === 'bad') return 'unusable';
  if (condition.kind === 'equals') return value === condition.limit ? 'due' : 'over';
  const [number, sign] = [Number(value), condition.kind === 'above' ? 1 : -1];
  if ((number - condition.limit) * sign > 0) return 'due';
  return (number - condition.clear) * sign < 0 ? 'over' : 'between';
}

/**
 * The naive alarm: it remembers everything it heard and reads all of it again each time. The engine that runs keeps
 * four moments instead.
 */
class NaiveAlarm {
  readonly #rule: Rule;
  #heard: Heard[] = [];
  #state = 'normal';
  #blindState = 'normal';

  constructor(rule: Rule) {
    this.#rule = rule;
  }

  /** What it says, as `alarm state reading`. */
  step(event: Event, mono: number, reading: Reading): string[] {
    const last = this.#heard.at(-1)?.reading.id;
    switch (event.kind) {
      case 'restart':
        this.#heard = [];
        return [];
      case 'acknowledge':
        if (this.#state !== 'active') return [];
        this.#state = 'acknowledged';
        return [`alarm acknowledged ${last}`];
      case 'acknowledge blind':
        if (this.#blindState !== 'active') return [];
        this.#blindState = 'acknowledged';
        return [`blind acknowledged ${last}`];
      case 'reading':
        this.#heard.push({ mono, means: meaning(this.#rule.condition, reading), reading });
        return this.#look(mono);
      case 'tick':
        return this.#look(mono);
    }
  }

  #look(mono: number): string[] {
    const { forMs, clearForMs, blind, blindAfterMs } = this.#rule;
    const usable = this.#heard.filter(({ means }) => means !== 'unusable');
    const dueFor = mono - since(usable, 'due');
    const backFor = mono - since(this.#heard, 'over');
    const blindFor = mono - since(this.#heard, 'unusable');
    const last = this.#heard.at(-1)?.reading.id;
    if (blindFor >= 0) {
      if (blind !== 'alarm' || this.#blindState !== 'normal' || blindFor < blindAfterMs) return [];
      this.#blindState = 'active';
      return [`blind active ${last}`];
    }
    const said: string[] = [];
    if (this.#blindState !== 'normal' && this.#heard.length > 0) {
      this.#blindState = 'normal';
      said.push(`blind normal ${last}`);
    }
    if (this.#state === 'normal' && dueFor >= forMs) {
      this.#state = 'active';
      said.push(`alarm active ${last}`);
    } else if (this.#state !== 'normal' && backFor >= clearForMs) {
      this.#state = 'normal';
      said.push(`alarm normal ${last}`);
    }
    return said;
  }
}

/** When the last run of readings that all mean this began; infinitely late when the last one means something else. */
function since(heard: readonly Heard[], means: Heard['means']): number {
  const run = heard.length - 1 - heard.findLastIndex((one) => one.means !== means);
  return heard.at(-run)?.means === means && run > 0 ? (heard.at(-run)?.mono ?? Infinity) : Infinity;
}

const condition = fc.constantFrom<Condition>(
  { kind: 'above', limit: 3, clear: 1 },
  { kind: 'above', limit: 2, clear: 2 },
  { kind: 'below', limit: 1, clear: 3 },
  { kind: 'equals', limit: true },
  { kind: 'equals', limit: 'open' },
);
const time = fc.constantFrom(0, 1, 5, 10);
const rule = fc
  .record({ condition, forMs: time, clearForMs: time, blindAfterMs: time, isLoud: fc.boolean() })
  .map(({ isLoud, ...changes }) => waterRule({ ...changes, blind: isLoud ? 'alarm' : 'hold' }));

const values: Readonly<Record<Condition['kind'], readonly Value[]>> = {
  above: [0, 1, 1.5, 2, 3, 4],
  below: [0, 1, 1.5, 2, 3, 4],
  equals: [true, false, 'open', 'shut'],
};
const afterMs = fc.constantFrom(0, 1, 2, 4, 5, 9, 10, 30);

function stepOf({ condition: { kind } }: Rule): fc.Arbitrary<Step> {
  const value = fc.constantFrom(...values[kind], null);
  const reading = fc.record({ kind: fc.constant('reading' as const), value, isBad: boolOf(5), afterMs });
  const other = fc.constantFrom('tick', 'tick', 'acknowledge', 'acknowledge blind', 'restart');
  return fc.oneof({ weight: 3, arbitrary: reading }, { weight: 1, arbitrary: fc.record({ kind: other, afterMs }) });
}

const boolOf = (oneIn: number): fc.Arbitrary<boolean> => fc.integer({ min: 1, max: oneIn }).map((n) => n === 1);
const run = rule.chain((made) =>
  fc.record({ rule: fc.constant(made), steps: fc.array(stepOf(made), { maxLength: 60, size: 'max' }) }),
);

/** Runs both over the same steps; `spoil` makes the engine's rule another one. */
function compare(
  { rule: configured, steps }: { readonly rule: Rule; readonly steps: readonly Step[] },
  spoil: (rule: Rule) => Rule = (same) => same,
): { readonly said: number; readonly expected: string[]; readonly actual: string[] } {
  const devices = new Set([configured.device]);
  const rules = [spoil(configured)];
  const naive = new NaiveAlarm(configured);
  const open = new Map<string, AlarmTransition>();
  let engine = new AlarmEngine(rules, devices);
  let mono = 0;
  const [expected, actual]: [string[], string[]] = [[], []];
  for (const [index, step] of steps.entries()) {
    mono += step.afterMs;
    const isBad = step.kind === 'reading' && step.isBad;
    const reading = depthReading(step.kind === 'reading' ? step.value : null, {
      id: `1-${index + 1}`,
      ...(isBad ? { quality: 'bad' } : {}),
    });
    expected.push(...naive.step(step, mono, reading).map((said) => `${index}: ${said}`));
    let drafts: readonly TransitionDraft[] = [];
    if (step.kind === 'reading') drafts = engine.onReading(reading, mono);
    else if (step.kind === 'tick') drafts = engine.tick(mono);
    else if (step.kind === 'restart') engine = new AlarmEngine(rules, devices, { open: [...open.values()] });
    else {
      const id = step.kind === 'acknowledge' ? configured.id : `${configured.id}-blind`;
      drafts = engine.acknowledge({ device: configured.device, rule: id });
    }
    for (const draft of drafts) {
      const name = draft.rule === configured.id ? 'alarm' : 'blind';
      actual.push(`${index}: ${name} ${draft.state} ${draft.reading}`);
      if (draft.state === 'normal') open.delete(draft.rule);
      else open.set(draft.rule, { ...draft, v: 1, id: '', raisedAt: 0, at: 0, clock: 'held' });
    }
  }
  return { said: actual.length, expected, actual };
}

test('the engine says what the naive alarm says, whatever comes in whatever order', () => {
  let said = 0;
  const states = new Set<string>();
  fc.assert(
    fc.property(run, (made) => {
      const { expected, actual } = compare(made);
      said += actual.length;
      for (const one of actual) states.add(one.split(' ').slice(1, 3).join(' '));
      expect(actual).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
  expect(said).toBeGreaterThan(4000);
  expect([...states].toSorted()).toEqual([
    'alarm acknowledged',
    'alarm active',
    'alarm normal',
    'blind acknowledged',
    'blind active',
    'blind normal',
  ]);
});

test.each<[string, (rule: Rule) => Rule]>([
  ['no hold time', (rule) => ({ ...rule, forMs: 0 })],
  ['no way back', (rule) => ({ ...rule, clearForMs: 0 })],
  ['one limit', (rule) => ({ ...rule, condition: oneLimit(rule.condition) })],
  ['another patience with bad data', (rule) => ({ ...rule, blindAfterMs: 1 })],
])('control: an engine with %s is found out', (_name, spoil) => {
  const found = fc.check(
    fc.property(run, (made) => {
      const { expected, actual } = compare(made, spoil);
      return JSON.stringify(expected) === JSON.stringify(actual);
    }),
    { numRuns: 2000, seed: 1 },
  );
  expect(found.failed).toBe(true);
});

function oneLimit(condition: Condition): Condition {
  return condition.kind === 'equals' ? condition : { ...condition, clear: condition.limit };
}
