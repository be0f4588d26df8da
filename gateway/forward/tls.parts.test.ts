import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Authority } from '../test/certificates.ts';
import { Lamppost, Site } from '../test/cli/lamppost.ts';
import { Mosquitto } from '../test/mosquitto.ts';
import { describeWith } from '../test/tools.ts';

const config = (port: number, ca: string, files: Authority): string => `
gateway: { id: lp-test }
broker: { port: {port} }
web: { port: 0 }
devices:
  - { id: pump-house, profile: generic/water-level, source: ingest, settings: { datum: floor } }
upstreams:
  - id: city
    url: 'mqtts://127.0.0.1:${port}'
    ca: ${files.path(ca)}
    cert: ${files.path('gateway.pem')}
    key: ${files.path('gateway.key')}
`;

describeWith(['mosquitto', 'openssl'], 'a city that speaks TLS and wants to see a certificate', () => {
  let directory = '';
  let ours: Authority;
  let city: Mosquitto;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lamppost-tls-'));
    ours = new Authority(directory);
    for (const name of ['broker', 'gateway', 'receiver']) ours.issue(name);
    const stranger = new Authority(directory, 'stranger');
    stranger.issue('stranger-broker');
    city = await Mosquitto.start([
      `cafile ${ours.path('ca.pem')}`,
      `certfile ${ours.path('broker.pem')}`,
      `keyfile ${ours.path('broker.key')}`,
      'require_certificate true',
    ]);
  });
  afterAll(async () => {
    await city.close();
    await rm(directory, { recursive: true, force: true });
  });

  test('gets readings from a gateway with one, and gives them to a receiver with one', async () => {
    const site = await Site.make(config(city.port, 'ca.pem', ours));
    const files = ['ca', 'cert', 'key'].flatMap((option) => {
      const name = { ca: 'ca.pem', cert: 'receiver.pem', key: 'receiver.key' }[option] ?? '';
      return [`--${option}`, ours.path(name)];
    });
    const receiver = new Lamppost(['receive', `mqtts://127.0.0.1:${city.port}`, ...files], { cwd: directory });
    try {
      await receiver.until(/connected/);
      await site.start();
      await site.publish('ingest/pump-house', { level: 1.25, ref: 'a' });
      await receiver.until(/"value":1\.25/);
      expect((await receiver.stop('SIGINT')).out).toMatch(/"device":"pump-house","channel":"level".*"value":1\.25/);
    } finally {
      await receiver.stop('SIGINT');
      await site.remove();
    }
  });

  test('is not trusted under the name of another authority: everything waits, and the reason is told', async () => {
    const site = await Site.make(config(city.port, 'stranger.pem', ours));
    try {
      await site.start();
      await site.publish('ingest/pump-house', { level: 1.25, ref: 'a' });
      const { out } = await site.run(['backlog', '--json']);
      const { upstreams } = JSON.parse(out) as { upstreams: readonly { state: string; why?: string; acked: number }[] };
      expect(upstreams[0]).toMatchObject({ acked: 0 });
      expect(upstreams[0]?.state).not.toBe('online');
      expect(upstreams[0]?.why).toMatch(/certificate|signature/i);
    } finally {
      await site.remove();
    }
  });

  test('turns away whoever shows none', async () => {
    const args = ['receive', `mqtts://127.0.0.1:${city.port}`, '--ca', ours.path('ca.pem')];
    const receiver = new Lamppost(args, { cwd: directory });
    await receiver.until(/no connection \(.*(certificate|closed|alert|ended)/i);
    expect((await receiver.stop('SIGINT')).out).toBe('');
  });
});
