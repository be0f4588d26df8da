import { systemClock } from '../platform/clock.ts';
import { BoardSession } from './board-session.ts';
import { LineSession } from './line-session.ts';
import { Outbox } from './outbox.ts';
import { aliveEveryMs, type ChildPlan, type FromChild, type ToChild } from './protocol.ts';
import { openLink } from './transports/open.ts';

/**
 * The entry of a field child: a process that may fall without harm. It looks after serial lines or one board, hands
 * samples to the core, and ends when the core does.
 */

/** How often ended periods are looked for. */
const tickMs = 100;

interface Work {
  tick(): void;
  setPaused(isPaused: boolean): void;
}

let outbox: Outbox | undefined;
const works: Work[] = [];
let board: BoardSession | undefined;

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
  const stop = new AbortController();
  if (plan.kind === 'lines') {
    for (const line of plan.lines) {
      const session = new LineSession({ ...common, ...line });
      works.push(session);
      void session.run(stop.signal);
    }
  } else {
    board = new BoardSession({ ...common, source: plan.source, devices: plan.devices });
    works.push(board);
    // The last messages need a moment on the channel before the process may end.
    void board.run().then(() => setTimeout(() => process.exit(1), 50));
  }
  setInterval(() => works.forEach((work) => work.tick()), tickMs);
  setInterval(() => toCore({ kind: 'alive' }), aliveEveryMs);
}

process.on('message', (message: ToChild) => {
  switch (message.kind) {
    case 'plan':
      begin(message.plan, message.credits);
      break;
    case 'credits':
      outbox?.grant(message.count);
      break;
    case 'command': {
      const why = board ? board.command(message.device, message.value) : 'this device takes no commands';
      toCore({ kind: 'result', id: message.id, ...(why === undefined ? {} : { why }) });
      break;
    }
  }
});
process.on('disconnect', () => process.exit(0));
// The core decides when to stop; a Ctrl+C in the terminal reaches its children too.
process.on('SIGINT', () => {});
