import { describe, expect, test } from 'vitest';
import { dryRun } from '../commission/dry-run.ts';
import { whatAndHint, whereIs } from '../platform/problem.ts';
import { checkProfile } from './check.ts';

const good = `
profile: acme/relay
name: { en: Relay, zh: 继电器 }
sources: [ACME data sheet 1]
wiring: [{ en: Connect it, zh: 接线 }]
connect: { kind: modbus, line: 9600 8N1, address: 1, timeout: 200ms }
decode:
  kind: registers
  reads:
    - { table: coil, first: 0, count: 1 }
    - { table: input, first: 8, count: 2, destructive: true }
  fields:
    on: { table: coil, at: 0, type: bit }
    power: { table: input, at: 8, type: u32, words: little }
every: { default: 10s }
channels:
  on: { quantity: switch_on, value: on }
  power: { quantity: active_power, value: power, unit: W }
commands:
  on: { kind: boolean, name: { en: Switch, zh: 开关 }, safe: false, silence: 60s, write: { table: coil, at: 0 } }
examples:
  - name: it is on
    exchange: [{ ask: 01 01 00 00 00 01 FD CA, answer: 01 01 01 01 90 48 }]
    readings: [{ channel: on, value: true, unit: '1', quality: good }]
  - name: nobody answers
    exchange: [{ ask: 01 01 00 00 00 01 FD CA, answer: '' }]
    readings: []
`;

test('a good profile of a Modbus slave is taken, and its examples pass', () => {
  const checked = checkProfile(good, 'acme/relay');
  expect(checked.ok ? [] : checked.problems).toEqual([]);
  const profile = checked.ok ? checked.profile : undefined;
  expect(profile?.connect).toMatchObject({ kind: 'modbus', address: 1, timeoutMs: 200 });
  expect(profile?.commands['on']?.write).toEqual({ table: 'coil', at: 0 });
  expect(profile?.decode).toMatchObject({ reads: [{ isDestructive: false }, { isDestructive: true }] });
  expect(profile?.examples.map((example) => dryRun(profile, example).passed)).toEqual([true, true]);
});

describe('a mistake in a profile of a Modbus slave is told at its place', () => {
  test.each([
    [
      'too many registers',
      'first: 8, count: 2',
      'first: 8, count: 126',
      '11:40: one question gives at most 125 of the table input; split it into several questions',
    ],
    ['registers beyond the end', 'first: 8, count: 2', 'first: 65535, count: 2', '11:44: addresses end at 65535'],
    [
      'a field that nobody asks for',
      'input, at: 8',
      'input, at: 9',
      '14:32: no question of `reads` covers it; reads: [{ table: input, first: 9, count: 2 }]',
    ],
    [
      'a bit in a register',
      'type: u32, words: little',
      'type: bit',
      '14:41: the table input has no bit; take u16, i16',
    ],
    ['a register in a coil', 'type: bit', 'type: u16', '13:37: the table coil has no u16; take bit'],
    [
      'a mask on a signed type',
      'u32, words',
      'i32, mask: 3, words',
      '14:41: `shift` and `mask` are for unsigned types',
    ],
    ['words of one register', 'type: u32', 'type: u16', '14:46: u16 is one register; remove `words`'],
    ['a bit that counts up', 'type: bit', 'type: bit, increase: true', '13:42: a bit does not count up'],
    [
      'a question for nothing',
      '- { table: input',
      '- { table: holding, first: 3, count: 1 }\n    - { table: input',
      '11:7: no field is taken from this question; add the field, or remove the question',
    ],
    ['an address that Modbus does not have', 'address: 1,', 'address: 248,', '6:51: 248 must be at most 247'],
    ['a time-out that holds up the line', '200ms', '20s', '6:63: 20s is no time to wait for an answer; take 10 ms'],
    ['a command without a coil', ', write: { table: coil, at: 0 }', '', '20:3: `write` is missing: which coil is it?'],
    [
      'a command to a register',
      'write: { table: coil',
      'write: { table: holding',
      '20:97: "holding" is not known here; allowed: coil',
    ],
    [
      'a grammar of another kind',
      'kind: modbus',
      'kind: dlt645',
      '6:42: unknown key `address`; allowed here: kind, line, timeout',
    ],
    [
      'a question in words',
      'ask: 01 01',
      'ask: hello',
      '23:23: "hello 00 00 00 01 FD CA" is not written as it should be',
    ],
  ])('%s', (_name, change, to, says) => {
    expect(good).toContain(change);
    const checked = checkProfile(good.replace(change, to), 'acme/relay');
    const [first] = checked.ok ? [] : checked.problems;
    expect(first && `${whereIs('', first).slice(1)}: ${whatAndHint(first).en}`).toContain(says);
    expect(first?.what.zh).toMatch(/[一-鿿]/);
  });
});

test('an example that asks what we would not ask fails, and shows what we would', () => {
  const checked = checkProfile(good.replaceAll('01 01 00 00 00 01 FD CA', '01 01 00 00 00 02 BD CB'));
  const profile = checked.ok ? checked.profile : undefined;
  const [, silent] = profile?.examples ?? [];
  expect(profile && silent && dryRun(profile, silent)).toEqual({
    readings: [],
    rejected: [
      'Lamppost does not ask 01 01 00 00 00 02 BD CB; it asks 01 01 00 00 00 01 FD CA / 01 04 00 08 00 02 F0 09',
    ],
    passed: false,
  });
});
