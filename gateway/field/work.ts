import type { Clock } from '../platform/clock.ts';
import { BusSession } from './bus-session.ts';
import { LineSession } from './line-session.ts';
import { thisMachine } from './machine/machine.ts';
import { machineReader } from './machine/probes.ts';
import { PolledSession } from './polled-session.ts';
import { devicesOfWork, type FromChild, type WorkPlan } from './protocol.ts';
import type { OpenLink } from './transports/link.ts';
import { sysfsReader } from './transports/linux/sysfs.ts';

/** Something that a child looks after, while it runs. */
export interface Work {
  /** Ids of its devices. */
  readonly devices: readonly string[];
  /** Gives what fell due; called a few times a second. */
  tick(): void;
  /** While paused nothing is read. */
  setPaused(isPaused: boolean): void;
  /** Whether what was sent with a receipt is durable. */
  kept?(receipt: number, isKept: boolean): void;
  /** Switches an output. Resolves with why it could not be done. */
  command?(device: string, name: string, value: boolean): Promise<string | undefined>;
  /** The process ends: outputs that nobody else looks after go to their safe level. */
  release?(): void;
}

export interface WorkContext {
  readonly clock: Clock;
  readonly open: OpenLink;
  readonly send: (message: FromChild) => void;
}

/** Starts a work for the life of the process. */
export function startWork(plan: WorkPlan, context: WorkContext): Work {
  const devices = devicesOfWork(plan).map(({ device }) => device);
  return Object.assign(sessionOf(plan, context), { devices });
}

function sessionOf(plan: WorkPlan, context: WorkContext): Omit<Work, 'devices'> {
  switch (plan.kind) {
    case 'bus': {
      const session = new BusSession({ ...context, ...plan });
      void session.run(new AbortController().signal);
      return session;
    }
    case 'line': {
      const session = new LineSession({ ...context, ...plan });
      void session.run(new AbortController().signal);
      return session;
    }
    case 'files': {
      const { connect } = plan.device.setup.profile;
      const files = connect.kind === 'sysfs' ? connect.files : {};
      return new PolledSession({ ...context, ...plan, ask: sysfsReader({ ...context, ...plan, files }) });
    }
    case 'machine':
      return new PolledSession({ ...context, ...plan, ask: machineReader(thisMachine, plan.directory) });
  }
}
