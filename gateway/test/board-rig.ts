import { readFileSync } from 'node:fs';
import { VirtualBoard } from '../../hardware/simulator/board.ts';
import { BoardSession } from '../field/board-session.ts';
import type { DevicePlan, FromChild } from '../field/protocol.ts';
import type { Link, OpenLink } from '../field/transports/link.ts';
import type { Sample } from '../model/reading.ts';
import { rootPath } from '../platform/root.ts';
import { FakeClock } from './fakes/fake-clock.ts';

const hex = readFileSync(rootPath('hardware/firmware/lamppost-node.hex'), 'utf8');

/** Steps of simulated time: board and gateway see each other's bytes a step later. */
const stepMs = 10;

/** A node board with its real firmware and a gateway's session with it, both in one simulated time. */
export class BoardRig {
  readonly board: VirtualBoard;
  readonly clock: FakeClock = new FakeClock();
  readonly said: FromChild[] = [];
  /** Numbers that the session may draw for boards without one. */
  readonly draws: number[] = [];
  #session: BoardSession | undefined;
  #unplug: () => void = () => {};

  constructor(eeprom?: Uint8Array) {
    this.board = new VirtualBoard(eeprom ? { hex, eeprom } : { hex });
  }

  /** Begins a session, as a field child does, and lets time pass until every device is there. */
  async connect(devices: readonly DevicePlan[], ms = 2000): Promise<void> {
    const { clock } = this;
    const open: OpenLink = async () => {
      const { link, unplug } = boardLink(this.board);
      this.#unplug = unplug;
      return link;
    };
    const send = (message: FromChild): void => void this.said.push(message);
    const source = { kind: 'local', path: 'simulated' } as const;
    this.#session = new BoardSession({ source, devices, open, clock, send, draw: () => this.draws.shift() ?? 1 });
    void this.#session.run();
    await this.run(ms);
  }

  async run(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.board.runMs(stepMs);
      await this.clock.advance(stepMs);
      if (passed % 100 === 0) this.#session?.tick();
    }
  }

  unplug(): void {
    this.#unplug();
  }

  get samples(): readonly Sample[] {
    return this.said.flatMap((message) => (message.kind === 'samples' ? message.samples : []));
  }

  /** Values of one channel in order. */
  values(channel: string): readonly Sample['value'][] {
    return this.samples.filter((sample) => sample.channel === channel).map(({ value }) => value);
  }

  /** What was stored last for a device. */
  state(device: string): unknown {
    const own = this.said.filter((message) => message.kind === 'samples').filter((said) => said.device === device);
    return own.findLast(({ state }) => state !== undefined)?.state;
  }

  /** What was said of links, newest last. */
  get links(): readonly { readonly device: string; readonly isUp: boolean; readonly why?: string }[] {
    return this.said.filter((message) => message.kind === 'link');
  }
}

/** A link to a board. Opening the port resets an Uno (DTR): it greets, and its counts go on. */
export function boardLink(board: VirtualBoard): { readonly link: Link; readonly unplug: () => void } {
  const { promise, resolve } = Promise.withResolvers<string>();
  let listener: ((bytes: Uint8Array) => void) | undefined;
  board.reset('external');
  const stop = board.onSend((bytes) => listener?.(bytes));
  const end = (why: string): void => {
    stop();
    resolve(why);
  };
  const link: Link = {
    write: (bytes) => board.send(bytes),
    onData: (next) => void (listener = next),
    pause: () => {},
    resume: () => {},
    close: async () => end('closed'),
    ended: promise,
  };
  return { link, unplug: () => end('unplugged') };
}
