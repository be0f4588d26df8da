import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Bmp180 } from '../../hardware/simulator/bmp180.ts';
import { VirtualBoard } from '../../hardware/simulator/board.ts';
import { SimulatedPort } from '../../hardware/simulator/port.ts';
import { RainGauge } from '../../hardware/simulator/rain-gauge.ts';
import type { Sample } from '../model/reading.ts';
import { forkChild } from '../platform/children.ts';
import { systemClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { rootPath } from '../platform/root.ts';
import type { Setup } from '../profiles/setup.ts';
import { VirtualPort } from '../test/pty.ts';
import { describeWith } from '../test/tools.ts';
import { FieldHost } from './host.ts';
import type { ChildPlan, DevicePlan, WorkPlan } from './protocol.ts';
import { pause, until } from '../test/wait.ts';
import { setupOf } from '../test/setup-of.ts';

const device = (id: string, setup: Setup, pin?: number | string): DevicePlan => ({
  device: id,
  setup,
  everyMs: 1000,
  ...(pin === undefined ? {} : { pin }),
});

/** A real field child and everything that it says. */
class Field {
  readonly samples: Sample[] = [];
  readonly links: { readonly device: string; readonly isUp: boolean; readonly why: string | undefined }[] = [];
  readonly garbage: string[] = [];
  readonly states = new Map<string, unknown>();
  readonly host: FieldHost;

  constructor(plans: readonly ChildPlan[], states: Iterable<readonly [string, unknown]> = []) {
    for (const [device, state] of states) this.states.set(device, state);
    this.host = new FieldHost({
      plans,
      startChild: forkChild,
      clock: systemClock,
      log: silentLog,
      handlers: {
        samples: async (samples, source) => {
          this.samples.push(...samples);
          if (source) this.states.set(source.device, source.state);
        },
        packet: async () => true,
        time: () => {},
        link: (device, isUp, why) => void this.links.push({ device, isUp, why }),
        garbage: (device, why) => void this.garbage.push(`${device}: ${why}`),
        stateOf: (device) => this.states.get(device),
      },
    });
    this.host.start();
  }

  latest(device: string, channel: string): Sample | undefined {
    return this.samples.findLast((sample) => sample.device === device && sample.channel === channel);
  }

  sum(device: string, channel: string): number {
    const own = this.samples.filter((sample) => sample.device === device && sample.channel === channel);
    return own.reduce((sum, { value }) => sum + Number(value), 0);
  }
}

/** Processes that this one started and that still live. */
async function childrenOf(pid: number): Promise<readonly number[]> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8')));
  return lists.flatMap((list) => list.trim().split(' ').filter(Boolean).map(Number));
}

async function residentKiB(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

let field: Field | undefined;
afterEach(async () => {
  await field?.host.stop();
  field = undefined;
});

describe('a node board with its real firmware', () => {
  let directory = '';
  let board: VirtualBoard;
  let gauge: RainGauge;
  let port: SimulatedPort;
  const power = new AbortController();

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lamppost-board-'));
    board = new VirtualBoard({ hex: await readFile(rootPath('hardware/firmware/lamppost-node.hex'), 'utf8') });
    port = new SimulatedPort(join(directory, 'roof.sock'), (bytes) => board.send(bytes));
    board.onSend((bytes) => port.send(bytes));
    gauge = new RainGauge(board, { pin: 2, bucketMm: 0.2 });
    const weather = new Bmp180();
    board.attachI2c(Bmp180.address, weather.device);
    weather.measure(15, 69_964);
    board.setAnalog(0, 2.5);
    await port.plug();
    void board.pace(systemClock, power.signal);
  });
  afterAll(async () => {
    power.abort();
    port.unplug();
    await rm(directory, { recursive: true, force: true });
  });

  const plan = async (): Promise<ChildPlan> => {
    return {
      kind: 'board',
      board: 'roof',
      source: { kind: 'local', path: join(directory, 'roof.sock') },
      devices: [
        device('rain-1', await setupOf('generic/tipping-bucket'), 2),
        device(
          'shaft-1',
          await setupOf('generic/level-transducer-0v5-4v5', { fullScale: '5 m', datum: 'floor' }),
          'A0',
        ),
        device('weather-1', await setupOf('bosch/bmp180')),
        device('siren-1', await setupOf('generic/relay'), 8),
      ],
    };
  };

  test('gives the values of its pin, its I2C sensor, its counter and its output', async () => {
    field = new Field([await plan()]);
    const { samples } = field;
    const has = (channel: string): boolean => samples.some((sample) => sample.channel === channel);
    await until(() => ['rain_amount', 'depth', 'pressure', 'on'].every(has), 30_000);
    expect(field.latest('shaft-1', 'depth')?.value).toBeCloseTo(2.5, 2);
    expect(field.latest('weather-1', 'temperature')?.value).toBe(15);
    expect(field.latest('weather-1', 'pressure')?.value).toBeCloseTo(699.6, 0);
    expect(field.latest('rain-1', 'rain_amount')?.value).toBe(0);
    expect(field.latest('siren-1', 'on')?.value).toBe(false);
  });

  test('counts seven bouncing tips while nobody listens, and each of them once', async () => {
    field = new Field([await plan()]);
    const first = field;
    await until(() => first.states.has('rain-1'), 30_000);
    await first.host.stop();
    const stored = first.states.get('rain-1');
    gauge.rain(1.4);
    await until(() => board.pinLevel(2) !== undefined && gauge.tips >= 7);
    await pause(2000);
    field = new Field([await plan()], [['rain-1', stored]]);
    const second = field;
    await until(() => second.sum('rain-1', 'rain_amount') > 0, 30_000);
    await pause(2500);
    expect(second.sum('rain-1', 'rain_amount')).toBeCloseTo(1.4, 6);
  });

  test('switches an output, and says in its reading what the board says', async () => {
    field = new Field([await plan()]);
    const { links, host } = field;
    await until(() => links.some(({ device, isUp }) => device === 'siren-1' && isUp), 30_000);
    await expect(host.command('siren-1', 'on', true)).resolves.toBeUndefined();
    await until(() => board.pinLevel(8) === 'high');
    const switched = field;
    await until(() => switched.latest('siren-1', 'on')?.value === true);
  });

  test('a reset of the board without its memory is seen: the next rain is doubtful, and no tip is lost', async () => {
    field = new Field([await plan()]);
    const running = field;
    await until(() => running.states.has('rain-1'), 30_000);
    const before = running.sum('rain-1', 'rain_amount');
    const told = running.links.length;
    board.reset('power');
    gauge.rain(0.4);
    await until(() => running.sum('rain-1', 'rain_amount') > before + 0.3, 60_000);
    expect(running.sum('rain-1', 'rain_amount') - before).toBeCloseTo(0.4, 6);
    expect(running.links.slice(told).map(({ why }) => why)).toContain('the board was reset');
    const doubtful = running.samples.filter(
      ({ channel, why }) => channel === 'rain_amount' && why?.includes('device_fault'),
    );
    expect(doubtful.map(({ quality }) => quality)).toEqual(['suspect']);
  });

  test('an unplugged board is a fault with a reason, and comes back by itself', async () => {
    field = new Field([await plan()]);
    const { links } = field;
    await until(() => links.filter(({ isUp }) => isUp).length >= 4, 30_000);
    port.unplug();
    await until(() => links.some(({ device, isUp, why }) => device === 'rain-1' && !isUp && why !== undefined));
    const told = links.length;
    await port.plug();
    await until(() => links.slice(told).some(({ device, isUp }) => device === 'rain-1' && isUp), 30_000);
    expect(links.slice(0, told).find(({ device, isUp }) => device === 'rain-1' && !isUp)?.why).toMatch(/\w/);
  });
});

const meanOf = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

describeWith(['socat'], 'a serial sensor on a virtual port', () => {
  const cycles = Number(process.env['LAMPPOST_UNPLUGS'] ?? 200);
  /** One child looks after all of them, so that its memory sees every unplug. */
  const portsAtOnce = 4;
  /** What a process may grow by while its port comes and goes; a leak of 10 kB a cycle is more. */
  const mostGrowthKiB = 4096;

  test(`${cycles} unplugs: each time it comes back, and memory stays flat`, { timeout: cycles * 3000 }, async () => {
    const ports = await Promise.all(Array.from({ length: portsAtOnce }, () => VirtualPort.create()));
    const line = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const;
    const setup = await setupOf('dfrobot/a02yyuw', { sensorHeight: '3200 mm', datum: 'road' });
    const before = new Set(await childrenOf(process.pid));
    const works = ports.map(({ path }, index): WorkPlan => ({
      kind: 'line',
      source: { kind: 'serial', path, line },
      device: { device: `u-${index}`, setup, everyMs: 1000 },
    }));
    field = new Field([{ kind: 'shared', works }]);
    const { links } = field;
    const started = (await childrenOf(process.pid)).filter((pid) => !before.has(pid));
    const frames = setInterval(() => ports.forEach((port) => port.send(Uint8Array.of(0xff, 0x07, 0xa1, 0xa7))), 20);
    const resident: number[] = [];
    let unplugs = 0;
    const unplugAgainAndAgain = async (port: VirtualPort, index: number): Promise<void> => {
      const own = (): typeof links => links.filter(({ device }) => device === `u-${index}`);
      for (let cycle = 1; cycle <= cycles / portsAtOnce; cycle++) {
        await port.plug();
        await until(() => own().filter(({ isUp }) => isUp).length >= cycle, 10_000);
        await port.unplug();
        await until(() => own().at(-1)?.isUp === false, 10_000);
        const [child] = started;
        if (++unplugs % 10 === 0 && child !== undefined) resident.push(await residentKiB(child));
      }
    };
    try {
      await Promise.all(ports.map(unplugAgainAndAgain));
    } finally {
      clearInterval(frames);
      await Promise.all(ports.map((port) => port.close()));
    }
    expect(unplugs).toBe(cycles);
    const half = Math.floor(resident.length / 2);
    expect(resident.length).toBeGreaterThanOrEqual(Math.floor(cycles / 10));
    expect(meanOf(resident.slice(half)) - meanOf(resident.slice(0, half))).toBeLessThan(mostGrowthKiB);
  });

  test('garbage and a flood at ten times the line rate are told, and disturb nobody', async () => {
    const noisy = await VirtualPort.create();
    const calm = await VirtualPort.create();
    const line = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const;
    const setup = await setupOf('dfrobot/a02yyuw', { sensorHeight: '3200 mm', datum: 'road' });
    const lineOf = (device: string, path: string): WorkPlan => ({
      kind: 'line',
      source: { kind: 'serial', path, line },
      device: { device, setup, everyMs: 1000 },
    });
    await noisy.plug();
    await calm.plug();
    field = new Field([{ kind: 'shared', works: [lineOf('noisy', noisy.path), lineOf('calm', calm.path)] }]);
    const { samples, garbage } = field;
    const rubbish = Uint8Array.from({ length: 960 }, (_unused, index) => (index * 31) % 255);
    const flood = setInterval(() => noisy.send(rubbish), 100);
    const frames = setInterval(() => calm.send(Uint8Array.of(0xff, 0x07, 0xa1, 0xa7)), 100);
    try {
      await until(() => samples.filter(({ device }) => device === 'calm').length >= 8, 30_000);
    } finally {
      clearInterval(flood);
      clearInterval(frames);
      await noisy.close();
      await calm.close();
    }
    expect(
      samples.filter(({ device, channel }) => device === 'calm' && channel === 'distance').map(({ value }) => value),
    ).toEqual(expect.arrayContaining([1.953]));
    expect(samples.some(({ device }) => device === 'noisy')).toBe(false);
    expect(garbage.some((told) => told.startsWith('noisy'))).toBe(true);
    expect(garbage.length).toBeLessThan(30);
  });
});
