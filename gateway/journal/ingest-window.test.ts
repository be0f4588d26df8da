import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IngestWindow, rememberedKeys, rememberedMessages } from './ingest-window.ts';

/** A key as long as they are. */
const keyOf = (number: number, device = ''): string => `${device}${number}`.padStart(11, '0');

function has(window: IngestWindow, device: string, ...numbers: readonly number[]): boolean[] {
  return numbers.map((number) => window.has({ device, key: keyOf(number) }));
}

describe('the window of ingest messages', () => {
  test('remembers the last 10 000 messages of a device, and not the one before', () => {
    const window = new IngestWindow();
    for (let number = 0; number < rememberedMessages; number++) window.add('d', keyOf(number));
    expect(has(window, 'd', 0, 1, rememberedMessages - 1, rememberedMessages)).toEqual([true, true, true, false]);
    window.add('d', keyOf(rememberedMessages));
    expect(has(window, 'd', 0, 1, rememberedMessages)).toEqual([false, true, true]);
  });

  test('counts messages, however many keys they have', () => {
    const window = new IngestWindow();
    for (let number = 0; number <= rememberedMessages; number++) {
      window.add('d', keyOf(number * 3) + keyOf(number * 3 + 1) + keyOf(number * 3 + 2));
    }
    expect(has(window, 'd', 0, 1, 2, 3, 4, 5)).toEqual([false, false, false, true, true, true]);
  });

  test('remembers a packet that comes again from its last time on', () => {
    const window = new IngestWindow();
    window.add('d', keyOf(0));
    for (let number = 1; number < rememberedMessages; number++) window.add('d', keyOf(number));
    window.add('d', keyOf(0));
    window.add('d', keyOf(20_000));
    expect(has(window, 'd', 0, 1, 2)).toEqual([true, false, true]);
  });

  test('tells devices apart', () => {
    const window = new IngestWindow();
    window.add('a', keyOf(1));
    expect([has(window, 'a', 1), has(window, 'b', 1)]).toEqual([[true], [false]]);
  });

  test('is the same after it was packed and unpacked', () => {
    const message = fc.array(
      fc.nat({ max: 50 }).map((number) => keyOf(number)),
      { minLength: 1, maxLength: 3 },
    );
    let looked = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b'), message), { maxLength: 30 }), (messages) => {
        const window = new IngestWindow();
        for (const [device, keys] of messages) window.add(device, keys.join(''));
        const again = new IngestWindow();
        again.unpack(JSON.parse(JSON.stringify(window.pack())) as ReturnType<IngestWindow['pack']>);
        expect(again.pack()).toEqual(window.pack());
        for (const device of ['a', 'b']) {
          for (let number = 0; number <= 50; number++, looked++) {
            expect(has(again, device, number)).toEqual(has(window, device, number));
          }
        }
      }),
    );
    expect(looked).toBeGreaterThan(5000);
  });

  test('gives twenty busy devices their full share, and more devices a fair one', () => {
    const window = new IngestWindow();
    const counts = (): number[] => window.pack().map(([, messages]) => messages.split(' ').length);
    for (let number = 0; number < rememberedMessages; number++) {
      for (let device = 0; device < 20; device++) window.add(`d${device}`, keyOf(number, `${device}-`));
    }
    expect(counts()).toEqual(Array.from({ length: 20 }, () => rememberedMessages));
    for (let round = 0; round < 2; round++) {
      for (let device = 0; device < 40; device++) window.add(`d${device}`, keyOf(20_000 + round, `${device}-`));
    }
    expect(counts().slice(0, 20)).toEqual(Array.from({ length: 20 }, () => rememberedKeys / 40));
    expect(has(window, 'd0', 20_000)).toEqual([false]);
    expect(window.has({ device: 'd0', key: keyOf(20_000, '0-') })).toBe(true);
  });

  test('never forgets the last message, however large it is', () => {
    const window = new IngestWindow();
    for (let device = 0; device < 1000; device++) {
      window.add(`d${device}`, Array.from({ length: 1000 }, (_, number) => keyOf(number)).join(''));
    }
    expect(has(window, 'd999', 0, 999)).toEqual([true, true]);
    window.add('d0', keyOf(5000));
    expect(has(window, 'd0', 0, 5000)).toEqual([false, true]);
  });
});
