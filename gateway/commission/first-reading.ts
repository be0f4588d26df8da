import { planChildren, type ConfiguredField } from '../field/plan.ts';
import { FieldHost } from '../field/host.ts';
import { withDevices, type ChildPlan, type DevicePlan } from '../field/protocol.ts';
import type { Sample } from '../model/reading.ts';
import { silentLog } from '../platform/log.ts';
import type { StartChild } from '../platform/children.ts';
import { sleep, type Clock } from '../platform/clock.ts';

export interface FirstReading {
  /** One of each channel, as the gateway would take it. */
  readonly samples: readonly Sample[];
  /** Why what came was not understood, the first time. */
  readonly garbage?: string;
  /** Why the device could not be reached, the last time. */
  readonly down?: string;
}

export interface FirstReadingOptions {
  readonly field: ConfiguredField;
  readonly device: string;
  readonly startChild: StartChild;
  readonly clock: Clock;
  readonly withinMs: number;
  readonly signal: AbortSignal;
  readonly onWait?: (leftMs: number) => void;
}

/** A period that is long enough for a device that streams, and short enough for somebody who waits. */
const leastEveryMs = 500;
/** After the first channel the others follow soon. */
const restMs = 1500;
const lookEveryMs = 100;

/** Whether a device is read by the gateway, so that one can wait for its reading. */
export function isRead(field: ConfiguredField, device: string): boolean {
  return plansFor(field, device).length > 0;
}

function plansFor(field: ConfiguredField, device: string): readonly ChildPlan[] {
  return planChildren({ ...field, devices: field.devices.filter(({ id }) => id === device) });
}

/**
 * Reads one device as the gateway would, in a process of its own, until each channel has a value. Afterwards the port is
 * free again.
 */
export async function firstReading(options: FirstReadingOptions): Promise<FirstReading> {
  const { field, device, startChild, clock, withinMs, signal, onWait } = options;
  const heard = new Map<string, Sample>();
  let [garbage, down]: (string | undefined)[] = [];
  const hear = (samples: readonly Sample[]): void => {
    for (const sample of samples) if (!heard.has(sample.channel)) heard.set(sample.channel, sample);
  };
  const host = new FieldHost({
    plans: plansFor(field, device).map(hurried),
    startChild,
    clock,
    log: silentLog,
    handlers: {
      samples: async (samples) => hear(samples),
      // Nothing is kept here, so that a logger is not told that it is.
      packet: async (_device, samples) => {
        hear(samples);
        return false;
      },
      time: () => {},
      link: (_device, isUp, why) => {
        down = isUp ? undefined : why;
      },
      garbage: (_device, why) => {
        garbage ??= why;
      },
      stateOf: () => undefined,
    },
  });
  const channels = Object.keys(field.devices.find(({ id }) => id === device)?.setup.profile.channels ?? {});
  host.start();
  let endMono = clock.mono() + withinMs;
  let isFirst = true;
  while (clock.mono() < endMono && !signal.aborted && heard.size < channels.length) {
    onWait?.(endMono - clock.mono());
    await sleep(clock, lookEveryMs, signal);
    if (heard.size > 0 && isFirst) {
      isFirst = false;
      endMono = Math.min(endMono, clock.mono() + restMs);
    }
  }
  await host.stop();
  const samples = channels.flatMap((channel) => heard.get(channel) ?? []);
  return { samples, ...(garbage === undefined ? {} : { garbage }), ...(down === undefined ? {} : { down }) };
}

/** The same plan with readings as often as the device allows. */
function hurried(plan: ChildPlan): ChildPlan {
  return plan.kind === 'shared'
    ? { ...plan, works: plan.works.map((work) => withDevices(work, faster)) }
    : { ...plan, devices: plan.devices.map(faster) };
}

function faster({ sampleMs: _often, burst: _near, deadBand: _still, ...device }: DevicePlan): DevicePlan {
  return { ...device, everyMs: Math.max(leastEveryMs, device.setup.profile.minEveryMs) };
}
