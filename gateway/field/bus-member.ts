import type { Sample } from '../model/reading.ts';
import type { Fields } from '../profiles/grammar.ts';
import type { Clock } from '../platform/clock.ts';
import { storedTotals, withIncreases, type Totals } from './decode/increase.ts';
import { coilQuestion } from './decode/modbus.ts';
import type { Framing, Question } from './decode/question.ts';
import { questionsTo } from './decode/questions.ts';
import { normalise } from './normalise/normalise.ts';
import { Sampling } from './normalise/sampling.ts';
import type { BusDevicePlan, FromChild } from './protocol.ts';

/** Garbage is told so often at most. */
const garbagePauseMs = 1000;

export interface MemberOptions {
  readonly plan: BusDevicePlan;
  readonly framing: Framing;
  readonly clock: Clock;
  readonly send: (message: FromChild) => void;
}

/** One device of a bus: what it is asked, what becomes of its answers, and what the core was told of it. */
export class BusMember {
  readonly plan: BusDevicePlan;
  readonly questions: readonly Question[];
  readonly timeoutMs: number;
  readonly #options: MemberOptions;
  readonly #sampling: Sampling;
  #totals: Totals;
  #told: { readonly isUp: boolean; readonly why: string | undefined } | undefined;
  #upMono = 0;
  #heardMono: number;
  #toldGarbageMono = Number.NEGATIVE_INFINITY;
  /** Whether its outputs have to be put into their safe state before anything else. */
  #isUnsafe = true;

  constructor(options: MemberOptions) {
    this.#options = options;
    const { plan, framing, clock } = options;
    const { setup, state, address } = plan;
    const { connect, decode } = setup.profile;
    this.plan = plan;
    this.questions = questionsTo(decode, address, framing);
    this.timeoutMs = connect.kind === 'modbus' || connect.kind === 'dlt645' ? connect.timeoutMs : 0;
    this.#sampling = new Sampling(plan, clock.mono());
    this.#totals = storedTotals(state);
    this.#heardMono = clock.mono();
  }

  get isUp(): boolean {
    return this.#told?.isUp === true;
  }

  /** How long to wait between two polls, as things stand. */
  get askMs(): number {
    return this.#sampling.askMs;
  }

  /** The question that switches an output; `undefined` when the device has no such one. */
  command(name: string, value: boolean): Question | undefined {
    const { setup, address } = this.plan;
    const write = setup.profile.commands[name]?.write;
    return write && coilQuestion(write, value, Number(address), this.#options.framing);
  }

  /**
   * What puts its outputs into their safe state. Asked before the first poll, and when the device was away for longer
   * than its outputs may be left alone: unlike a board of ours it does not do so by itself.
   */
  safetyQuestions(): readonly Question[] {
    const commands = Object.entries(this.plan.setup.profile.commands);
    const awayMs = this.#options.clock.mono() - this.#heardMono;
    if (!this.isUp && commands.some(([, { silenceMs }]) => awayMs > silenceMs)) this.#isUnsafe = true;
    if (!this.#isUnsafe) return [];
    return commands.flatMap(([name, { safe }]) => this.command(name, safe) ?? []);
  }

  safe(): void {
    this.#isUnsafe = false;
  }

  /** Takes what the answers of one poll gave. */
  take(fields: Fields): void {
    const { clock } = this.#options;
    const { setup } = this.plan;
    const mono = clock.mono();
    const step = withIncreases(setup.profile.decode, fields, this.#totals);
    const isWarmingUp = mono - this.#upMono < setup.profile.warmUpMs;
    // Samples of a period that ended before this moment go with the totals of before it.
    this.#hand(this.#sampling.add(normalise(setup, step.fields, { isWarmingUp }), mono));
    this.#totals = step.totals;
    // Asked once a period, it has nothing more to say in this one.
    const { sampleMs = 0, everyMs } = this.plan;
    if (sampleMs === 0 || sampleMs >= everyMs) this.#hand(this.#sampling.endPeriod(mono));
  }

  /** It answered. */
  heard(): void {
    const mono = this.#options.clock.mono();
    this.#heardMono = mono;
    if (this.isUp) return;
    this.#upMono = mono;
    this.tell(true);
  }

  tick(): void {
    this.#hand(this.#sampling.tick(this.#options.clock.mono()));
  }

  tell(isUp: boolean, why?: string): void {
    if (this.#told?.isUp === isUp && this.#told.why === why) return;
    this.#told = { isUp, why };
    if (!isUp) this.#sampling.lost();
    this.#options.send({ kind: 'link', device: this.plan.device, isUp, ...(why === undefined ? {} : { why }) });
  }

  garbage(why: string, bytes: Uint8Array): void {
    const mono = this.#options.clock.mono();
    if (bytes.length === 0 || mono - this.#toldGarbageMono < garbagePauseMs) return;
    this.#toldGarbageMono = mono;
    const { send } = this.#options;
    send({ kind: 'garbage', device: this.plan.device, why, bytes: bytes.slice(0, 64), skipped: bytes.length });
  }

  #hand(samples: readonly Sample[]): void {
    if (samples.length === 0) return;
    const state = Object.keys(this.#totals).length > 0 ? { state: this.#totals } : {};
    this.#options.send({ kind: 'samples', device: this.plan.device, samples, ...state });
  }
}
