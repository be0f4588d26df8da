import { expect, test } from 'vitest';
import type { Told } from './client.ts';
import { TailLines } from './tail-lines.ts';

const told = (topic: Told['topic'], content: object): Told => ({ topic, content, json: '', isRetained: false });
const at = Date.parse('2026-11-22T02:00:00Z');
const reading = (device: string, about: object): Told =>
  told(
    { kind: 'reading', device, channel: 'depth' },
    { device, channel: 'depth', value: 0.27, unit: 'm', quality: 'good', at, ...about },
  );

test('lines stand under each other, however long the next name is', () => {
  const lines = new TailLines({ language: 'en', timeZone: 'Asia/Shanghai' });
  expect(lines.line(reading('underpass-7', {}))).toBe('10:00:00  underpass-7  depth  0.27 m       good');
  expect(lines.line(reading('a', { value: null, quality: 'bad', why: ['range'] }))).toBe(
    '10:00:00  a            depth  –            bad: out of range',
  );
});

test('an alarm tells its state, how bad it is and what it means', () => {
  const lines = new TailLines({ language: 'zh', timeZone: 'UTC' });
  const alarm = {
    device: 'a',
    rule: 'r',
    state: 'normal',
    severity: 'critical',
    at,
    text: { en: 'Water', zh: '积水' },
  };
  expect(lines.line(told({ kind: 'alarm', device: 'a', rule: 'r' }, alarm))).toBe(
    '02:00:00  a  ▲ 解除 · 严重 · 积水 (r)',
  );
});

test('what was not understood is shown with the reason, and nothing else of the gateway is', () => {
  const lines = new TailLines({ language: 'en', timeZone: 'UTC' });
  const entry = { at, device: 'a', why: 'not JSON', text: '{oops' };
  expect(lines.line(told({ kind: 'quarantine', device: 'a' }, entry))).toBe(
    '02:00:00  a  ✖ not taken: not JSON  {oops',
  );
  expect(lines.line(told({ kind: 'latest', device: 'a' }, {}))).toBeUndefined();
});
