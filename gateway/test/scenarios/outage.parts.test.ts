import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Fresh } from '../../forward/receiver/ledger.ts';
import { Ledger } from '../../forward/receiver/ledger.ts';
import { receive } from '../../forward/receiver/receive.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemIds } from '../../platform/ids.ts';
import { dialMqtt } from '../../platform/mqtt-wire.ts';
import { Site } from '../cli/lamppost.ts';
import { seeded } from '../fakes/fault-disk.ts';
import { LinkProxy } from '../link-proxy.ts';
import { Mosquitto, withMemory } from '../mosquitto.ts';
import { Publisher } from '../publisher.ts';
import { describeWith } from '../tools.ts';
import { until } from '../wait.ts';

const readings = 20_000;
const kills = 20;
const seed = Number(process.env['LAMPPOST_SEED'] ?? 20_261_122);
/** This message raises the alarm. */
const alarming = 9000;

const config = (url: string, protocol: string): string => `
gateway: { id: lp-test }
broker: { port: {port} }
web: { port: 0 }
devices:
  - { id: pump-house, profile: generic/water-level, source: ingest, settings: { datum: floor } }
alarms:
  - { id: too-high, when: { device: pump-house, channel: level, above: 100 m }, severity: critical }
upstreams:
  - { id: city, url: '${url}', protocol: '${protocol}', encoding: zstd }
`;

/** Each message has a value of its own, in the resolution of the channel. */
const valueOf = (number: number): number => (number === alarming ? 101 : number / 1000);

describeWith(['mosquitto'], 'the city is out of reach', () => {
  test.for(['5', '3.1.1'])(
    `${readings} readings and ${kills} kills later everything acked arrives, once, alarm first (MQTT %s)`,
    { timeout: 300_000 },
    async (protocol) => {
      const chance = seeded(seed);
      await using city = await Mosquitto.start(withMemory);
      const link = await LinkProxy.to(city.port);
      const site = await Site.make(config(link.url, protocol));
      const ledger = new Ledger();
      const arrived: Fresh[] = [];
      const stop = new AbortController();
      const options = {
        wire: { url: city.url },
        protocol: 5,
        prefix: 'city',
        ledger,
        dial: dialMqtt,
        clock: systemClock,
        ids: systemIds,
      } as const;
      const receiving = receive(options, { fresh: (fresh) => void arrived.push(fresh) }, stop.signal);
      try {
        link.refuse();
        await site.start();
        const publisher = new Publisher(`mqtt://127.0.0.1:${site.port}`, readings, (number) => ({
          topic: 'lamppost/1/lp-test/ingest/pump-house',
          payload: JSON.stringify({ level: valueOf(number), ref: `n${number}` }),
        }));
        const publishing = publisher.run(100);
        for (let kill = 0; kill < kills; kill++) {
          await wait(100 + chance() * 900);
          await site.kill();
          await site.start();
        }
        await publishing;
        expect(publisher.acked).toHaveLength(readings);
        expect(arrived).toEqual([]);
        link.mend();
        await until(() => ledger.report().isComplete && arrived.length > readings, 120_000);

        const values = arrived.flatMap((fresh) => (fresh.kind === 'reading' ? [fresh.entry.value] : []));
        expect(values).toHaveLength(readings);
        expect(new Set(values)).toEqual(new Set(publisher.acked.map(valueOf)));
        const ids = arrived.flatMap((fresh) => ('entry' in fresh ? [fresh.entry.id] : []));
        expect(new Set(ids).size).toBe(ids.length);
        expect(arrived.findIndex(({ kind }) => kind === 'alarm')).toBeLessThan(
          arrived.findIndex(({ kind }) => kind === 'reading'),
        );
        const [report] = ledger.report().gateways;
        expect(report?.epochs.length).toBeGreaterThan(kills / 2);
        expect(publisher.connections).toBeGreaterThan(kills / 2);
        expect(ledger.report().violations).toBe(0);
      } finally {
        stop.abort();
        await receiving;
        await site.remove();
        await link.close();
      }
    },
  );
});
