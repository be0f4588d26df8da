import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { City, Gateway } from '../test/forward/city.ts';
import { addAlarm, addReadings } from '../test/forward/fill.ts';
import { LinkProxy } from '../test/link-proxy.ts';
import { Mosquitto, withMemory } from '../test/mosquitto.ts';
import { describeWith } from '../test/tools.ts';
import { until } from '../test/wait.ts';

describeWith(['mosquitto'], 'a journal, the forwarder, a broker and the reference receiver', () => {
  const dialects = [
    { protocol: 5, encoding: 'json' },
    { protocol: 4, encoding: 'zstd' },
  ] as const;
  test.for(dialects)(
    'five thousand readings and ten alarms arrive once each: MQTT $protocol, $encoding',
    async (how) => {
      await using mosquitto = await Mosquitto.start();
      await using city = await City.open(mosquitto.url, { protocol: how.protocol });
      await using gateway = await Gateway.open(mosquitto.url, how);
      const { journal, forwarder } = gateway;
      for (let part = 0; part < 50; part++) {
        if (part === 25) forwarder.start();
        addReadings(journal, 100, Date.now());
        if (part % 5 === 0) addAlarm(journal, Date.now());
        if (part > 25) await wait(10);
      }
      await gateway.delivered();
      forwarder.poke(); // or wait up to a minute for the status that tells the head
      await until(() => city.isComplete);
      expect(city.entries.size).toBe(5010);
      expect(city.alarms).toHaveLength(10);
      expect(city.repeated).toBe(0);
      expect(city.ledger.report()).toMatchObject({ violations: 0, gateways: [{ duplicates: 0, state: 'online' }] });
      expect(forwarder.view).toMatchObject({ state: 'online', protocol: how.protocol, acked: 5010 });
      await forwarder.stop();
      await until(() => city.ledger.report().gateways[0]?.state === 'offline');
    },
  );

  test('a broker that is killed in mid-drain and comes back gets what it had not acked, and the proof holds', async () => {
    await using mosquitto = await Mosquitto.start(withMemory);
    await using link = await LinkProxy.to(mosquitto.port, { bitsPerSecond: 6e6, roundTripMs: 20 });
    await using city = await City.open(mosquitto.url);
    await using gateway = await Gateway.open(link.url);
    for (let part = 0; part < 50; part++) addReadings(gateway.journal, 100, Date.now());
    await gateway.journal.settled();
    gateway.forwarder.start();
    for (const share of [0.2, 0.5, 0.8]) {
      await until(() => gateway.waiting < 5000 * (1 - share));
      await mosquitto.kill();
      expect(gateway.waiting).toBeGreaterThan(0);
      await wait(200);
      await mosquitto.launch();
    }
    await gateway.delivered();
    gateway.forwarder.poke();
    await until(() => city.isComplete);
    expect(city.entries.size).toBe(5000);
    expect(city.repeated).toBe(0);
    expect(city.links.filter((state) => state === 'online').length).toBeGreaterThan(1);
    const [report] = city.ledger.report().gateways;
    console.info(`broker killed 3 times: ${link.attempts} connections, ${report?.duplicates} entries came twice`);
  });

  test('control: what a broker acks while its subscriber is away and forgotten is missing, and the ledger says what', async () => {
    await using mosquitto = await Mosquitto.start();
    await using gateway = await Gateway.open(mosquitto.url);
    gateway.forwarder.start();
    addReadings(gateway.journal, 300, Date.now());
    await gateway.delivered();
    await using city = await City.open(mosquitto.url);
    addReadings(gateway.journal, 200, Date.now());
    await gateway.delivered();
    gateway.forwarder.poke();
    await until(() => city.entries.size === 200);
    await until(() => city.ledger.report().gateways[0]?.epochs[0]?.head === 500);
    expect(city.ledger.report()).toMatchObject({
      isComplete: false,
      gateways: [{ epochs: [{ completeUpTo: 0, missing: 300, missingRanges: [[1, 300]] }] }],
    });
  });

  test('a broker that speaks 3.1.1 only is spoken to in 3.1.1, by the gateway and by the receiver', async () => {
    await using mosquitto = await Mosquitto.start();
    await using old = await oldBroker(mosquitto.port);
    const url = `mqtt://127.0.0.1:${(old.address() as AddressInfo).port}`;
    await using city = await City.open(url);
    await using gateway = await Gateway.open(url);
    addReadings(gateway.journal, 100, Date.now());
    gateway.forwarder.start();
    await gateway.delivered();
    gateway.forwarder.poke();
    await until(() => city.isComplete);
    expect(gateway.forwarder.view).toMatchObject({ state: 'online', protocol: 4 });
  });

  test('a broker with a limit for messages gets them in pieces', async () => {
    await using mosquitto = await Mosquitto.start(['message_size_limit 5000']);
    await using city = await City.open(mosquitto.url);
    await using gateway = await Gateway.open(mosquitto.url);
    addReadings(gateway.journal, 1000, Date.now());
    gateway.forwarder.start();
    await gateway.delivered();
    gateway.forwarder.poke();
    await until(() => city.isComplete);
    expect(city.entries.size).toBe(1000);
    expect(city.ledger.report().gateways[0]?.epochs[0]?.gaps).toEqual([]);
  });
});

/** Knows no MQTT 5: answers it with CONNACK 1 and hangs up, as mosquitto did before 1.6. All else goes to `port`. */
async function oldBroker(port: number): Promise<Server & AsyncDisposable> {
  const server = createServer((client) => {
    client.on('error', () => {});
    client.once('data', (bytes) => {
      if (bytes[bytes.indexOf('MQTT') + 4] === 5) {
        client.end(Buffer.from([0x20, 2, 0, 1]));
        return;
      }
      const target = connect(port, '127.0.0.1');
      target.on('error', () => client.destroy());
      client.on('close', () => target.destroy());
      target.write(bytes);
      client.pipe(target).pipe(client);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
