import { expect, test } from 'vitest';
import type { Fields } from '../profiles/grammar.ts';
import { FakeClock, settle } from '../test/fakes/fake-clock.ts';
import { PolledSession } from './polled-session.ts';
import type { FromChild } from './protocol.ts';
import { setupOf } from '../test/setup-of.ts';

interface Rig {
  readonly clock: FakeClock;
  readonly said: FromChild[];
  readonly run: (ms: number) => Promise<void>;
  readonly session: PolledSession;
}

async function rig(ask: () => Promise<Fields>, profile = 'maxim/ds18b20', sampleMs?: number): Promise<Rig> {
  const clock = new FakeClock();
  const said: FromChild[] = [];
  const device = { device: 't', setup: await setupOf(profile), everyMs: 10_000, ...(sampleMs ? { sampleMs } : {}) };
  const session = new PolledSession({ device, clock, ask, send: (message) => said.push(message) });
  const run = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) {
      await clock.advance(100);
      session.tick();
    }
    await settle();
  };
  return { clock, said, run, session };
}

test('asks once a period and gives a reading each', async () => {
  let asked = 0;
  const { said, run } = await rig(async () => ({ temperature: 14_000 + 100 * ++asked }));
  await run(35_000);
  expect(asked).toBe(4);
  const values = said
    .flatMap((message) => (message.kind === 'samples' ? message.samples : []))
    .map(({ value }) => value);
  expect(values).toEqual([14.1, 14.2, 14.3]);
});

test('asks more often where the site says so, and gives their mean', async () => {
  let asked = 0;
  const { said, run } = await rig(async () => ({ temperature: 14_000 + 1000 * (++asked % 2) }), 'maxim/ds18b20', 2000);
  await run(11_000);
  expect(asked).toBeGreaterThanOrEqual(5);
  expect(said.find(({ kind }) => kind === 'samples')).toMatchObject({ samples: [{ stat: 'mean', n: 5 }] });
});

test('a device that is not there is told once, with why, and once when it is back', async () => {
  const answers = ['no sensor', 'no sensor', 'the driver hangs', undefined, undefined];
  let turn = 0;
  const { said, run } = await rig(async () => {
    const why = answers[turn++];
    if (why !== undefined) throw new Error(why);
    return { temperature: 4000 };
  });
  await run(45_000);
  expect(said.filter(({ kind }) => kind === 'link')).toEqual([
    { kind: 'link', device: 't', isUp: false, why: 'no sensor' },
    { kind: 'link', device: 't', isUp: false, why: 'the driver hangs' },
    { kind: 'link', device: 't', isUp: true },
  ]);
});

test('a device that has not answered is not asked again', async () => {
  let asked = 0;
  const { run } = await rig(() => {
    asked++;
    return new Promise(() => {});
  });
  await run(60_000);
  expect(asked).toBe(1);
});

test('while the core has no room nothing is asked', async () => {
  let asked = 0;
  const { run, session } = await rig(async () => ({ temperature: ++asked }));
  session.setPaused(true);
  await run(30_000);
  expect(asked).toBe(0);
  session.setPaused(false);
  await run(1000);
  expect(asked).toBe(1);
});
