import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fastClock } from '../test/fakes/fast-clock.ts';
import { City, Gateway } from '../test/forward/city.ts';
import { addAlarm, addReadings } from '../test/forward/fill.ts';
import { Mosquitto } from '../test/mosquitto.ts';
import { describeWith } from '../test/tools.ts';
import { until } from '../test/wait.ts';

describeWith(['mosquitto'], 'an upstream that refuses', () => {
  test('a wrong password is a refusal that waits, and when it is mended everything arrives', async () => {
    await using mosquitto = await Mosquitto.start(
      ['allow_anonymous false', 'password_file %DIR/users'],
      async (files) => {
        files.setPassword('city', 'right');
        files.setPassword('lp-test', 'another');
      },
    );
    await using city = await City.open(mosquitto.url, {
      wire: { url: mosquitto.url, username: 'city', password: 'right' },
    });
    const wire = { url: mosquitto.url, username: 'lp-test', password: 'right' };
    await using gateway = await Gateway.open(mosquitto.url, { wire }, fastClock(60));
    addReadings(gateway.journal, 500, Date.now());
    addAlarm(gateway.journal, Date.now());
    gateway.forwarder.start();
    await until(() => gateway.forwarder.view.state === 'refused');
    expect(gateway.forwarder.view.why).toMatch(/not authori[sz]ed|password/i);
    await wait(1500); // a minute and a half on its clock: it has tried again
    expect(gateway.waiting).toBe(501);
    mosquitto.setPassword('lp-test', 'right');
    mosquitto.reload();
    await gateway.delivered();
    gateway.forwarder.poke();
    await until(() => city.isComplete);
    expect(city.entries.size).toBe(501);
  });

  test('an access list that forbids us to publish throws nothing away with MQTT 5: refused, and on when it is mended', async () => {
    await using mosquitto = await withoutRights();
    await using city = await City.open(mosquitto.url);
    const wire = { url: mosquitto.url, username: 'lp-test' };
    await using gateway = await Gateway.open(mosquitto.url, { wire }, fastClock(60));
    addReadings(gateway.journal, 500, Date.now());
    addAlarm(gateway.journal, Date.now());
    gateway.forwarder.start();
    await until(() => gateway.forwarder.view.state === 'refused');
    expect(gateway.forwarder.view.why).toMatch(/not authorized/i);
    await wait(1500);
    expect(gateway.waiting).toBe(501);
    expect(gateway.journal.upstream('city').refused).toEqual(new Map());
    await giveRights(mosquitto);
    await gateway.delivered();
    gateway.forwarder.poke();
    await until(() => city.isComplete);
    expect(city.entries.size).toBe(501);
    expect(gateway.forwarder.view.state).toBe('online');
  });

  test('with 3.1.1 a broker acks what it throws away, which is why we warn; the receiver finds out', async () => {
    await using mosquitto = await withoutRights('user lp-test\ntopic write city/lp-test/status');
    await using city = await City.open(mosquitto.url);
    const wire = { url: mosquitto.url, username: 'lp-test' };
    await using gateway = await Gateway.open(mosquitto.url, { wire, protocol: 4 }, fastClock(60));
    // One batch: mosquitto 2.0.11 also hangs up after such an ack, and takes back the acks that are still on their way.
    addReadings(gateway.journal, 20, Date.now());
    gateway.forwarder.start();
    await gateway.delivered();
    expect(gateway.forwarder.view.acked).toBe(20);
    await until(() => city.ledger.report().gateways[0]?.epochs[0]?.head === 20);
    expect(city.entries.size).toBe(0);
    expect(city.ledger.report()).toMatchObject({
      isComplete: false,
      gateways: [{ epochs: [{ missing: 20, missingRanges: [[1, 20]] }] }],
    });
  });
});

/** A broker whose access list lets everybody read and nobody write, but for what `more` says. */
function withoutRights(more = ''): Promise<Mosquitto> {
  return Mosquitto.start(['allow_anonymous true', 'acl_file %DIR/rights'], (files) =>
    files.write('rights', `topic read #\n${more}`),
  );
}

async function giveRights(mosquitto: Mosquitto): Promise<void> {
  await mosquitto.write('rights', 'topic read #\nuser lp-test\ntopic readwrite city/lp-test/#');
  mosquitto.reload();
  await wait(100);
}
