import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { dialMqtt } from '../platform/mqtt-wire.ts';
import { Lamppost } from '../test/cli/lamppost.ts';
import { Mosquitto } from '../test/mosquitto.ts';
import { describeWith } from '../test/tools.ts';

const status = {
  v: 1,
  gateway: 'lp-1',
  state: 'online',
  session: 'a',
  at: 1_795_346_307_375,
  every: 60_000,
  epoch: 7,
  epochs: { 7: 6 },
  waiting: { alarm: 0, live: 0, backfill: 0 },
};

describeWith(['mosquitto'], 'a receiver that starts late', () => {
  test('says how much is missing, what that means and what to do', async () => {
    await using city = await Mosquitto.start();
    const gateway = await dialMqtt({ url: city.url, clientId: 'lp-1', protocol: 5 }, AbortSignal.timeout(5000));
    await gateway.publish('city/lp-1/status', JSON.stringify(status), true);
    await gateway.end();
    const receiver = new Lamppost(['receive', city.url], { cwd: tmpdir() });
    await receiver.until(/with --ledger and --client-id/);
    const { code, err } = await receiver.stop('SIGINT');
    expect(err).toContain(
      'lp-1: 0 entries; complete up to 0 of 6, 6 still missing\n→ Missing is all that has not come',
    );
    expect(code).toBe(0);
  });
});
