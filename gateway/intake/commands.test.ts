import { describe, expect, test } from 'vitest';
import { runCommand, type Order } from './commands.ts';
import type { CommandRequest } from './requests.ts';

const now = 1_763_790_000_000;
const order: Order = { device: 'siren-1', name: 'on', isRetained: false };
const request: CommandRequest = { id: 'c1', value: true };

/** Runs a command; carrying it out takes so long and ends so. */
async function run(
  changes: Partial<Order & CommandRequest> = {},
  { takesMs = 0, why }: { readonly takesMs?: number; readonly why?: string } = {},
): Promise<{ readonly result: unknown; readonly done: readonly string[] }> {
  const done: string[] = [];
  let time = now;
  const result = await runCommand(
    { ...order, ...changes },
    { ...request, ...changes },
    {
      has: (device, name) => `${device}/${name}` === 'siren-1/on',
      carryOut: async (device, name, value) => {
        time += takesMs;
        done.push(`${device}/${name} ${value}`);
        return why;
      },
      now: () => time,
    },
  );
  return { result, done };
}

describe('a command', () => {
  test('is carried out and answered', async () => {
    expect(await run()).toEqual({ result: { id: 'c1', state: 'done', at: now }, done: ['siren-1/on true'] });
  });

  test.each([
    ['one that is retained', { isRetained: true }, 'refused', 'commands must not be retained'],
    ['one that the device has not', { name: 'off' }, 'refused', 'siren-1 has no command off'],
    ['one for no device', { device: 'nowhere' }, 'refused', 'nowhere has no command on'],
    ['one that comes too late', { until: now - 1 }, 'expired', 'it came too late'],
  ])('is not carried out: %s', async (_name, changes, state, why) => {
    expect(await run(changes)).toEqual({ result: { id: 'c1', state, why, at: now }, done: [] });
  });

  test.each([now, now + 1])('is carried out until %d', async (until) => {
    expect((await run({ until })).done).toHaveLength(1);
  });

  test('that could not be carried out failed, however long that took', async () => {
    const { result } = await run({}, { takesMs: 20_000, why: 'the board did not answer' });
    expect(result).toEqual({ id: 'c1', state: 'failed', why: 'the board did not answer', at: now + 20_000 });
  });

  test('gives its answer in the order of the contract', async () => {
    const { result } = await run({ until: 0 });
    expect(Object.keys(result as object)).toEqual(['id', 'state', 'why', 'at']);
  });
});
