import { localRights } from '../../gateway/broker/access.ts';
import { Broker } from '../../gateway/broker/broker.ts';
import type { Fresh, Ledger } from '../../gateway/forward/receiver/ledger.ts';
import { readLedger } from '../../gateway/forward/receiver/ledger-file.ts';
import { receive } from '../../gateway/forward/receiver/receive.ts';
import { GatewayError, reasonOf } from '../../gateway/model/errors.ts';
import { systemClock } from '../../gateway/platform/clock.ts';
import { systemIds } from '../../gateway/platform/ids.ts';
import { silentLog } from '../../gateway/platform/log.ts';
import { dialMqtt } from '../../gateway/platform/mqtt-wire.ts';
import type { CityView, FromCity, ToCity } from './city-protocol.ts';
import { CuttableLink } from './link.ts';

/**
 * The demo's city as a process: a small broker, the link to it, and the receiver that a city would run. Saves its
 * ledger and ends when it is told to or its channel closes.
 */

const viewEveryMs = 500;

const stop = new AbortController();
let link: CuttableLink | undefined;

function toCore(message: FromCity): void {
  if (process.connected) process.send?.(message);
}

async function begin({ port, prefix, ledgerFile }: Extract<ToCity, { kind: 'start' }>): Promise<void> {
  const ledger = await readLedger(ledgerFile);
  const broker = await Broker.listen({
    gateway: 'city',
    host: '127.0.0.1',
    port,
    log: silentLog,
    login: async () => localRights,
    receive: async () => {},
    what: { en: "The demo city's MQTT broker", zh: '演示平台的 MQTT 代理' },
    setting: { en: '`lamppost run --city-port`', zh: '`lamppost run --city-port`' },
  });
  link = new CuttableLink(broker.port);
  const linkPort = await link.listen();
  const counted = { reading: 0, alarm: 0 };
  const fresh = ({ kind }: Fresh): void => {
    if (kind === 'reading' || kind === 'alarm') counted[kind]++;
  };
  setInterval(() => toCore({ kind: 'view', view: viewOf(ledger, counted) }), viewEveryMs);
  toCore({ kind: 'ready', linkPort });
  const wire = { url: `mqtt://127.0.0.1:${broker.port}` };
  const common = { protocol: 4, dial: dialMqtt, clock: systemClock, ids: systemIds } as const;
  await receive({ wire, prefix, ledger, ledgerFile, ...common }, { fresh }, stop.signal);
}

function viewOf(ledger: Ledger, counted: { readonly reading: number; readonly alarm: number }): CityView {
  const { isComplete, gateways } = ledger.report();
  const epochs = gateways.flatMap((gateway) => gateway.epochs);
  return {
    readings: counted.reading,
    alarms: counted.alarm,
    isComplete,
    missing: epochs.reduce((sum, { missing }) => sum + missing, 0),
  };
}

function failed(error: unknown): void {
  const parts = error instanceof GatewayError ? { error: { code: error.code, params: error.params } } : {};
  toCore({ kind: 'failed', why: reasonOf(error), ...parts });
}

process.on('message', (message: ToCity) => {
  if (message.kind === 'start')
    void begin(message)
      .catch(failed)
      .finally(() => process.exit(0));
  else if (message.kind === 'link') link?.set(message.isUp);
  else stop.abort();
});
process.on('disconnect', () => (link ? stop.abort() : process.exit(0)));
process.on('SIGINT', () => {});
