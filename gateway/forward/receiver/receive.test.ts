import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GatewayError } from '../../model/errors.ts';
import { WireError } from '../../platform/wire.ts';
import { FakeClock, settle } from '../../test/fakes/fake-clock.ts';
import { FakeWire } from '../../test/fakes/fake-wire.ts';
import { aBatch, aStatus } from '../../test/forward/messages.ts';
import type { Fresh } from './ledger.ts';
import { Ledger } from './ledger.ts';
import { readLedger, writeLedger } from './ledger-file.ts';
import { receive, type ReceiveHandlers, type ReceiveOptions } from './receive.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamppost-receive-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** A receiver on a clock and a broker that the test moves. */
class Receiver {
  readonly clock = new FakeClock();
  readonly wire = new FakeWire();
  readonly got: string[] = [];
  readonly links: string[] = [];
  readonly ledger: Ledger;
  readonly #stop = new AbortController();
  readonly #changes: Partial<ReceiveOptions>;
  #done: Promise<void> | undefined;

  constructor(changes: Partial<ReceiveOptions> = {}) {
    this.#changes = changes;
    this.ledger = changes.ledger ?? new Ledger();
  }

  async start(handlers: ReceiveHandlers = {}): Promise<this> {
    const options = {
      wire: { url: 'mqtt://127.0.0.1:1' },
      protocol: 5,
      prefix: 'city',
      ledger: this.ledger,
      dial: this.wire.dial,
      clock: this.clock,
      ids: { epoch: () => 1, token: () => 'token', random: () => 1 },
      ...this.#changes,
    } as const;
    const fresh = (one: Fresh): void => void this.got.push('seq' in one ? `${one.kind} ${one.seq}` : one.kind);
    const link: ReceiveHandlers['link'] = ({ state, why }) => void this.links.push(why ? `${state}: ${why}` : state);
    this.#done = receive(options, { fresh, link, ...handlers }, this.#stop.signal);
    this.#done.catch(() => {}); // the test asks for it with `end`
    await settle();
    return this;
  }

  bring(topic: string, document: unknown): Promise<void> {
    return this.wire.session.bring(topic, JSON.stringify(document));
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }
}

test('hands on each entry once and keeps the ledger', async () => {
  const receiver = await new Receiver().start();
  await receiver.bring('city/lp-1/status', aStatus({ 7: 3 }));
  await receiver.bring('city/lp-1/live', aBatch({ from: 2, to: 3 }));
  await receiver.bring('city/lp-1/backfill', aBatch({ from: 1, to: 3 }, 'backfill'));
  expect(receiver.got).toEqual(['reading 2', 'reading 3', 'reading 1']);
  expect(receiver.ledger.report()).toMatchObject({ isComplete: true, gateways: [{ duplicates: 2 }] });
  await receiver.end();
  expect(receiver.wire.session.left).toBe('good-bye');
});

test('tells of notices, of messages that break the contract, and of the link', async () => {
  const told: string[] = [];
  const receiver = await new Receiver().start({
    notice: ({ kind }) => void told.push(kind),
    violation: ({ rule }, topic) => void told.push(`${rule} ${topic}`),
  });
  await receiver.bring('city/lp-1/status', aStatus({ 7: 3 }));
  await receiver.bring('city/lp-1/live', { no: 'batch' });
  await receiver.wire.session.bring('city/lp-1/device/mast', '');
  expect(told).toEqual(['status', 'shape city/lp-1/live', 'device']);
  expect(receiver.links).toEqual(['online']);
  receiver.wire.session.drop('cable cut');
  await settle();
  expect(receiver.links).toEqual(['online', 'waiting: cable cut']);
  await receiver.clock.advance(500);
  expect(receiver.links.at(-1)).toBe('online');
  expect(receiver.wire.sessions).toHaveLength(2);
  await receiver.end();
});

test('a message is acked when its handler is done, and the ledger claims nothing before that', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const receiver = await new Receiver().start({ fresh: () => promise });
  let isAcked = false;
  const acked = receiver.bring('city/lp-1/live', aBatch({ from: 1, to: 1 })).then(() => (isAcked = true));
  await settle();
  expect(isAcked).toBe(false);
  expect(receiver.ledger.report().gateways).toEqual([]);
  resolve();
  await acked;
  expect(receiver.ledger.report().gateways).toHaveLength(1);
  await receiver.end();
});

test('what a handler throws ends it, and the message is neither acked nor in the ledger', async () => {
  const file = join(directory, 'ledger.json');
  const receiver = await new Receiver({ ledgerFile: file }).start({
    fresh: () => {
      throw new Error('the disk is full');
    },
  });
  await expect(receiver.bring('city/lp-1/live', aBatch({ from: 1, to: 1 }))).rejects.toThrow('the disk is full');
  await expect(receiver.end()).rejects.toThrow('the disk is full');
  expect((await readLedger(file)).report().gateways).toEqual([]);
});

test('a broker that refuses us at the first attempt is an error; one that is away is waited for', async () => {
  const refused = new Receiver();
  refused.wire.answers.push(new WireError('refused', 'bad user name or password'));
  await refused.start();
  await expect(refused.end()).rejects.toThrow('bad user name or password');

  const away = new Receiver();
  away.wire.answers.push(new WireError('unreachable', 'nobody there'), new WireError('unreachable', 'nobody there'));
  await away.start();
  await away.clock.advance(1500);
  expect(away.links).toEqual(['waiting: nobody there', 'waiting: nobody there', 'online']);
  away.wire.answers.push(new WireError('refused', 'not now'));
  away.wire.session.drop();
  await settle();
  await away.clock.advance(500);
  await away.clock.advance(1000);
  expect(away.links.slice(3)).toEqual(['waiting: dropped', 'waiting: not now', 'online']);
  await away.end();
});

test('falls back to 3.1.1; a fixed client id keeps its session on the broker', async () => {
  const receiver = new Receiver({ clientId: 'city-1' });
  receiver.wire.answers.push(new WireError('version', 'no'));
  await receiver.start();
  expect(receiver.wire.dials).toMatchObject([
    { protocol: 5, clientId: 'city-1', sessionSeconds: 604_800 },
    { protocol: 4, clientId: 'city-1', sessionSeconds: 604_800 },
  ]);
  await receiver.end();
  const passing = await new Receiver().start();
  expect(passing.wire.dials[0]).toMatchObject({ clientId: 'lamppost-receive-token' });
  expect(passing.wire.dials[0]).not.toHaveProperty('sessionSeconds');
  await passing.end();
});

test('goes on after a restart where it was: the file is whole, its own, and nobody else may read it', async () => {
  const file = join(directory, 'ledger.json');
  const first = await new Receiver({ ledger: await readLedger(file), ledgerFile: file }).start();
  await first.bring('city/lp-1/live', aBatch({ from: 1, to: 3 }));
  await first.clock.advance(1000);
  await expect.poll(() => readdir(directory)).toEqual(['ledger.json']);
  await first.bring('city/lp-1/live', aBatch({ from: 4, to: 4 }));
  await first.end();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const second = await new Receiver({ ledger: await readLedger(file), ledgerFile: file }).start();
  await second.bring('city/lp-1/live', aBatch({ from: 3, to: 5 }));
  expect(second.got).toEqual(['reading 5']);
  await second.end();
  expect((await readLedger(file)).toJSON().gateways['lp-1']?.epochs['7']?.entries).toEqual([[1, 5]]);
});

test('a ledger file that others could read is closed to them, and a draft that a crash left is no harm', async () => {
  const file = join(directory, 'ledger.json');
  await writeFile(`${file}.new`, 'half a led', { mode: 0o644 });
  await writeLedger(file, new Ledger());
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(directory)).toEqual(['ledger.json']);
});

test.for(['half a led', '{"v":2}', '{"v":1,"gateways":{"lp-1":{"epochs":{"7":{}}}}}'])(
  'a file that holds no ledger is not taken for an empty one: %s',
  async (text) => {
    const file = join(directory, 'ledger.json');
    await writeFile(file, text);
    await expect(readLedger(file)).rejects.toThrow(GatewayError);
  },
);
