import { describe, expect, test } from 'vitest';
import { FakeClock } from '../test/fakes/fake-clock.ts';
import { fakeSocket } from '../test/fakes/fake-socket.ts';
import { silentLog } from '../platform/log.ts';
import { localRights, noRights, type Rights } from './access.ts';
import { Admission, isLoopback, type Login, type Visitor } from './admission.ts';
import { Guard } from './guard.ts';
import { defaultLimits } from './limits.ts';
import { OutboxPool } from './outbox.ts';

const clock = new FakeClock();
const pumpRights: Rights = { ...noRights, read: ['pump'] };
const login: Login = async (name, password) => (name === 'pump' && password === 'rain' ? pumpRights : undefined);

interface Ask {
  readonly clientId?: string;
  readonly name?: string;
  readonly password?: string;
  readonly address?: string;
}

interface Answer {
  readonly code: number;
  readonly visitor?: Visitor;
  readonly hangUp: () => void;
}

function door(
  changes: { readonly login?: Login; readonly maxClients?: number; readonly stillHolds?: () => Promise<boolean> } = {},
) {
  const { maxClients = 100, ...others } = changes;
  const admission = new Admission({ gateway: 'lp', login, limits: { maxClients }, clock, log: silentLog, ...others });
  const ask = async ({ clientId = 'c', name, password = '', address = '127.0.0.1' }: Ask): Promise<Answer> => {
    const { socket } = fakeSocket(address);
    const guard = new Guard(socket, { limits: defaultLimits, clock, pool: new OutboxPool(1e9), onCut: () => {} });
    const hangUp = (): void => void socket.destroy();
    admission.arrive(socket);
    return admission.admit({ clientId, name, password }, socket, guard).then(
      (visitor) => ({ code: 0, visitor, hangUp }),
      (error: { returnCode: number }) => ({ code: error.returnCode, hangUp }),
    );
  };
  return { admission, ask };
}

describe('let in is', () => {
  const cases: readonly (readonly [string, Ask, number])[] = [
    ['a local client without a name', {}, 0],
    ['a local client over IPv6', { address: '::1' }, 0],
    ['a local client on a mapped address', { address: '::ffff:127.0.0.1' }, 0],
    ['nobody without a name from another machine', { address: '192.168.1.9' }, 5],
    ['nobody without a name from an address that looks local', { address: '::ffff:10.127.0.1' }, 5],
    ['nobody without an address', { address: '' }, 5],
    ['a user from another machine', { address: '192.168.1.9', name: 'pump', password: 'rain' }, 0],
    ['nobody with a wrong password', { name: 'pump', password: 'snow' }, 4],
    ['nobody with a wrong name, on this machine too', { name: 'nobody', password: 'rain' }, 4],
    ['nobody with an empty name', { name: '' }, 4],
    ['nobody with a client id that is too long', { clientId: 'x'.repeat(129) }, 2],
  ];

  test.each(cases)('%s', async (_who, ask, code) => {
    expect((await door().ask(ask)).code).toBe(code);
  });

  test('who gives a name with the rights of that user, on this machine too', async () => {
    const { ask } = door();
    expect((await ask({})).visitor?.rights).toBe(localRights);
    expect((await ask({ clientId: 'd', name: 'pump', password: 'rain' })).visitor?.rights).toBe(pumpRights);
  });

  test('nobody while logins cannot be checked, and it is not called a wrong password', async () => {
    const failing = door({ login: () => Promise.reject(new Error('too many logins at a time')) });
    expect((await failing.ask({ name: 'pump', password: 'rain' })).code).toBe(3);
  });

  test('nobody whose password nobody checks', async () => {
    const { ask } = door({ login: () => new Promise(() => {}) });
    const answer = ask({ name: 'pump', password: 'rain' });
    await clock.advance(30_000);
    expect((await answer).code).toBe(3);
  });

  test('a guesser more and more slowly, others as before', async () => {
    const { ask } = door();
    for (let index = 0; index < 5; index++) expect((await ask({ name: 'pump', password: `${index}` })).code).toBe(4);
    expect((await ask({ name: 'pump', password: 'rain' })).code).toBe(3);
    expect((await ask({ name: 'pump', password: 'rain', address: '10.0.0.1' })).code).toBe(0);
    await clock.advance(1000);
    expect((await ask({ clientId: 'd', name: 'pump', password: 'rain' })).code).toBe(0);
  });
});

describe('a client id', () => {
  test('that a user is connected with is nobody elses', async () => {
    const { ask } = door();
    await ask({ clientId: 'plc', name: 'pump', password: 'rain' });
    expect((await ask({ clientId: 'plc' })).code).toBe(2);
    expect((await ask({ clientId: 'plc', name: 'pump', password: 'rain' })).code).toBe(0);
  });

  test('cannot be held against a user by somebody without a name', async () => {
    const { ask } = door();
    await ask({ clientId: 'plc' });
    expect((await ask({ clientId: 'plc', name: 'pump', password: 'rain' })).code).toBe(0);
  });
});

describe('how many are let in', () => {
  test('is limited; who comes back with the same client id takes its own place', async () => {
    const { admission, ask } = door({ maxClients: 3 });
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((clientId) => ask({ clientId })));
    expect(answers.map(({ code }) => code)).toEqual([0, 0, 0, 3]);
    expect((await ask({ clientId: 'a' })).code).toBe(0);
    expect(admission.count).toBe(3);
    answers[1]?.hangUp();
    await clock.advance(0);
    expect((await ask({ clientId: 'd' })).code).toBe(0);
  });

  test('is limited for those who say nothing: the one that has been silent longest goes', () => {
    const { admission } = door({ maxClients: 3 });
    const sockets = Array.from({ length: 10 }, () => fakeSocket().socket);
    for (const socket of sockets) admission.arrive(socket);
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([...Array<boolean>(7).fill(true), false, false, false]);
  });

  test('is limited for those whose password is being checked', async () => {
    const waiting = Promise.withResolvers<undefined>();
    const { ask } = door({ maxClients: 3, login: () => waiting.promise });
    const asked = Array.from({ length: 5 }, (_, index) => ask({ clientId: `${index}`, name: `n${index}` }));
    await clock.advance(0);
    waiting.resolve(undefined);
    expect((await Promise.all(asked)).map(({ code }) => code)).toEqual([4, 4, 4, 3, 3]);
  });
});

test('a user whose rights were changed has to come in again, others stay', async () => {
  let holds = true;
  const { admission, ask } = door({ stillHolds: async () => holds });
  const user = await ask({ clientId: 'plc', name: 'pump', password: 'rain' });
  const local = await ask({ clientId: 'd' });
  await admission.recheck();
  expect(user.visitor?.socket.destroyed).toBe(false);
  holds = false;
  await admission.recheck();
  expect([user, local].map(({ visitor }) => visitor?.socket.destroyed)).toEqual([true, false]);
});

test.each(['127.0.0.1', '127.255.0.9', '::1', '::ffff:127.0.0.1'])('%s is this machine', (address) => {
  expect(isLoopback(address)).toBe(true);
});

test.each(['', '10.0.0.1', '::', '128.0.0.1', '1127.0.0.1', '::ffff:8.8.8.8', 'fe80::1'])('%s is not', (address) => {
  expect(isLoopback(address)).toBe(false);
});
