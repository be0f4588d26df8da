import type { Metric } from './metrics.ts';

/** What the figures are made of. */
interface Observed {
  readonly journal: { readonly head: number; readonly usedBytes: number; readonly failing?: string };
  readonly broker: { readonly clients: number };
  readonly alarms: readonly { readonly severity: string }[];
  readonly devices: readonly {
    readonly description: { readonly device: string };
    readonly status: { readonly state: string } | undefined;
  }[];
  readonly links: readonly {
    readonly upstream: string;
    readonly state: string;
    readonly waiting: { readonly alarm: number; readonly live: number; readonly backfill: number };
    readonly acked: number;
    readonly sentBytes: number;
    readonly alarmLateness?: { readonly lastMs: number };
  }[];
}

/** The figures of a gateway; names are a contract for dashboards. */
export function gatewayMetrics({ journal, broker, alarms, devices, links }: Observed): readonly Metric[] {
  const perLink = (value: (link: Observed['links'][number]) => number): Metric['samples'] =>
    links.map((link) => ({ labels: { upstream: link.upstream }, value: value(link) }));
  return [
    gauge('lamppost_journal_head', 'Highest durable number of this life of the gateway', [{ value: journal.head }]),
    gauge('lamppost_journal_bytes', 'Disk space of the journal', [{ value: journal.usedBytes }]),
    gauge('lamppost_journal_failing', '1 while the journal cannot be written', [
      { value: journal.failing === undefined ? 0 : 1 },
    ]),
    gauge('lamppost_broker_clients', 'Connections to the local broker', [{ value: broker.clients }]),
    gauge('lamppost_alarms_open', 'Alarms that are active or acknowledged', [{ value: alarms.length }]),
    gauge(
      'lamppost_device_up',
      '1 while a device gives values',
      devices.map(({ description, status }) => ({
        labels: { device: description.device },
        value: status?.state === 'online' ? 1 : 0,
      })),
    ),
    gauge(
      'lamppost_upstream_up',
      '1 while an upstream takes what we send',
      perLink(({ state }) => (state === 'online' ? 1 : 0)),
    ),
    gauge(
      'lamppost_upstream_waiting',
      'Entries that an upstream has not acked',
      links.flatMap(({ upstream, waiting }) =>
        Object.entries(waiting).map(([lane, value]) => ({ labels: { upstream, lane }, value })),
      ),
    ),
    counter(
      'lamppost_upstream_acked_total',
      'Entries that an upstream has acked since the start',
      perLink(({ acked }) => acked),
    ),
    counter(
      'lamppost_upstream_sent_bytes_total',
      'Bytes sent to an upstream since the start',
      perLink(({ sentBytes }) => sentBytes),
    ),
    gauge(
      'lamppost_upstream_alarm_lateness_seconds',
      'From an alarm to the ack of its delivery, the last one',
      links.flatMap(({ upstream, alarmLateness }) =>
        alarmLateness ? [{ labels: { upstream }, value: alarmLateness.lastMs / 1000 }] : [],
      ),
    ),
  ];
}

const gauge = (name: string, help: string, samples: Metric['samples']): Metric => ({
  name,
  help,
  type: 'gauge',
  samples,
});
const counter = (name: string, help: string, samples: Metric['samples']): Metric => ({
  name,
  help,
  type: 'counter',
  samples,
});
