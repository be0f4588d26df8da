import { expect, test } from 'vitest';
import type { Link } from '../../field/transports/link.ts';
import { pause, until } from '../wait.ts';

/** The device at the other end of a link, as a test plays it. */
export interface FarEnd {
  /** Opens a link to this device. */
  readonly open: () => Promise<Link>;
  /** The device sends bytes. */
  readonly send: (bytes: Uint8Array) => void;
  /** What the device got. */
  readonly got: () => readonly number[];
  /** The cable is pulled. */
  readonly unplug: () => Promise<void>;
}

/** What every transport promises; see `Link`. */
export function testLinkContract(start: () => Promise<FarEnd>): void {
  test('gives each byte once and in order, whatever the bytes are', async () => {
    const far = await start();
    const link = await far.open();
    const all = Uint8Array.from({ length: 4096 }, (_unused, index) => (index * 7) % 256);
    const got = collect(link);
    for (let at = 0; at < all.length; at += 100) far.send(all.subarray(at, at + 100));
    await until(() => got.length >= all.length);
    expect(got).toEqual([...all]);
    await link.close();
  });

  test('writes reach the device', async () => {
    const far = await start();
    const link = await far.open();
    link.write(Uint8Array.from([0, 1, 0xff, 0x0d, 0x0a]));
    await until(() => far.got().length >= 5);
    expect(far.got()).toEqual([0, 1, 0xff, 0x0d, 0x0a]);
    await link.close();
  });

  test('a pulled cable ends the link with a reason and throws nothing', async () => {
    const far = await start();
    const link = await far.open();
    const got = collect(link);
    // A port pulled in the very millisecond of its opening gives no sign; the silence watchdog is for that.
    far.send(Uint8Array.of(1));
    await until(() => got.length > 0);
    await far.unplug();
    expect(await link.ended).not.toBe('');
    await link.close();
  });

  test('gives nothing after it was closed, and can be opened again', async () => {
    const far = await start();
    const link = await far.open();
    const got = collect(link);
    await link.close();
    expect(await link.ended).not.toBe('');
    const again = await far.open();
    const second = collect(again);
    far.send(Uint8Array.from([1, 2, 3]));
    await until(() => second.length >= 3);
    expect(second.slice(-3)).toEqual([1, 2, 3]);
    expect(got).toEqual([]);
    await again.close();
  });

  test('reads nothing while paused and loses nothing', async () => {
    const far = await start();
    const link = await far.open();
    const got = collect(link);
    link.pause();
    far.send(Uint8Array.from([1, 2, 3]));
    await pause(100);
    const whilePaused = got.length;
    link.resume();
    await until(() => got.length >= 3);
    expect(whilePaused).toBe(0);
    expect(got).toEqual([1, 2, 3]);
    await link.close();
  });
}

function collect(link: Link): number[] {
  const got: number[] = [];
  link.onData((bytes) => void got.push(...bytes));
  return got;
}
