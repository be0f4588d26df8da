import { describe, expect, test } from 'vitest';
import { hex } from '../test/bus/hex.ts';
import { BusRig, meter, meterAt, pair, plan, probe, relay, slave } from '../test/bus/rig.ts';
import { tcpFrame } from './decode/modbus.ts';

const deviceOf = (address: number | string): string => `device-${address}`;

describe('a bus', () => {
  test('gives the readings of every device in its period, and says that it is there', async () => {
    const rig = new BusRig({
      devices: [slave(probe, 1, { level: 536 }), slave(probe, 2, { level: 1200 })],
      plans: [plan(probe, 1), plan(probe, 2, { everyMs: 2000 })],
    });
    await rig.advance(9900);
    expect(rig.values(deviceOf(1), 'level')).toEqual(Array.from({ length: 10 }, () => 0.536));
    expect(rig.values(deviceOf(2), 'level')).toEqual(Array.from({ length: 5 }, () => 1.2));
    expect(rig.links(deviceOf(1))).toEqual(['up']);
    expect(rig.samples(deviceOf(1)).every(({ quality }) => quality === 'good')).toBe(true);
  });

  test('speaks to meters and slaves on one line', async () => {
    const rig = new BusRig({
      devices: [slave(probe, 1, { level: 536 }), meterAt('000000000161', { energy: 26, voltage: 1001 })],
      plans: [plan(probe, 1), plan(meter, '000000000161')],
    });
    await rig.advance(900);
    expect(rig.values(deviceOf(1), 'level')).toEqual([0.536]);
    expect(rig.values(deviceOf('000000000161'), 'energy')).toEqual([0.26]);
    expect(rig.values(deviceOf('000000000161'), 'voltage')).toEqual([100.1]);
  });

  test('asked more often than it reports, a device gives the statistic of its period', async () => {
    const rig = new BusRig({
      devices: [slave(probe, 1, { level: 500 })],
      plans: [plan(probe, 1, { everyMs: 1000, sampleMs: 100 })],
    });
    await rig.advance(2500);
    expect(rig.samples(deviceOf(1)).map(({ n, stat, value }) => ({ n, stat, value }))).toEqual([
      { n: 10, stat: 'mean', value: 0.5 },
      { n: 10, stat: 'mean', value: 0.5 },
    ]);
  });

  test('says nothing that is not new where a dead band is wanted', async () => {
    const rig = new BusRig({
      devices: [slave(probe, 1, { level: 500 })],
      plans: [plan(probe, 1, { deadBand: { bands: { level: 0.01 }, mostMs: 10_000 } })],
    });
    await rig.advance(20_500);
    expect(rig.values(deviceOf(1), 'level')).toHaveLength(3);
    expect(rig.bus.questions).toHaveLength(21);
  });

  test('asks faster in a burst', async () => {
    const rig = new BusRig({
      devices: [slave(probe, 1, { level: 500 })],
      plans: [
        plan(probe, 1, {
          everyMs: 10_000,
          burst: { everyMs: 1000, holdMs: 5000, channels: { level: { near: 0.1 } } },
          alarmLimits: { level: [{ kind: 'below', limit: 0.45, clear: 0.6 }] },
        }),
      ],
    });
    await rig.advance(30_500);
    expect(rig.values(deviceOf(1), 'level').length).toBeGreaterThan(25);
  });

  test('asks nothing while it is paused', async () => {
    const rig = new BusRig({ devices: [slave(probe, 1, { level: 536 })], plans: [plan(probe, 1)] });
    await rig.advance(500);
    rig.session.setPaused(true);
    await rig.advance(10_000);
    expect(rig.bus.questions).toHaveLength(1);
    rig.session.setPaused(false);
    await rig.advance(100);
    expect(rig.bus.questions).toHaveLength(2);
  });

  test('whose core has no room for minutes is not told as dead', async () => {
    const rig = new BusRig({ devices: [slave(probe, 1, { level: 536 })], plans: [plan(probe, 1)], lines: 3 });
    await rig.advance(500);
    rig.session.setPaused(true);
    await rig.advance(300_000);
    rig.session.setPaused(false);
    await rig.advance(1000);
    expect(rig.links(deviceOf(1))).toEqual(['up']);
    expect(rig.values(deviceOf(1), 'level').length).toBeGreaterThan(1);
  });

  test('on which nobody answers for hours says so once', async () => {
    const rig = new BusRig({ devices: [], plans: [plan(probe, 1), plan(probe, 2)], lines: 200 });
    await rig.advance(2 * 3_600_000);
    expect(rig.links(deviceOf(1))).toEqual(['address 1 does not answer', 'nobody on the bus answers']);
    expect(rig.links(deviceOf(2))).toEqual(['address 2 does not answer', 'nobody on the bus answers']);
  });

  test('closes its port when it is told to stop', async () => {
    const rig = new BusRig({ devices: [], plans: [plan(probe, 1)] });
    await rig.advance(10);
    rig.stop();
    await rig.advance(1000);
    expect(rig.bus.isClosed).toBe(true);
  });

  test('goes on with the totals that were stored', async () => {
    const device = plan(pair, 1, { state: { far: 100 } });
    const rig = new BusRig({ devices: [slave(pair, 1, { near: 1, total: 107 })], plans: [device] });
    await rig.advance(500);
    expect(rig.values(deviceOf(1), 'rain')).toEqual([0.7]);
    expect(rig.sent.find(({ kind }) => kind === 'samples')).toMatchObject({ state: { far: 107 } });
  });
});

describe('a cable that is pulled', () => {
  test('at any byte of an answer gives no reading of it, and all comes back when it is plugged in', async () => {
    const answerBytes = 7;
    for (let at = 0; at < answerBytes; at++) {
      const rig = new BusRig({
        devices: [slave(probe, 1, { level: 536 }), slave(probe, 2, { level: 1200 })],
        plans: [plan(probe, 1), plan(probe, 2)],
        lines: 2,
      });
      rig.bus.cutAfter = answerBytes + at;
      await rig.advance(100);
      expect(rig.values(deviceOf(1), 'level')).toEqual([0.536]);
      expect(rig.values(deviceOf(2), 'level')).toEqual([]);
      expect(rig.links(deviceOf(1))).toEqual(['up', 'the cable was pulled']);
      await rig.advance(300);
      expect(rig.links(deviceOf(2))).toEqual(['the cable was pulled', 'up']);
      expect(rig.values(deviceOf(2), 'level')).toEqual([1.2]);
    }
  });

  test('is told once, however often the port is tried', async () => {
    const rig = new BusRig({ devices: [], plans: [plan(probe, 1)] });
    rig.bus.unplug();
    await rig.advance(60_000);
    expect(rig.links(deviceOf(1))).toEqual(['the cable was pulled', 'no such port']);
  });
});

describe('a device that is in trouble', () => {
  test('is told as lost after three questions, and as back after one answer', async () => {
    const one = slave(probe, 1, { level: 536 });
    const rig = new BusRig({ devices: [one], plans: [plan(probe, 1)] });
    await rig.advance(500);
    one.trouble = { isSilent: true };
    await rig.advance(30_000);
    expect(rig.links(deviceOf(1))).toEqual(['up', 'address 1 does not answer']);
    one.trouble = {};
    await rig.advance(31_000);
    expect(rig.links(deviceOf(1))).toEqual(['up', 'address 1 does not answer', 'up']);
  });

  test('that refuses has no value and the reason, and is there', async () => {
    const one = slave(probe, 1, { level: 536 });
    one.trouble = { exception: 2 };
    const rig = new BusRig({ devices: [one], plans: [plan(probe, 1)] });
    await rig.advance(500);
    expect(rig.samples(deviceOf(1))).toMatchObject([{ value: null, quality: 'bad', why: ['device_fault'] }]);
    expect(rig.links(deviceOf(1))).toEqual(['up']);
    expect(rig.garbage(deviceOf(1))).toEqual(['the device has no such address (Modbus exception 2)']);
  });

  test('behind a Modbus gateway that says so is as silent as if it were on the line', async () => {
    const one = slave(probe, 1, { level: 536 });
    one.trouble = { exception: 11 };
    const rig = new BusRig({ devices: [one], plans: [plan(probe, 1)] });
    await rig.advance(20_000);
    expect(rig.samples(deviceOf(1))).toEqual([]);
    expect(rig.links(deviceOf(1))).toEqual([
      'address 1: the device behind the Modbus gateway does not answer (Modbus exception 11)',
    ]);
  });

  test('whose answers break off says so', async () => {
    const one = slave(probe, 1, { level: 536 });
    one.trouble = { cutAt: 4 };
    const rig = new BusRig({ devices: [one], plans: [plan(probe, 1)] });
    await rig.advance(20_000);
    expect(rig.samples(deviceOf(1))).toEqual([]);
    expect(rig.links(deviceOf(1))).toEqual(['address 1: the answer broke off']);
    expect(rig.garbage(deviceOf(1))[0]).toBe('the answer broke off');
  });

  test('that answers one question of two gives what it has, and says which one it leaves out', async () => {
    const one = slave(pair, 1, { near: 500, total: 7 });
    const rig = new BusRig({ devices: [one], plans: [plan(pair, 1)] });
    await rig.advance(500);
    const hear = one.hear.bind(one);
    one.hear = (bytes) => (bytes[3] === 100 ? [] : hear(bytes));
    await rig.advance(20_000);
    expect(rig.links(deviceOf(1))).toEqual(['up', 'address 1 does not answer question 2 of 2']);
    expect(rig.values(deviceOf(1), 'near').length).toBeGreaterThan(3);
    expect(rig.values(deviceOf(1), 'count')).toEqual([7]);
  });

  test('never becomes a reading of another one: it answers when that one is asked', async () => {
    const silent = slave(probe, 1, { level: 111 });
    const liar = slave(probe, 2, { level: 222 });
    silent.trouble = { isSilent: true };
    const hear = liar.hear.bind(liar);
    // Hears questions to 1 as if they were to itself, and answers as itself.
    liar.hear = (bytes) => hear(bytes[0] === 1 ? hex('02 03 00 00 00 01 84 39') : bytes);
    const rig = new BusRig({ devices: [silent, liar], plans: [plan(probe, 1), plan(probe, 2)] });
    await rig.advance(60_000);
    expect(rig.samples(deviceOf(1))).toEqual([]);
    expect(rig.links(deviceOf(1))).toEqual(['address 1: address 2 answered instead']);
    expect(new Set(rig.values(deviceOf(2), 'level'))).toEqual(new Set([0.222]));
  });

  test('that says something before each answer is understood all the same', async () => {
    const one = slave(probe, 1, { level: 536 });
    one.trouble = { garbage: hex('00 FF 01 03 02') };
    const rig = new BusRig({ devices: [one], plans: [plan(probe, 1)] });
    await rig.advance(5500);
    expect(rig.values(deviceOf(1), 'level')).toHaveLength(6);
  });

  test('that floods the line disturbs it for no longer than that', async () => {
    const rig = new BusRig({ devices: [slave(probe, 1, { level: 536 })], plans: [plan(probe, 1)] });
    const cancel = rig.clock.every(3, () => rig.bus.noise(Uint8Array.of(0x55, 0xaa, 0x01)));
    await rig.advance(8000);
    cancel();
    expect(rig.values(deviceOf(1), 'level')).toEqual([]);
    expect(rig.garbage(deviceOf(1))[0]).toBe('this is no answer to what was asked');
    await rig.advance(20_000);
    expect(rig.values(deviceOf(1), 'level').length).toBeGreaterThan(10);
  });
});

/** The second answer of a poll comes late, once; the device answers one question after the other. */
async function lateOnce(quietAfterMs?: () => number): Promise<readonly unknown[]> {
  const one = slave(pair, 1, { near: 500, total: 999 });
  const rig = new BusRig({
    devices: [one],
    plans: [plan(pair, 1)],
    ...(quietAfterMs ? { quietAfterMs } : {}),
  });
  await rig.advance(900);
  const hear = one.hear.bind(one);
  one.hear = (bytes) => {
    one.trouble = bytes[3] === 100 ? { delayMs: 450 } : {};
    return hear(bytes);
  };
  await rig.advance(400);
  one.hear = hear;
  one.trouble = {};
  await rig.advance(20_000);
  expect(rig.values(deviceOf(1), 'near').length).toBeGreaterThan(3);
  return rig.values(deviceOf(1), 'near');
}

describe('an answer that comes after the time-out', () => {
  test('is not taken for the answer to another question', async () => {
    expect(new Set(await lateOnce())).toEqual(new Set([0.5]));
  });

  test('control: it would be, were the device asked again at once', async () => {
    expect(new Set(await lateOnce(() => 0))).toEqual(new Set([0.5, 0.999]));
  });

  test('is nobody else’s', async () => {
    const late = slave(probe, 1, { level: 111 });
    late.trouble = { delayMs: 230 };
    const rig = new BusRig({
      devices: [late, slave(probe, 2, { level: 222 })],
      plans: [plan(probe, 1), plan(probe, 2, { everyMs: 100 })],
    });
    await rig.advance(60_000);
    expect(new Set(rig.values(deviceOf(2), 'level'))).toEqual(new Set([0.222]));
    expect(rig.samples(deviceOf(1))).toEqual([]);
  });
});

describe('many devices on one line', () => {
  const count = 32;

  test.each([100, 700])(
    'asked every %i ms give within a twentieth of what a line of 9600 baud can do',
    async (everyMs) => {
      const addresses = Array.from({ length: count }, (_unused, index) => index + 1);
      const rig = new BusRig({
        devices: addresses.map((address) => slave(probe, address, { level: address })),
        plans: addresses.map((address) => plan(probe, address, { everyMs })),
      });
      const ms = 20_000;
      await rig.advance(ms);
      // 32 questions of 8 and answers of 7 bytes, and two silences each: 32 * (15 + 7) * 10 / 9600 s.
      const roundMs = (count * (8 + 7 + 2 * 3.5) * 10 * 1000) / 9600;
      expect(rig.bus.neededMs / rig.bus.questions.length).toBeCloseTo(roundMs / count, 1);
      expect(rig.bus.questions.length).toBeGreaterThan((0.95 * ms * count) / roundMs);
      for (const address of addresses) {
        const values = rig.values(deviceOf(address), 'level');
        expect(values.length).toBeGreaterThan((0.95 * ms) / roundMs - 1);
        expect(new Set(values)).toEqual(new Set([address / 1000]));
      }
    },
  );

  test('are not disturbed by a dead one among them', async () => {
    const addresses = Array.from({ length: 10 }, (_unused, index) => index + 1);
    const dead = slave(probe, 10, {});
    dead.trouble = { isSilent: true };
    const rig = new BusRig({
      devices: [...addresses.slice(0, -1).map((address) => slave(probe, address, { level: address })), dead],
      plans: addresses.map((address) => plan(probe, address)),
    });
    await rig.advance(120_000);
    for (const address of addresses.slice(0, -1)) {
      const times = rig.samples(deviceOf(address)).map(({ time }) => ('mono' in time ? time.mono : 0));
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      expect(gaps.length).toBeGreaterThan(117);
      expect(gaps.filter((gap) => Math.abs(gap - 1000) > 50)).toEqual([]);
    }
  });
});

describe('a command', () => {
  test('is done when the device has said so, and the next reading shows it', async () => {
    const rig = new BusRig({ devices: [slave(relay, 3, { door: 0 })], plans: [plan(relay, 3, { everyMs: 60_000 })] });
    await rig.advance(500);
    const result = rig.session.command(deviceOf(3), 'on', true);
    await rig.advance(500);
    expect(await result).toBeUndefined();
    expect(rig.values(deviceOf(3), 'on')).toEqual([false, true]);
  });

  test('fails when nobody confirms it, and says when the device refuses', async () => {
    const one = slave(relay, 3, {});
    const rig = new BusRig({ devices: [one], plans: [plan(relay, 3)] });
    await rig.advance(500);
    one.trouble = { isSilent: true };
    const silent = rig.session.command(deviceOf(3), 'on', true);
    await rig.advance(2600);
    expect(await silent).toBe('address 3 did not confirm it');
    one.trouble = { exception: 4 };
    const refused = rig.session.command(deviceOf(3), 'on', true);
    await rig.advance(2600);
    expect(await refused).toBe('the device has failed (Modbus exception 4)');
    expect(await rig.session.command(deviceOf(3), 'of', true)).toBe('this device takes no such command');
  });

  test('that waited too long is not carried out any more', async () => {
    const rig = new BusRig({
      devices: [slave(relay, 3, {})],
      plans: [plan(relay, 3, { everyMs: 600_000 })],
      quietAfterMs: () => 20_000,
    });
    await rig.advance(500);
    const questions = rig.bus.questions.length;
    rig.bus.cutAfter = 0;
    expect(questions).toBeGreaterThan(2);
    const lost = rig.session.command(deviceOf(3), 'on', true);
    await rig.advance(3000);
    expect(await lost).toMatch(/lost|confirm/);
    expect(await rig.session.command(deviceOf(3), 'on', true)).toBe('the bus is not connected');
  });

  test('puts outputs into their safe state first of all, and again when the device was away for too long', async () => {
    const one = slave(relay, 3, { on: 1 });
    const rig = new BusRig({ devices: [one], plans: [plan(relay, 3)], lines: 9 });
    await rig.advance(500);
    const off = hex('03 05 00 00 00 00 CC 28');
    const writes = (): readonly Uint8Array[] =>
      rig.buses.flatMap(({ questions }) => questions).filter((bytes) => bytes[1] === 5);
    expect(rig.bus.questions[0]).toEqual(off);
    expect(rig.values(deviceOf(3), 'on')).toEqual([false]);
    one.trouble = { isSilent: true };
    await rig.advance(20_000);
    one.trouble = {};
    await rig.advance(35_000);
    expect(rig.links(deviceOf(3)).at(-1)).toBe('up');
    expect(writes()).toHaveLength(1);
    one.trouble = { isSilent: true };
    await rig.advance(100_000);
    one.trouble = {};
    await rig.advance(35_000);
    expect(rig.links(deviceOf(3)).at(-1)).toBe('up');
    expect(writes().length).toBeGreaterThan(1);
    expect(writes().every((bytes) => bytes[4] === 0)).toBe(true);
  });
  test('an output that is switched as soon as its device is back stays so', async () => {
    const one = slave(relay, 3, {});
    one.trouble = { isSilent: true };
    const rig = new BusRig({ devices: [one], plans: [plan(relay, 3)] });
    await rig.advance(600);
    one.trouble = {};
    const done = rig.session.command(deviceOf(3), 'on', true);
    await rig.advance(3000);
    expect(await done).toBeUndefined();
    expect(rig.values(deviceOf(3), 'on').length).toBeGreaterThan(0);
    expect(new Set(rig.values(deviceOf(3), 'on'))).toEqual(new Set([true]));
  });
});

describe('Modbus TCP', () => {
  test('gives readings, and passes over answers to earlier questions', async () => {
    const one = slave(probe, 1, { level: 536 }, 'tcp');
    const hear = one.hear.bind(one);
    let transaction = 0;
    one.hear = (bytes) => {
      transaction = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
      return [tcpFrame(transaction - 1, 1, hex('03 02 00 01')), ...hear(bytes)];
    };
    const rig = new BusRig({ devices: [one], plans: [plan(probe, 1)], framing: 'tcp' });
    await rig.advance(5500);
    expect(rig.values(deviceOf(1), 'level')).toEqual(Array.from({ length: 6 }, () => 0.536));
    expect(transaction).toBe(6);
  });
});

test('a port on which nobody answers is opened anew', async () => {
  const one = slave(probe, 1, { level: 536 });
  one.trouble = { isSilent: true };
  const rig = new BusRig({ devices: [one], plans: [plan(probe, 1)], lines: 2 });
  await rig.advance(70_000);
  expect(rig.buses[0]?.isClosed).toBe(true);
  expect(rig.links(deviceOf(1)).slice(0, 2)).toEqual(['address 1 does not answer', 'nobody on the bus answers']);
  one.trouble = {};
  await rig.advance(35_000);
  expect(rig.links(deviceOf(1)).at(-1)).toBe('up');
});
