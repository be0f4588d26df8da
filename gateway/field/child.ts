import { systemClock } from '../platform/clock.ts';
import { BoardSession } from './board-session.ts';
import { HeaderSession } from './header-session.ts';
import { LiveCalibrations } from './live-calibrations.ts';
import { Outbox } from './outbox.ts';
import { aliveEveryMs, type ChildPlan, type FromChild, type ToChild } from './protocol.ts';
import { systemCalls } from './transports/linux/syscalls.ts';
import { openLink } from './transports/open.ts';
import { startWork, type Work } from './work.ts';

/**
 * The entry of a field child: a process that may fall without harm. It looks after serial lines or one board, hands
 * samples to the core, and ends when the core does.
 */

/** How often ended periods are looked for. */
const tickMs = 100;

let outbox: Outbox | undefined;
const works: Work[] = [];
let coreHeardMono = systemClock.mono();
const calibrations = new LiveCalibrations();

function toCore(message: FromChild): void {
  if (process.connected) process.send?.(message);
}

function send(message: FromChild): void {
  if (message.kind === 'samples') outbox?.add(message);
  else toCore(message);
}

function begin(plan: ChildPlan, credits: number): void {
  outbox = new Outbox({ credits, send: toCore, onFull: (isFull) => works.forEach((work) => work.setPaused(isFull)) });
  const common = { clock: systemClock, open: openLink, send };
  if (plan.kind === 'shared') {
    works.push(...plan.works.map((work) => startWork(work, common)));
  } else {
    const { source, devices } = plan;
    const coreSilentMs = (): number => systemClock.mono() - coreHeardMono;
    const board =
      source.kind === 'gpio'
        ? new HeaderSession({ ...common, ...source, devices, calls: systemCalls, coreSilentMs })
        : new BoardSession({ ...common, source, devices });
    works.push(board);
    // The last messages need a moment on the channel before the process may end.
    void board.run().then(() => setTimeout(() => process.exit(1), 50));
  }
  setInterval(() => works.forEach((work) => work.tick()), tickMs);
  setInterval(() => toCore({ kind: 'alive' }), aliveEveryMs);
}

/** Resolves with why it could not be done. */
async function carryOut(device: string, name: string, value: boolean): Promise<string | undefined> {
  const work = works.find(({ devices }) => devices.includes(device));
  return work?.command ? work.command(device, name, value) : 'this device takes no commands';
}

/** Nobody is there any more to say what outputs should do. */
function end(): void {
  for (const work of works) work.release?.();
  process.exit(0);
}

process.on('message', (message: ToChild) => {
  coreHeardMono = systemClock.mono();
  switch (message.kind) {
    case 'plan':
      begin(calibrations.follow(message.plan), message.credits);
      break;
    case 'alive':
      break;
    case 'end':
      end();
      break;
    case 'credits':
      outbox?.grant(message.count);
      break;
    case 'kept': {
      const { device, receipt, isKept } = message;
      works.find(({ devices }) => devices.includes(device))?.kept?.(receipt, isKept);
      break;
    }
    case 'calibrations':
      calibrations.set(message.device, message.calibrations);
      break;
    case 'command': {
      const { id, device, name, value } = message;
      void carryOut(device, name, value).then((why) =>
        toCore({ kind: 'result', id, ...(why === undefined ? {} : { why }) }),
      );
      break;
    }
  }
});
process.on('disconnect', end);
// The core decides when to stop; a Ctrl+C in the terminal reaches its children too.
process.on('SIGINT', () => {});
