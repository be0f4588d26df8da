import type { Clock } from '../platform/clock.ts';
import { BusSession } from './bus-session.ts';
import { LineSession } from './line-session.ts';
import { devicesOfWork, type FromChild, type WorkPlan } from './protocol.ts';
import type { OpenLink } from './transports/link.ts';

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
  const forever = new AbortController().signal;
  const session =
    plan.kind === 'bus' ? new BusSession({ ...context, ...plan }) : new LineSession({ ...context, ...plan });
  void session.run(forever);
  return {
    devices,
    tick: () => session.tick(),
    setPaused: (isPaused) => session.setPaused(isPaused),
    ...('command' in session
      ? { command: (device: string, name: string, value: boolean) => session.command(device, name, value) }
      : {}),
    ...('kept' in session ? { kept: (receipt: number, isKept: boolean) => session.kept(receipt, isKept) } : {}),
  };
}
