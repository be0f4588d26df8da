import { describe, expect, test } from 'vitest';
import type { InboundTopic, NeighbourTopic } from '../model/topic.ts';
import { receive, type InboxHandlers } from './inbox.ts';

/** What one message led to. */
async function told(
  topic: InboundTopic | NeighbourTopic,
  payload: string,
  changes: { readonly isRetained?: boolean; readonly refusal?: string } = {},
): Promise<readonly unknown[]> {
  const calls: unknown[] = [];
  const handlers: InboxHandlers = {
    neighbour: async ({ topic: whole, payload: bytes }) => void calls.push(['neighbour', whole, bytes.toString()]),
    ingest: async ({ device, payload: bytes }) => void calls.push(['ingest', device, bytes.toString()]),
    raise: async (request) => {
      calls.push(['raise', request]);
      return changes.refusal;
    },
    command: async (order, request) => {
      calls.push(['command', order, request]);
      return { id: request.id, state: 'done', at: 1 };
    },
    refuse: (id, why) => ({ id, state: 'refused', why, at: 1 }),
    ask: async (name, request) => {
      calls.push(['ask', name, request]);
      return { ok: true };
    },
    quarantine: async (device, bytes, why) => void calls.push(['quarantine', device, bytes.toString(), why]),
    publishResult: (device, name, result) => calls.push(['result', device, name, result]),
    publishAnswer: (name, token, answer) => calls.push(['answer', name, token, answer]),
  };
  const { isRetained = false } = changes;
  const message = { client: 'c', packetId: 1, isRepeat: false, qos: 1, isRetained } as const;
  await receive({ ...message, topic, payload: Buffer.from(payload) }, handlers);
  return calls;
}

describe('a message', () => {
  const raise = { kind: 'raise', device: 'door-4', rule: 'forced' } as const;
  const command = { kind: 'command', device: 'siren-1', name: 'on' } as const;
  const ask = { kind: 'ask', name: 'backlog', token: 't1' } as const;

  test('to an ingest topic is ingested, retained or not', async () => {
    const topic = { kind: 'ingest', device: 'pump-house' } as const;
    expect(await told(topic, '{"level":1}', { isRetained: true })).toEqual([['ingest', 'pump-house', '{"level":1}']]);
  });

  test('on a topic of a neighbour is for the devices that are read from it', async () => {
    const topic = { kind: 'neighbour', topic: 'tele/door4/SENSOR' } as const;
    expect(await told(topic, 'ON')).toEqual([['neighbour', 'tele/door4/SENSOR', 'ON']]);
  });

  test('of a flow raises an alarm', async () => {
    const request = { device: 'door-4', rule: 'forced', state: 'active' };
    expect(await told(raise, '{"state":"active"}')).toEqual([['raise', request]]);
  });

  test.each([
    ['is wrong', '{"state":"up"}', undefined, /^raise forced: \/state: /],
    [
      'cannot be followed',
      '{"state":"active"}',
      'there is no device door-4',
      /^raise forced: there is no device door-4$/,
    ],
  ])('of a flow that %s is in quarantine', async (_name, payload, refusal, why) => {
    const calls = await told(raise, payload, refusal === undefined ? {} : { refusal });
    expect(calls.at(-1)).toEqual(['quarantine', 'door-4', payload, expect.stringMatching(why)]);
  });

  test('with a command is carried out and answered, with whether it was retained', async () => {
    expect(await told(command, '{"id":"c1","value":true}', { isRetained: true })).toEqual([
      ['command', { device: 'siren-1', name: 'on', isRetained: true }, { id: 'c1', value: true }],
      ['result', 'siren-1', 'on', { id: 'c1', state: 'done', at: 1 }],
    ]);
  });

  test('with a command that is wrong is answered when it gives its id', async () => {
    const why = expect.stringMatching(/^\/value: /) as string;
    const result = { id: 'c1', state: 'refused', why, at: 1 };
    expect(await told(command, '{"id":"c1","value":"on"}')).toEqual([['result', 'siren-1', 'on', result]]);
  });

  test('with a command that is wrong and has no id is in quarantine', async () => {
    const [call, ...more] = await told(command, 'on');
    expect(call).toEqual(['quarantine', 'siren-1', 'on', expect.stringMatching(/^command on: /)]);
    expect(more).toEqual([]);
  });

  test('with a question is answered under its token, a wrong one too', async () => {
    expect(await told(ask, '')).toEqual([
      ['ask', 'backlog', {}],
      ['answer', 'backlog', 't1', { ok: true }],
    ]);
    expect(await told(ask, '[]')).toEqual([
      ['answer', 'backlog', 't1', { ok: false, why: expect.stringMatching(/\S/) as string }],
    ]);
  });
});
