import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { SimulatedPort } from '../../../hardware/simulator/port.ts';
import { testLinkContract } from '../../test/contracts/link.ts';
import { freePort } from '../../test/free-port.ts';
import { VirtualPort } from '../../test/pty.ts';
import { describeWith } from '../../test/tools.ts';
import { openLink } from './open.ts';
import { until } from '../../test/wait.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

describeWith(['socat'], 'serial port', () => {
  testLinkContract(async () => {
    const port = await VirtualPort.create();
    cleanUps.push(() => port.close());
    await port.plug();
    const line = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const;
    return {
      open: () => openLink({ kind: 'serial', path: port.path, line }),
      send: (bytes) => port.send(bytes),
      got: () => port.got,
      unplug: () => port.unplug(),
    };
  });

  test('a port that is not there is told in plain words', async () => {
    const line = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const;
    await expect(openLink({ kind: 'serial', path: '/dev/no-such-port', line })).rejects.toThrow(
      /^nothing is plugged in at \/dev\/no-such-port$/,
    );
  });
});

describe('serial-to-Ethernet box', () => {
  testLinkContract(async () => {
    const sockets: Socket[] = [];
    const got: number[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('data', (bytes: Buffer) => got.push(...bytes));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    cleanUps.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return {
      open: () => openLink({ kind: 'tcp', host: '127.0.0.1', port }),
      send: (bytes) => void sockets.at(-1)?.write(bytes),
      got: () => got,
      unplug: async () => void sockets.at(-1)?.destroy(),
    };
  });

  test('a box that is not there is an error with words', async () => {
    await expect(openLink({ kind: 'tcp', host: '127.0.0.1', port: 1 })).rejects.toThrow('ECONNREFUSED');
  });
});

const startListening = async (): Promise<{
  port: number;
  dial: () => Promise<Socket>;
  peers: Socket[];
  got: number[];
}> => {
  const port = await freePort();
  const peers: Socket[] = [];
  const got: number[] = [];
  const dial = async (): Promise<Socket> => {
    for (;;) {
      const peer = connect({ host: '127.0.0.1', port, noDelay: true });
      const isThere = await new Promise<boolean>((resolve) => {
        peer.once('connect', () => resolve(true));
        peer.once('error', () => resolve(false));
      });
      if (!isThere) continue;
      peer.on('error', () => {}).on('data', (bytes: Buffer) => got.push(...bytes));
      peers.push(peer);
      return peer;
    }
  };
  cleanUps.push(async () => {
    for (const peer of peers) peer.destroy();
  });
  return { port, dial, peers, got };
};

describe('a port that a device dials', () => {
  testLinkContract(async () => {
    const { port, dial, peers, got } = await startListening();
    return {
      open: async () => {
        const opening = openLink({ kind: 'listen', host: '127.0.0.1', port });
        await dial();
        return opening;
      },
      send: (bytes) => void peers.at(-1)?.write(bytes),
      got: () => got,
      unplug: async () => void peers.at(-1)?.destroy(),
    };
  });

  test('ends when the device does not read its answers, and keeps no more than some', async () => {
    const { port, dial } = await startListening();
    const opening = openLink({ kind: 'listen', host: '127.0.0.1', port });
    (await dial()).pause();
    const link = await opening;
    const stop = systemClock.every(1, () => link.write(new Uint8Array(16_000)));
    expect(await link.ended).toBe('the other side does not read what it is sent');
    stop();
    await link.close();
  });

  test('stays open for a device that dials again: the latest connection counts, and nothing of it is lost', async () => {
    const { port, dial } = await startListening();
    const source = { kind: 'listen', host: '127.0.0.1', port } as const;
    const opening = openLink(source);
    await dial();
    const first = await opening;
    const second = await dial();
    second.write('before anybody reads');
    expect(await first.ended).toBe('the device dialled again');
    const next = await openLink(source);
    const got: number[] = [];
    next.onData((bytes) => void got.push(...bytes));
    await until(() => got.length >= 20);
    expect(Buffer.from(got).toString()).toBe('before anybody reads');
    second.destroy();
    expect(await next.ended).toBe('the other side closed the connection');
    const third = await dial();
    third.write('x');
    const last = await openLink(source);
    await last.close();
    await expect(new Promise((resolve) => connect(port, '127.0.0.1').once('error', resolve))).resolves.toBeTruthy();
  });

  test('that another program has is told in plain words', async () => {
    const { port } = await startListening();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    cleanUps.push(() => new Promise((resolve) => other.close(() => resolve())));
    await expect(openLink({ kind: 'listen', host: '127.0.0.1', port })).rejects.toThrow(
      `another program has port ${port} already`,
    );
  });
});

describe('simulated device', () => {
  testLinkContract(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'lamppost-port-'));
    const got: number[] = [];
    const path = join(directory, 'x.sock');
    const port = new SimulatedPort(path, (bytes) => got.push(...bytes));
    await port.plug();
    cleanUps.push(async () => {
      port.unplug();
      await rm(directory, { recursive: true, force: true });
    });
    return {
      open: () => openLink({ kind: 'local', path }),
      send: (bytes) => port.send(bytes),
      got: () => got,
      unplug: async () => port.unplug(),
    };
  });
});
