import { describe, expect, test } from 'vitest';
import { waterRule } from '../test/alarms/rules.ts';
import type { AlarmState } from '../model/alarm.ts';
import type { Consequence, Rule } from '../model/alarm-rule.ts';
import { Consequences } from './consequences.ts';

const sirenOn: Consequence = { device: 'siren-1', command: 'on', value: true };
const gateShut: Consequence = { device: 'gate-1', command: 'open', value: false };

const flood = waterRule({ id: 'flood', consequences: [sirenOn, gateShut] });
const depth = waterRule({ id: 'depth', consequences: [sirenOn] });
const drill = waterRule({ id: 'drill', consequences: [{ ...sirenOn, value: false }] });

/** Commands as they were given: `siren-1/on true`. */
function rig(open: readonly Rule[] = []): { given: string[]; consequences: Consequences } {
  const given: string[] = [];
  const consequences = new Consequences([flood, depth, drill, waterRule()], open, ({ device, command, value }) =>
    given.push(`${device}/${command} ${value}`),
  );
  return { given, consequences };
}

const say = (consequences: Consequences, rule: string, state: AlarmState): void =>
  consequences.onTransition({ rule, device: 'underpass-7', state });

describe('what follows from an alarm', () => {
  test('is done once when it becomes active and taken back when it ends', () => {
    const { given, consequences } = rig();
    say(consequences, 'flood', 'active');
    say(consequences, 'flood', 'acknowledged');
    expect(given).toEqual(['siren-1/on true', 'gate-1/open false']);
    say(consequences, 'flood', 'normal');
    expect(given.slice(2)).toEqual(['siren-1/on false', 'gate-1/open true']);
  });

  test('stays as long as another open alarm asks for it', () => {
    const { given, consequences } = rig();
    say(consequences, 'flood', 'active');
    say(consequences, 'depth', 'active');
    given.length = 0;
    say(consequences, 'flood', 'normal');
    expect(given).toEqual(['gate-1/open true']);
    say(consequences, 'depth', 'normal');
    expect(given).toEqual(['gate-1/open true', 'siren-1/on false']);
  });

  test('gives way to what another open alarm asks for', () => {
    const { given, consequences } = rig();
    say(consequences, 'drill', 'active');
    say(consequences, 'depth', 'active');
    say(consequences, 'depth', 'normal');
    expect(given).toEqual(['siren-1/on false', 'siren-1/on true', 'siren-1/on false']);
  });

  test('does not follow from alarms of flows, from blind ones, or from another device’s', () => {
    const { given, consequences } = rig();
    say(consequences, 'forced', 'active');
    say(consequences, 'flood-blind', 'active');
    consequences.onTransition({ rule: 'flood', device: 'underpass-8', state: 'active' });
    expect(given).toEqual([]);
  });
});

describe('an output that comes back', () => {
  test('is told again what open alarms ask of it, the latest one where they differ', () => {
    const { given, consequences } = rig();
    say(consequences, 'flood', 'active');
    say(consequences, 'drill', 'active');
    given.length = 0;
    consequences.onDeviceUp('siren-1');
    expect(given).toEqual(['siren-1/on false']);
    consequences.onDeviceUp('gate-1');
    consequences.onDeviceUp('underpass-7');
    expect(given).toEqual(['siren-1/on false', 'gate-1/open false']);
  });

  test('hears of alarms that were open before a restart', () => {
    const { given, consequences } = rig([depth]);
    consequences.onDeviceUp('siren-1');
    say(consequences, 'depth', 'normal');
    consequences.onDeviceUp('siren-1');
    expect(given).toEqual(['siren-1/on true', 'siren-1/on false']);
  });
});
