import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { RangeSet } from '../model/ranges.ts';
import { systemClock } from '../platform/clock.ts';
import { dialMqtt } from '../platform/mqtt-wire.ts';
import { fastClock } from '../test/fakes/fast-clock.ts';
import { City, Gateway } from '../test/forward/city.ts';
import { addAlarm, addReadings } from '../test/forward/fill.ts';
import { MuteBroker } from '../test/forward/mute-broker.ts';
import { LinkProxy } from '../test/link-proxy.ts';
import { Mosquitto } from '../test/mosquitto.ts';
import { describeWith } from '../test/tools.ts';
import { until } from '../test/wait.ts';

const never = new AbortController().signal;

describeWith(['mosquitto'], 'bad links', () => {
  test('a link that swallows everything is noticed by the ack timer, by nothing else, and the drain goes on', async () => {
    await using mosquitto = await Mosquitto.start();
    await using link = await LinkProxy.to(mosquitto.port, { bitsPerSecond: 4e6 });
    await using city = await City.open(mosquitto.url);
    await using gateway = await Gateway.open(link.url, {}, fastClock(4));
    // A client without an ack timer on the same line: the control.
    const naive = await dialMqtt({ url: link.url, clientId: 'naive', protocol: 5 }, never);
    let naiveNoticed: string | undefined;
    void naive.ended.then((why) => (naiveNoticed = why));
    for (let part = 0; part < 50; part++) addReadings(gateway.journal, 100, Date.now());
    await gateway.journal.settled();
    gateway.forwarder.start();
    await until(() => gateway.waiting < 3500);
    link.swallow();
    link.mend(); // for new connections; those that were up are dead for good
    const began = systemClock.mono();
    const naiveAck = naive.publish('naive', 'hello');
    const attempts = link.attempts;
    await until(() => link.attempts > attempts);
    const noticedAfterMs = (systemClock.mono() - began) * 4;
    await gateway.delivered();
    gateway.forwarder.poke();
    await until(() => city.isComplete);
    expect(city.entries.size).toBe(5000);
    expect(city.repeated).toBe(0);
    expect(naiveNoticed).toBeUndefined();
    expect(await Promise.race([naiveAck, wait(0)])).toBeUndefined();
    expect(noticedAfterMs).toBeGreaterThan(3000); // what waited was sent some time before
    expect(noticedAfterMs).toBeLessThan(30_000);
    console.info(`half-open link noticed after ${Math.round(noticedAfterMs)} ms (on its clock)`);
    naive.destroy();
  });

  test('at 64 kbit/s an alarm raised in mid-drain is acked within three seconds', async () => {
    await using mosquitto = await Mosquitto.start();
    await using link = await LinkProxy.to(mosquitto.port, { bitsPerSecond: 64_000, roundTripMs: 300 });
    await using naiveLink = await LinkProxy.to(mosquitto.port, { bitsPerSecond: 64_000, roundTripMs: 300 });
    await using city = await City.open(mosquitto.url);
    await using gateway = await Gateway.open(link.url);
    for (let part = 0; part < 20; part++) addReadings(gateway.journal, 100, Date.now());
    await gateway.journal.settled();
    gateway.forwarder.start();
    // The control: whoever hands everything to the socket at once.
    const naive = await dialMqtt({ url: naiveLink.url, clientId: 'naive', protocol: 5 }, never);
    for (let batch = 0; batch < 8; batch++) void naive.publish('naive', Buffer.alloc(16_000));
    let naiveLateMs = Number.POSITIVE_INFINITY;
    const naiveBegan = systemClock.mono();
    void naive.publish('naive', 'alarm').then(() => (naiveLateMs = systemClock.mono() - naiveBegan));
    const lateness: number[] = [];
    for (let alarm = 0; alarm < 3; alarm++) {
      await wait(800 + 300 * alarm);
      expect(gateway.waiting).toBeGreaterThan(100);
      const seq = gateway.journal.nextSeq;
      const began = systemClock.mono();
      addAlarm(gateway.journal, Date.now(), 'active', `rule-${alarm}`);
      const own = gateway.journal.upstream('city').deliveredOf(gateway.journal.epoch);
      await until(() => own.has(seq));
      lateness.push(Math.round(systemClock.mono() - began));
    }
    expect(Math.max(...lateness)).toBeLessThan(3000);
    expect(naiveLateMs).toBeGreaterThan(3000);
    expect(city.alarms).toHaveLength(3);
    console.info(`64 kbit/s: alarms acked after ${lateness.join(', ')} ms; without a window not within 3000 ms`);
    naive.destroy();
  });

  test('at 20 kbit/s a backlog gets through on one connection, and an alarm does not wait for its end', async () => {
    await using mosquitto = await Mosquitto.start();
    await using link = await LinkProxy.to(mosquitto.port, { bitsPerSecond: 20_000, roundTripMs: 600 });
    await using city = await City.open(mosquitto.url);
    await using gateway = await Gateway.open(link.url, { encoding: 'zstd' });
    for (let part = 0; part < 12; part++) addReadings(gateway.journal, 100, Date.now());
    await gateway.journal.settled();
    gateway.forwarder.start();
    await until(() => gateway.waiting > 0 && gateway.waiting < 1200);
    addAlarm(gateway.journal, Date.now(), 'active', 'water');
    await until(() => city.alarms.length === 1);
    const waitedBehind = gateway.waiting;
    await gateway.delivered();
    gateway.forwarder.poke();
    await until(() => city.isComplete);
    expect(waitedBehind).toBeGreaterThan(100);
    expect(city.entries.size).toBe(1201);
    expect(link.attempts).toBe(1);
  });

  test('an upstream that never acks is left again and again, and gets everything when it is mended', async () => {
    await using mosquitto = await Mosquitto.start();
    await using broker = await MuteBroker.before(mosquitto.port);
    await using city = await City.open(mosquitto.url);
    await using gateway = await Gateway.open(broker.url, {}, fastClock(20));
    for (let part = 0; part < 10; part++) addReadings(gateway.journal, 100, Date.now());
    await gateway.journal.settled();
    gateway.forwarder.start();
    await until(() => broker.muted >= 3);
    expect(gateway.waiting).toBe(1000);
    expect(city.entries.size).toBe(0);
    broker.makeGood();
    await gateway.delivered();
    gateway.forwarder.poke();
    await until(() => city.isComplete);
    expect(city.entries.size).toBe(1000);
  });

  test('a link that breaks every two seconds: the drain goes on from ack to ack', async () => {
    await using mosquitto = await Mosquitto.start();
    await using link = await LinkProxy.to(mosquitto.port, { bitsPerSecond: 8e6, roundTripMs: 10 });
    await using city = await City.open(mosquitto.url);
    await using gateway = await Gateway.open(link.url, {}, fastClock(10));
    for (let part = 0; part < 50; part++) addReadings(gateway.journal, 100, Date.now());
    await gateway.journal.settled();
    gateway.forwarder.start();
    let cuts = 0;
    for (; gateway.waiting > 0 && cuts < 200; cuts++) {
      await wait(2000 / 10); // the gateway's clock is ten times as fast
      link.cut();
    }
    await gateway.delivered();
    gateway.forwarder.poke();
    await until(() => city.isComplete);
    expect(cuts).toBeGreaterThan(5);
    expect(
      RangeSet.of(city.ledger.toJSON().gateways['lp-test']?.epochs[gateway.journal.epoch]?.entries ?? []).size,
    ).toBe(5000);
    expect(city.repeated).toBe(0);
    console.info(
      `${cuts} cuts, ${link.attempts} connections, ${city.ledger.report().gateways[0]?.duplicates} came twice`,
    );
  });
});
