import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAsk, parseCommand, parseRaise } from './requests.ts';

const bytes = (content: unknown): Buffer =>
  Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
const raise = (content: unknown): unknown => parseRaise('door-4', 'forced', bytes(content));
const command = (content: unknown): unknown => parseCommand(bytes(content));

test('a flow’s request is taken with its device and rule', () => {
  const text = { en: 'Forced', zh: '被撬' };
  expect(raise({ state: 'active', severity: 'critical', text })).toEqual({
    ok: true,
    request: { device: 'door-4', rule: 'forced', state: 'active', severity: 'critical', text },
  });
});

test('a command is taken', () => {
  expect(command({ id: 'c1', value: false, until: 5 })).toEqual({
    ok: true,
    request: { id: 'c1', value: false, until: 5 },
  });
});

test('a command that is wrong is known by its id, if that is right', () => {
  expect(command({ id: 'c1', value: 1 })).toMatchObject({ ok: false, id: 'c1' });
  for (const wrong of [{ id: 7, value: 1 }, { id: '', value: 1 }, { value: 1 }, '{"id":"c1"'])
    expect(command(wrong)).not.toHaveProperty('id');
});

test('a question may be empty', () => {
  expect(parseAsk(Buffer.alloc(0))).toEqual({ ok: true, request: {} });
  expect(parseAsk(bytes({ device: 'gauge-1' }))).toEqual({ ok: true, request: { device: 'gauge-1' } });
});

describe('a request is refused with a reason', () => {
  test.each([
    ['raise without state', raise({})],
    ['raise with an unknown state', raise({ state: 'on' })],
    ['raise with an unknown severity', raise({ state: 'active', severity: 'high' })],
    ['raise with a device of its own', raise({ state: 'active', device: 'other' })],
    ['raise with a text in no language', raise({ state: 'active', text: {} })],
    ['raise with a text as long as a book', raise({ state: 'active', text: { en: 'x'.repeat(513) } })],
    ['command without id', command({ value: true })],
    ['command with an empty id', command({ id: '', value: true })],
    ['command with a long id', command({ id: 'x'.repeat(65), value: true })],
    ['command with a number', command({ id: 'c', value: 1 })],
    ['command until a fraction', command({ id: 'c', value: true, until: 0.5 })],
    ['command with more', command({ id: 'c', value: true, at: 5 })],
    ['no JSON', command('{')],
    ['a list', parseAsk(bytes([]))],
    [
      'more questions than anybody has',
      parseAsk(bytes(Object.fromEntries(Array.from({ length: 17 }, (_, n) => [n, n])))),
    ],
    ['nested deeper than a stack', parseAsk(Buffer.from('['.repeat(200_000) + ']'.repeat(200_000)))],
    ['nested deeper than a stack in it', command(`{"id":"c","value":${'['.repeat(100_000) + ']'.repeat(100_000)}}`)],
  ])('%s', (_name, parsed) => {
    expect(parsed).toMatchObject({ ok: false, why: expect.stringMatching(/\S/) as string });
  });

  test('and never by a throw', () => {
    let looked = 0;
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.uint8Array()), (payload) => {
        const content = Buffer.from(payload as string);
        for (const parsed of [parseRaise('d', 'r', content), parseCommand(content), parseAsk(content)]) {
          expect(typeof parsed.ok).toBe('boolean');
          looked++;
        }
      }),
      { numRuns: 300 },
    );
    expect(looked).toBe(900);
  });
});
