import { describe, expect, test } from 'vitest';
import { FakeClock, settle } from '../test/fakes/fake-clock.ts';
import { fakeSocket, type FakeSocket } from '../test/fakes/fake-socket.ts';
import { connectPacket, pingPacket, publishPacket } from '../test/raw-mqtt.ts';
import { Guard, type GuardReason } from './guard.ts';
import { OutboxPool } from './outbox.ts';

const limits = { maxPacketBytes: 4096, maxMessagesPerSecond: 100, maxParkedBytes: 5000, maxWaitingBytes: 10_000 };

/** A guarded connection, and a broker that reads all it can get, as aedes does. */
class Bench {
  readonly clock = new FakeClock();
  readonly fake: FakeSocket = fakeSocket();
  readonly guard: Guard;
  readonly cuts: GuardReason[] = [];
  read = Buffer.alloc(0);
  hasEnded = false;

  constructor() {
    this.guard = new Guard(this.fake.socket, {
      limits,
      clock: this.clock,
      pool: new OutboxPool(1e9),
      onCut: (reason) => this.cuts.push(reason),
    });
    this.fake.socket.on('readable', () => {
      for (let chunk = this.#next(); chunk; chunk = this.#next()) this.read = Buffer.concat([this.read, chunk]);
    });
    this.fake.socket.on('end', () => {
      this.hasEnded = true;
    });
  }

  #next(): Buffer | null {
    return this.fake.socket.read() as Buffer | null;
  }

  async arrive(...chunks: readonly Buffer[]): Promise<void> {
    this.fake.arrive(...chunks);
    await settle();
  }

  /** A client that was let in. */
  static async admitted(): Promise<Bench> {
    const bench = new Bench();
    await bench.arrive(connectPacket());
    bench.guard.admit();
    bench.read = Buffer.alloc(0);
    await bench.clock.advance(1000);
    return bench;
  }
}

const message = publishPacket({ topic: 'a', payload: 'x' });
const messages = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => message));
const countOf = (bench: Bench): number => bench.read.length / message.length;

describe('until the broker knows a client', () => {
  test('nothing but its CONNECT is read, and all the rest afterwards', async () => {
    const bench = new Bench();
    await bench.arrive(Buffer.concat([connectPacket(), messages(10)]));
    expect(bench.read).toEqual(connectPacket());
    await bench.arrive(messages(5));
    expect(bench.read).toEqual(connectPacket());
    bench.guard.admit();
    await settle();
    expect(bench.read).toEqual(Buffer.concat([connectPacket(), messages(15)]));
  });

  test('the end of its connection waits too, so that nothing it sent is lost', async () => {
    const bench = new Bench();
    await bench.arrive(Buffer.concat([connectPacket(), messages(10)]));
    bench.fake.hangUp();
    await settle();
    expect(bench.hasEnded).toBe(false);
    bench.guard.admit();
    await settle();
    expect(countOf(bench) - connectPacket().length / message.length).toBeCloseTo(10);
    expect(bench.hasEnded).toBe(true);
  });
});

describe('the broker reads', () => {
  test('exactly the packets that came, however they came', async () => {
    const bench = await Bench.admitted();
    const whole = Buffer.concat([messages(30), pingPacket, messages(20)]);
    for (let at = 0; at < whole.length; at += 7) await bench.arrive(whole.subarray(at, at + 7));
    expect(bench.read).toEqual(whole);
  });

  test('whole packets only', async () => {
    const bench = await Bench.admitted();
    await bench.arrive(message.subarray(0, 4));
    expect(bench.read).toHaveLength(0);
    await bench.arrive(message.subarray(4));
    expect(bench.read).toEqual(message);
  });

  test('nothing of a bad packet or behind it, and the connection ends', async () => {
    const bench = await Bench.admitted();
    await bench.arrive(messages(2));
    await bench.arrive(publishPacket({ topic: 'a\u0000' }));
    await bench.arrive(messages(2));
    expect([countOf(bench), bench.cuts, bench.fake.socket.destroyed]).toEqual([2, ['packet'], true]);
  });

  test('nothing of another version, which is told so', async () => {
    const bench = new Bench();
    await bench.arrive(connectPacket({ level: 5 }));
    await settle();
    expect(bench.read).toHaveLength(0);
    expect(Buffer.concat(bench.fake.written)).toEqual(Buffer.of(0x20, 2, 0, 1));
    expect(bench.fake.socket.destroyed).toBe(true);
  });
});

test('the broker is given nothing while it works on what it has', async () => {
  const bench = await Bench.admitted();
  const { socket } = bench.fake;
  socket.removeAllListeners('readable');
  const lots: number[] = [];
  let isWorking = false;
  const read = (): void => {
    const lot = socket.read() as Buffer | null;
    if (!lot) return;
    expect(isWorking).toBe(false);
    isWorking = true;
    lots.push(lot.length / message.length);
    // As aedes does when a message is dealt with at once.
    read();
    isWorking = false;
  };
  socket.on('readable', read);
  await bench.arrive(messages(60), messages(30));
  await bench.arrive(messages(10));
  expect(lots.reduce((sum, lot) => sum + lot, 0)).toBe(100);
});

describe('a client that sends too fast', () => {
  test('is read no faster than it may send, loses nothing and is not cut off', async () => {
    const bench = await Bench.admitted();
    await bench.arrive(messages(450));
    expect(countOf(bench)).toBe(100);
    await bench.clock.advance(1000);
    expect(countOf(bench)).toBeGreaterThan(190);
    expect(countOf(bench)).toBeLessThanOrEqual(200);
    await bench.clock.advance(2600);
    expect(countOf(bench)).toBe(450);
    expect(bench.cuts).toEqual([]);
  });

  test('saves up one second at most', async () => {
    const bench = await Bench.admitted();
    await bench.clock.advance(60_000);
    await bench.arrive(messages(300));
    expect(countOf(bench)).toBe(100);
  });

  test('is read to its end when it hangs up in the middle', async () => {
    const bench = await Bench.admitted();
    await bench.arrive(messages(250));
    bench.fake.hangUp();
    await settle();
    expect(bench.hasEnded).toBe(false);
    await bench.clock.advance(2000);
    expect([countOf(bench), bench.hasEnded]).toEqual([250, true]);
  });

  test('does not feel a jump of the wall clock', async () => {
    const bench = await Bench.admitted();
    await bench.arrive(messages(250));
    bench.clock.setWall(0);
    await bench.clock.advance(1000);
    expect(countOf(bench)).toBeGreaterThan(190);
    expect(countOf(bench)).toBeLessThanOrEqual(200);
  });
});

test('a client is not read while too much of what it sent waits to be kept, and goes on afterwards', async () => {
  const bench = await Bench.admitted();
  const unpark = [bench.guard.park(3000), bench.guard.park(1000)];
  await bench.arrive(messages(3));
  expect(countOf(bench)).toBe(0);
  unpark[0]?.();
  await settle();
  expect(countOf(bench)).toBe(3);
  unpark[1]?.();
});
