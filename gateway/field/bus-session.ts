import { reasonOf } from '../model/errors.ts';
import { sleep, type Clock } from '../platform/clock.ts';
import type { LineSettings } from '../profiles/connect.ts';
import type { Fields } from '../profiles/grammar.ts';
import { Backoff, mostPortPauseMs } from './backoff.ts';
import { BusLine, wireMs, type Heard } from './bus-line.ts';
import { BusMember } from './bus-member.ts';
import { BusSchedule } from './bus-schedule.ts';
import { fieldsOf, type Framing, type Question } from './decode/question.ts';
import type { BusDevicePlan, FromChild } from './protocol.ts';
import type { Link, LinkSource, OpenLink } from './transports/link.ts';

export interface BusOptions {
  readonly source: LinkSource;
  /** The speed decides how long things take; a TCP stream has none. */
  readonly line: LineSettings;
  readonly framing: Framing;
  readonly devices: readonly BusDevicePlan[];
  readonly open: OpenLink;
  readonly clock: Clock;
  readonly send: (message: FromChild) => void;
  /** How long a device is left alone after a time-out; see `quietAfter`. */
  readonly quietAfterMs?: (timeoutMs: number) => number;
}

/**
 * On a serial line nothing tells an answer that comes too late from the answer to the next question: Modbus answers do
 * not say what was asked. A device that has not answered is left alone until it will not do so any more.
 */
const quietAfter = (timeoutMs: number): number => Math.max(1000, 4 * timeoutMs);
/** A device is told as lost after so many questions without an answer. */
const missesUntilDown = 3;
/** A port on which nobody answers for so long, or three periods of the slowest device, is opened anew. */
const leastSilenceMs = 60_000;
/** The core does not wait longer for a command; what it has given up must not happen afterwards. */
const commandMs = 2500;

/** An output that is to be switched. */
interface Order {
  readonly index: number;
  readonly question: Question;
  readonly giveUpMono: number;
  readonly done: (why: string | undefined) => void;
}

/**
 * Asks the devices of one bus for ever, one question at a time: opens its port, keeps each device's cadence, and when
 * the cable is pulled or nobody answers, says so and tries again. Nothing that one device does, or does not do, becomes
 * a reading of another one.
 */
export class BusSession {
  readonly #options: BusOptions;
  readonly #members: readonly BusMember[];
  readonly #schedule: BusSchedule;
  readonly #backoff = new Backoff(mostPortPauseMs);
  readonly #silenceMs: number;
  #orders: Order[] = [];
  #isPaused = false;
  #isOpen = false;
  /** Nobody has answered for so long that this was told of all, and nobody has since. */
  #isDead = false;
  #heardMono = 0;
  #waker = new AbortController();
  /** Until when each device is left alone. */
  readonly #quietMono: number[];

  constructor(options: BusOptions) {
    this.#options = options;
    const { devices, clock } = options;
    this.#members = devices.map((plan) => new BusMember({ ...options, plan }));
    this.#schedule = new BusSchedule(
      this.#members.map((member) => ({ everyMs: member.askMs, missMs: this.#missMs(member) })),
      clock.mono(),
    );
    this.#silenceMs = Math.max(leastSilenceMs, ...devices.map(({ everyMs }) => 3 * everyMs));
    this.#quietMono = devices.map(() => Number.NEGATIVE_INFINITY);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, source, open } = this.#options;
    while (!signal.aborted) {
      try {
        const link = await open(source);
        await this.#serve(link, signal);
      } catch (error) {
        this.#tellAll(reasonOf(error));
      }
      if (!signal.aborted) await sleep(clock, this.#backoff.next(), signal);
    }
  }

  /** Gives what fell due; call it a few times a second. */
  tick(): void {
    for (const member of this.#members) member.tick();
  }

  setPaused(isPaused: boolean): void {
    const mono = this.#options.clock.mono();
    if (this.#isPaused && !isPaused) {
      this.#schedule.restart(mono);
      this.#heardMono = mono;
    }
    this.#isPaused = isPaused;
    this.#wake();
  }

  /** Switches an output. Resolves with why it could not be done; nothing once the device has confirmed it. */
  command(device: string, name: string, value: boolean): Promise<string | undefined> {
    const index = this.#members.findIndex(({ plan }) => plan.device === device);
    const question = this.#members[index]?.command(name, value);
    if (!question) return Promise.resolve('this device takes no such command');
    if (!this.#isOpen) return Promise.resolve('the bus is not connected');
    return new Promise((done) => {
      this.#orders.push({ index, question, giveUpMono: this.#options.clock.mono() + commandMs, done });
      this.#wake();
    });
  }

  async #serve(link: Link, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const line = new BusLine({ ...this.#options, link });
    const close = (): void => void link.close();
    signal.addEventListener('abort', close, { once: true });
    void link.ended.then(() => this.#wake());
    this.#isOpen = true;
    this.#heardMono = clock.mono();
    this.#schedule.restart(clock.mono());
    while (!line.isOver && !signal.aborted && !this.#isSilent()) await this.#step(line);
    const why = line.isOver ? await link.ended : 'nobody on the bus answers';
    this.#isDead = !line.isOver;
    this.#isOpen = false;
    for (const { done } of this.#orders.splice(0)) done('the bus was lost');
    signal.removeEventListener('abort', close);
    await link.close();
    this.#tellAll(why);
  }

  /** Whether nobody has answered for too long; while nobody is asked, nobody can. */
  #isSilent(): boolean {
    return !this.#isPaused && this.#options.clock.mono() - this.#heardMono > this.#silenceMs;
  }

  /** One thing: an order, a poll, or a wait for either. */
  async #step(line: BusLine): Promise<void> {
    const { clock } = this.#options;
    const mono = clock.mono();
    const order = this.#takeOrder(mono);
    if (order) {
      await this.#carryOut(line, order);
      return;
    }
    const turn = this.#schedule.next(mono);
    const member = turn.kind === 'ask' && !this.#isPaused ? this.#members[turn.index] : undefined;
    if (turn.kind === 'ask' && member) await this.#poll(line, member, turn.index);
    else await this.#pause(turn.kind === 'wait' ? turn.untilMono - mono : longestPauseMs);
  }

  async #poll(line: BusLine, member: BusMember, index: number): Promise<void> {
    const askedMono = this.#options.clock.mono();
    let fields: Fields = {};
    let isComplete = false;
    const safety = member.safetyQuestions();
    for (const [number, question] of [...safety, ...member.questions].entries()) {
      const heard = await line.ask(question, member.timeoutMs);
      if (line.isOver && heard.found.kind === 'none') return;
      if (heard.found.kind !== 'answer') member.garbage(heard.found.why ?? '', heard.bytes);
      if (isMiss(heard)) {
        const why =
          Object.keys(fields).length > 0 ? answersInPart(number - safety.length, member) : missWords(member, heard);
        this.#missed(member, index, why);
        break;
      }
      this.#heardSomebody();
      if (number === safety.length - 1) member.safe();
      fields = { ...fields, ...fieldsOf(question, heard.found) };
      isComplete = number === safety.length + member.questions.length - 1;
    }
    if (isComplete) member.heard();
    if (Object.keys(fields).length > 0) member.take(fields);
    // What it says may be a reason to ask it faster.
    if (isComplete) this.#schedule.answered(index, askedMono, member.askMs);
  }

  #heardSomebody(): void {
    this.#heardMono = this.#options.clock.mono();
    this.#isDead = false;
    this.#backoff.succeeded();
  }

  #missed(member: BusMember, index: number, why: string): void {
    const mono = this.#options.clock.mono();
    const quietMs = (this.#options.quietAfterMs ?? quietAfter)(member.timeoutMs);
    this.#quietMono[index] = mono + quietMs;
    this.#schedule.missed(index, mono, quietMs);
    if (this.#schedule.missesOf(index) >= missesUntilDown && !this.#isDead) member.tell(false, why);
  }

  /** The first order whose device may be asked now; those that are too late are answered. */
  #takeOrder(mono: number): Order | undefined {
    const isLate = ({ giveUpMono }: Order): boolean => giveUpMono <= mono;
    for (const { done } of this.#orders.filter(isLate)) done('the bus was busy for too long');
    this.#orders = this.#orders.filter((order) => !isLate(order));
    const at = this.#orders.findIndex(({ index }) => (this.#quietMono[index] ?? 0) <= mono);
    return at < 0 ? undefined : this.#orders.splice(at, 1)[0];
  }

  async #carryOut(line: BusLine, { index, question, done }: Order): Promise<void> {
    const member = this.#members[index];
    if (!member) return;
    // The safe state of a start goes first: after the order it would undo it.
    let heard: Heard | undefined;
    for (const one of [...member.safetyQuestions(), question]) {
      heard = await line.ask(one, member.timeoutMs);
      if (isMiss(heard)) {
        this.#missed(member, index, missWords(member, heard));
        done(`address ${member.plan.address} did not confirm it`);
        return;
      }
      this.#heardSomebody();
    }
    if (!heard) return;
    member.safe();
    done(heard.found.kind === 'exception' ? heard.found.why : undefined);
    this.#schedule.soon(index, this.#options.clock.mono());
  }

  /** Waits, but no longer than until something else can be done. */
  async #pause(ms: number): Promise<void> {
    const mono = this.#options.clock.mono();
    const orders = this.#orders.map(
      ({ index, giveUpMono }) => Math.min(giveUpMono, this.#quietMono[index] ?? 0) - mono,
    );
    await sleep(this.#options.clock, Math.max(0, Math.min(ms, longestPauseMs, ...orders)), this.#waker.signal);
  }

  #wake(): void {
    this.#waker.abort();
    this.#waker = new AbortController();
  }

  /** How long a device holds up the line when it does not answer. */
  #missMs({ questions, timeoutMs }: BusMember): number {
    const [first] = questions;
    const bytes = first ? first.answerBytes + first.ask(0).length : 0;
    return timeoutMs + (this.#options.framing === 'rtu' ? wireMs(this.#options.line, bytes + 7) : 0);
  }

  #tellAll(why: string): void {
    for (const member of this.#members) member.tell(false, why);
  }
}

/** So that the silence of the whole bus is noticed. */
const longestPauseMs = 5000;

function isMiss({ found }: Heard): boolean {
  return found.kind === 'none' || (found.kind === 'exception' && found.isAbsent);
}

function missWords({ plan: { address } }: BusMember, { found }: Heard): string {
  const why = found.kind === 'answer' ? undefined : found.why;
  return why === undefined ? `address ${address} does not answer` : `address ${address}: ${why}`;
}

function answersInPart(number: number, { plan: { address }, questions }: BusMember): string {
  return `address ${address} does not answer question ${number + 1} of ${questions.length}`;
}
