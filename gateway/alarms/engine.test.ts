import { describe, expect, test } from 'vitest';
import { depthReading, waterRule } from '../test/alarms/rules.ts';
import type { AlarmTransition } from '../model/alarm.ts';
import type { RaiseRequest, Rule } from '../model/alarm-rule.ts';
import type { Reading, Value } from '../model/reading.ts';
import { AlarmEngine, mostRaised, type AlarmMemory } from './engine.ts';
import { verdict } from './verdict.ts';

const devices = new Set(['underpass-7', 'door-4']);

function engineOf(rule: Partial<Rule> = {}, memory: AlarmMemory = {}): AlarmEngine {
  return new AlarmEngine([waterRule(rule)], devices, memory);
}

/** What came of one value after another: `rule state`, with the monotonic time at which it came. */
function told(engine: AlarmEngine, steps: readonly (readonly [mono: number, value: Value])[]): string[] {
  return steps.flatMap(([mono, value]) =>
    (value === 'tick' ? engine.tick(mono) : engine.onReading(depthReading(value), mono)).map(
      ({ rule, state }) => `${mono} ${rule} ${state}`,
    ),
  );
}

describe('a verdict on a usable value', () => {
  const above = { kind: 'above', limit: 0.25, clear: 0.2 } as const;
  const below = { kind: 'below', limit: 5, clear: 7 } as const;
  test.each([
    [above, 0.2500001, 'due'],
    [above, 0.25, 'between'],
    [above, 0.2, 'between'],
    [above, 0.1999, 'over'],
    [above, 0, 'over'],
    [below, 4.9, 'due'],
    [below, 5, 'between'],
    [below, 7, 'between'],
    [below, 7.1, 'over'],
    [{ kind: 'equals', limit: true } as const, true, 'due'],
    [{ kind: 'equals', limit: true } as const, false, 'over'],
    [{ kind: 'equals', limit: false } as const, false, 'due'],
    [{ kind: 'equals', limit: 'open' } as const, 'open', 'due'],
    [{ kind: 'equals', limit: 'open' } as const, 'Open', 'over'],
    [above, 'text', 'between'],
    [below, true, 'between'],
  ])('%j on %j is %s', (condition, value, expected) => {
    expect(verdict(condition, value)).toBe(expected);
  });
});

describe('an alarm', () => {
  test('becomes active over its limit and ends below its way back, once each', () => {
    expect(
      told(engineOf(), [
        [0, 0.1],
        [1, 0.26],
        [2, 0.3],
        [3, 0.22],
        [4, 0.26],
        [5, 0.19],
        [6, 0.1],
      ]),
    ).toEqual(['1 water-25cm active', '5 water-25cm normal']);
  });

  test('waits until the condition has held for its time, and a timer may end the wait', () => {
    const engine = engineOf({ forMs: 10 });
    expect(
      told(engine, [
        [0, 0.3],
        [9, 0.3],
        [9.9, 'tick'],
        [10, 'tick'],
        [11, 0.3],
      ]),
    ).toEqual(['10 water-25cm active']);
  });

  test('starts its wait anew when the value falls between the limits', () => {
    expect(
      told(engineOf({ forMs: 10 }), [
        [0, 0.3],
        [5, 0.22],
        [6, 0.3],
        [15, 'tick'],
        [16, 'tick'],
      ]),
    ).toEqual(['16 water-25cm active']);
  });

  test('ends when the value has been back for its time without a break', () => {
    expect(
      told(engineOf({ clearForMs: 60 }), [
        [0, 0.3],
        [10, 0.1],
        [50, 0.22],
        [60, 0.1],
        [119, 'tick'],
        [120, 'tick'],
      ]),
    ).toEqual(['0 water-25cm active', '120 water-25cm normal']);
  });

  test.each(['suspect', 'unchecked'] as const)('counts a value that is %s', (quality) => {
    expect(engineOf().onReading(depthReading(0.3, { quality }), 0)).toMatchObject([{ state: 'active', quality }]);
  });

  test('looks at its own channel only', () => {
    const engine = engineOf();
    expect(engine.onReading(depthReading(0.3, { channel: 'distance' }), 0)).toEqual([]);
    expect(engine.onReading(depthReading(0.3, { device: 'door-4' }), 0)).toEqual([]);
    expect(engine.onReading(depthReading(0.3), 0)).toHaveLength(1);
  });

  test('names value, limit, unit, quality and the reading that caused it', () => {
    const text = { en: 'Water', zh: '积水' };
    const [transition] = engineOf({ text }).onReading(depthReading(0.27, { id: '7-502' }), 1000);
    expect(transition).toEqual({
      rule: 'water-25cm',
      device: 'underpass-7',
      channel: 'depth',
      state: 'active',
      severity: 'critical',
      raisedMono: 1000,
      value: 0.27,
      unit: 'm',
      quality: 'good',
      reading: '7-502',
      limit: 0.25,
      text,
    });
  });

  test('that a timer changes names the last reading', () => {
    const engine = engineOf({ forMs: 10 });
    engine.onReading(depthReading(0.3, { id: '7-1' }), 0);
    engine.onReading(depthReading(0.4, { id: '7-2' }), 5);
    expect(engine.tick(10)).toMatchObject([{ state: 'active', reading: '7-2', value: 0.4, raisedMono: 10 }]);
  });

  test('of two rules of one channel changes for each of them', () => {
    const rules = [waterRule(), waterRule({ id: 'water-15cm', condition: { kind: 'above', limit: 0.15, clear: 0.1 } })];
    const engine = new AlarmEngine(rules, devices);
    expect(told(engine, [[0, 0.2]])).toEqual(['0 water-15cm active']);
    expect(told(engine, [[1, 0.3]])).toEqual(['1 water-25cm active']);
    expect(engine.openRules.map(({ id }) => id)).toEqual(['water-25cm', 'water-15cm']);
  });
});

describe('data that cannot be judged', () => {
  const unusable = [
    ['no value', depthReading(null, { quality: 'bad' })],
    ['a bad value', depthReading(0.01, { quality: 'bad', why: ['range'] })],
    ['a missing value', depthReading(null, { quality: 'missing', why: ['stale'] })],
  ] as const;

  test.each(unusable)('holds an active alarm: %s', (_name, reading) => {
    const engine = engineOf({ clearForMs: 10 });
    told(engine, [
      [0, 0.3],
      [1, 0.1],
    ]);
    expect([...engine.onReading(reading, 5), ...engine.tick(11), ...engine.tick(1000)]).toEqual([]);
    expect(engine.openRules).toHaveLength(1);
  });

  test.each(unusable)('raises nothing by itself: %s', (_name, reading) => {
    const engine = engineOf({ forMs: 10 });
    engine.onReading(depthReading(0.3), 0);
    expect([...engine.onReading(reading, 5), ...engine.tick(11), ...engine.tick(1000)]).toEqual([]);
  });

  test('now and then cannot keep an alarm away', () => {
    expect(
      told(engineOf({ forMs: 10 }), [
        [0, 0.3],
        [4, null],
        [8, 0.3],
        [12, null],
        [16, 0.3],
      ]),
    ).toEqual(['16 water-25cm active']);
  });

  test('makes the way back begin anew', () => {
    expect(
      told(engineOf({ clearForMs: 10 }), [
        [0, 0.3],
        [1, 0.1],
        [8, null],
        [9, 0.1],
        [11, 'tick'],
        [19, 'tick'],
      ]),
    ).toEqual(['0 water-25cm active', '19 water-25cm normal']);
  });

  test('is an alarm of its own after its time, until it is usable again', () => {
    const engine = engineOf({ blind: 'alarm' });
    const steps = [
      [0, 0.3],
      [1, null],
      [20_000, null],
      [30_000, 'tick'],
      [30_001, 'tick'],
      [40_000, 'tick'],
      [50_000, 0.1],
      [60_000, null],
    ] as const;
    expect(told(engine, steps)).toEqual([
      '0 water-25cm active',
      '30001 water-25cm-blind active',
      '50000 water-25cm-blind normal',
      '50000 water-25cm normal',
    ]);
  });

  test('makes no alarm where the rule only holds', () => {
    expect(
      told(engineOf({ blind: 'hold' }), [
        [0, null],
        [1_000_000, 'tick'],
      ]),
    ).toEqual([]);
  });

  test('that is an alarm has no limit and no value, but names the reading', () => {
    const engine = engineOf({ blind: 'alarm', blindAfterMs: 0 });
    const [transition] = engine.onReading(depthReading(null, { id: '7-9' }), 5);
    expect(Object.keys(transition ?? {})).toEqual([
      'rule',
      'device',
      'channel',
      'state',
      'severity',
      'raisedMono',
      'quality',
      'reading',
      'text',
    ]);
    expect(transition).toMatchObject({ rule: 'water-25cm-blind', severity: 'warning', reading: '7-9' });
  });
});

describe('a person', () => {
  test('acknowledges an active alarm once; it ends all the same', () => {
    const engine = engineOf();
    const alarm = { device: 'underpass-7', rule: 'water-25cm' };
    expect(engine.acknowledge(alarm)).toEqual([]);
    engine.onReading(depthReading(0.3), 0);
    expect(engine.acknowledge(alarm)).toMatchObject([{ state: 'acknowledged', raisedMono: 0 }]);
    expect(engine.acknowledge(alarm)).toEqual([]);
    expect(told(engine, [[1, 0.3]])).toEqual([]);
    expect(told(engine, [[2, 0.1]])).toEqual(['2 water-25cm normal']);
  });

  test('acknowledges that a rule is blind', () => {
    const engine = engineOf({ blind: 'alarm', blindAfterMs: 0 });
    engine.onReading(depthReading(null), 0);
    const blind = { device: 'underpass-7', rule: 'water-25cm-blind' };
    expect(engine.acknowledge(blind)).toMatchObject([{ rule: 'water-25cm-blind', state: 'acknowledged' }]);
    expect(engine.acknowledge(blind)).toEqual([]);
    expect(told(engine, [[1, 0.1]])).toEqual(['1 water-25cm-blind normal']);
  });

  test('acknowledges nothing that there is not', () => {
    expect(engineOf().acknowledge({ device: 'nowhere', rule: 'nothing' })).toEqual([]);
  });
});

const request = (changes: Partial<RaiseRequest> = {}): RaiseRequest => ({
  device: 'door-4',
  rule: 'forced',
  state: 'active',
  ...changes,
});

const raised = (engine: AlarmEngine, changes: Partial<RaiseRequest>, mono = 0): readonly string[] | string => {
  const raising = engine.raise(request(changes), mono);
  return raising.ok ? raising.drafts.map(({ state, severity }) => `${state} ${severity}`) : raising.why;
};

describe('a flow', () => {
  test('raises and ends an alarm; repeating itself changes nothing', () => {
    const engine = engineOf();
    const steps: Partial<RaiseRequest>[] = [
      { state: 'normal' },
      { state: 'active', severity: 'critical' },
      { state: 'active' },
      { state: 'active', severity: 'info' },
      { state: 'normal' },
      { state: 'normal' },
      { state: 'active' },
    ];
    expect(steps.map((step) => raised(engine, step))).toEqual([
      [],
      ['active critical'],
      [],
      [],
      ['normal critical'],
      [],
      ['active warning'],
    ]);
  });

  test('gives an alarm without channel, value, limit, unit, quality and reading', () => {
    const raising = engineOf().raise(request({ text: { en: 'Forced' } }), 77);
    expect(raising).toEqual({
      ok: true,
      drafts: [
        {
          rule: 'forced',
          device: 'door-4',
          state: 'active',
          severity: 'warning',
          raisedMono: 77,
          text: { en: 'Forced' },
        },
      ],
    });
  });

  test('does not undo that a person has seen its alarm', () => {
    const engine = engineOf();
    raised(engine, {});
    expect(engine.acknowledge({ device: 'door-4', rule: 'forced' })).toMatchObject([{ state: 'acknowledged' }]);
    expect(raised(engine, {})).toEqual([]);
    expect(raised(engine, { state: 'normal' })).toEqual(['normal warning']);
  });

  test('may acknowledge its own alarm, but only one that is active', () => {
    const engine = engineOf();
    expect(raised(engine, { state: 'acknowledged' })).toEqual([]);
    raised(engine, {});
    expect(raised(engine, { state: 'acknowledged' })).toEqual(['acknowledged warning']);
    expect(raised(engine, { state: 'acknowledged' })).toEqual([]);
  });

  test.each([
    [{ device: 'nowhere' }, 'there is no device nowhere'],
    [{ device: 'underpass-7', rule: 'water-25cm' }, 'water-25cm is an alarm of the configuration'],
    [{ device: 'underpass-7', rule: 'water-25cm-blind' }, 'water-25cm-blind is an alarm of the configuration'],
  ] as const)('is told why it cannot raise %j', (changes, why) => {
    expect(raised(engineOf(), changes)).toBe(why);
  });

  test('cannot fill the memory with alarms, and has room again when some end', () => {
    const engine = engineOf();
    for (let index = 0; index < mostRaised; index++) expect(raised(engine, { rule: `r-${index}` })).toHaveLength(1);
    expect(raised(engine, { rule: 'one-more' })).toBe('too many raised alarms are open');
    raised(engine, { rule: 'r-5', state: 'normal' });
    expect(raised(engine, { rule: 'one-more' })).toEqual(['active warning']);
  });
});

const before = (changes: Partial<AlarmTransition>): AlarmTransition => ({
  v: 1,
  id: '1-5',
  rule: 'water-25cm',
  device: 'underpass-7',
  channel: 'depth',
  state: 'active',
  severity: 'critical',
  raisedAt: 5,
  at: 5,
  clock: 'held',
  ...changes,
});
const raisedBefore = (changes: Partial<AlarmTransition> = {}): AlarmTransition => {
  const { channel: _none, ...rest } = before({ rule: 'forced', device: 'door-4', severity: 'info', ...changes });
  return rest;
};

describe('after a restart', () => {
  test.each(['active', 'acknowledged'] as const)('an alarm that was %s is still open and not raised again', (state) => {
    const engine = engineOf({}, { open: [before({ state })] });
    expect(engine.openRules).toHaveLength(1);
    expect(told(engine, [[0, 0.3]])).toEqual([]);
    const [ended] = engine.onReading(depthReading(0.1), 1);
    expect(ended).toMatchObject({ state: 'normal' });
    expect(ended).not.toHaveProperty('raisedMono');
  });

  test('hold times begin anew', () => {
    const engine = engineOf({ clearForMs: 60 }, { open: [before({})] });
    expect(
      told(engine, [
        [1000, 'tick'],
        [1001, 0.1],
        [1060, 'tick'],
        [1061, 'tick'],
      ]),
    ).toEqual(['1061 water-25cm normal']);
  });

  test('a blind alarm ends with the first usable value, acknowledged or not', () => {
    const open = [before({ rule: 'water-25cm-blind', state: 'acknowledged' })];
    const engine = engineOf({ blind: 'alarm' }, { open });
    expect(engine.openRules).toEqual([]);
    expect(told(engine, [[0, 0.1]])).toEqual(['0 water-25cm-blind normal']);
  });

  test('what a person acknowledges names the last reading from before', () => {
    const latest = [depthReading(0.31, { id: '1-4' }), depthReading(9, { channel: 'distance', id: '1-3' })];
    const engine = engineOf({}, { open: [before({})], latest });
    expect(engine.acknowledge({ device: 'underpass-7', rule: 'water-25cm' })).toMatchObject([
      { state: 'acknowledged', value: 0.31, reading: '1-4' },
    ]);
  });

  test('an alarm of a flow is still open', () => {
    const engine = engineOf({}, { open: [raisedBefore()] });
    expect(engine.endOrphans()).toEqual([]);
    expect(engine.raise({ device: 'door-4', rule: 'forced', state: 'active' }, 9)).toEqual({ ok: true, drafts: [] });
    expect(engine.raise({ device: 'door-4', rule: 'forced', state: 'normal' }, 9)).toEqual({
      ok: true,
      drafts: [{ rule: 'forced', device: 'door-4', state: 'normal', severity: 'info' }],
    });
  });

  test.each([
    ['of a rule that is gone', before({ rule: 'gone' }), 'depth'],
    ['of a rule that is gone, blind', before({ rule: 'gone-blind' }), 'depth'],
    ['of a device that is gone', raisedBefore({ device: 'gone' }), undefined],
  ] as const)('an alarm %s ends, once', (_name, transition, channel) => {
    const engine = engineOf({}, { open: [transition, before({})] });
    const ended = engine.endOrphans();
    expect(ended).toMatchObject([{ rule: transition.rule, device: transition.device, state: 'normal' }]);
    expect(ended[0]?.channel).toBe(channel);
    expect(engine.endOrphans()).toEqual([]);
  });
});

const ofService = (value: Value, changes: Partial<Reading> = {}): Reading =>
  depthReading(value, { quality: value === null ? 'missing' : 'bad', why: ['maintenance'], ...changes });

describe('while somebody works at the sensor', () => {
  test('an active alarm stays, whatever is measured', () => {
    const engine = engineOf({ clearForMs: 10 });
    told(engine, [[0, 0.3]]);
    engine.hold('underpass-7');
    const said = [0, 0.1, null].flatMap((value, index) => engine.onReading(ofService(value), 100 + index));
    expect([...said, ...engine.tick(100_000)]).toEqual([]);
    expect(engine.openRules).toHaveLength(1);
  });

  test('nothing is raised: not by poured water, not by a hold time that ran before, not for being blind', () => {
    const engine = engineOf({ forMs: 10, blind: 'alarm', blindAfterMs: 20 });
    told(engine, [[0, 0.3]]);
    engine.hold('underpass-7');
    expect(engine.tick(11)).toEqual([]);
    const values = [0.9, null, 0.9, null];
    expect(values.flatMap((value, index) => engine.onReading(ofService(value), 20 + index * 100))).toEqual([]);
    expect(engine.tick(100_000)).toEqual([]);
  });

  test('a hold time begins anew with the first value after it', () => {
    const engine = engineOf({ forMs: 10 });
    told(engine, [[0, 0.3]]);
    engine.hold('underpass-7');
    engine.onReading(ofService(0.3), 5);
    expect(
      told(engine, [
        [100, 0.3],
        [109, 'tick'],
        [110, 'tick'],
      ]),
    ).toEqual(['110 water-25cm active']);
  });

  test('an open blindness stays until the first good value after it', () => {
    const engine = engineOf({ blind: 'alarm', blindAfterMs: 10 });
    expect(
      told(engine, [
        [0, null],
        [10, 'tick'],
      ]),
    ).toEqual(['10 water-25cm-blind active']);
    engine.hold('underpass-7');
    expect(engine.onReading(ofService(0.1), 20)).toEqual([]);
    expect(told(engine, [[30, 0.1]])).toEqual(['30 water-25cm-blind normal']);
  });

  test('other sensors are judged as always', () => {
    const engine = new AlarmEngine([waterRule(), waterRule({ device: 'door-4', forMs: 10 })], devices);
    engine.onReading(depthReading(0.3, { device: 'door-4' }), 0);
    engine.hold('underpass-7');
    expect(engine.tick(10)).toMatchObject([{ device: 'door-4', state: 'active' }]);
  });

  test('control: the same values without that word do raise and end', () => {
    const engine = engineOf();
    expect(told(engine, [[0, 0.9]])).toHaveLength(1);
    expect(told(engine, [[1, 0]])).toHaveLength(1);
  });
});
