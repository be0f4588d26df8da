import type { AlarmState, AlarmTransition, TransitionDraft } from '../model/alarm.ts';
import { blindId, type Rule } from '../model/alarm-rule.ts';
import type { Reading } from '../model/reading.ts';
import { verdict } from './verdict.ts';

/** How one alarm stands. `raisedMono` is unknown while it is normal, and for an alarm from before the start. */
interface Standing {
  state: AlarmState;
  raisedMono: number | undefined;
}

/** Where one rule stands: its alarm, and the alarm that its data cannot be judged. Times are monotonic milliseconds. */
export class RuleWatch {
  readonly rule: Rule;
  readonly #alarm: Standing = { state: 'normal', raisedMono: undefined };
  readonly #blind: Standing = { state: 'normal', raisedMono: undefined };
  /** Since when the condition holds. */
  #dueSince: number | undefined;
  /** Since when the value is back. */
  #overSince: number | undefined;
  /** Since when no value can be judged. */
  #blindSince: number | undefined;
  #last: Reading | undefined;

  /** @param last - the latest reading of the channel, to be named by a transition that no new one causes. */
  constructor(rule: Rule, last?: Reading) {
    this.rule = rule;
    this.#last = last;
  }

  get isOpen(): boolean {
    return this.#alarm.state !== 'normal';
  }

  /** An alarm goes on as it was before a restart; its hold times begin anew. */
  restore({ rule, state }: Pick<AlarmTransition, 'rule' | 'state'>): void {
    (rule === this.rule.id ? this.#alarm : this.#blind).state = state;
  }

  onReading(reading: Reading, mono: number): readonly TransitionDraft[] {
    this.#last = reading;
    const { value, quality } = reading;
    if (isOfService(reading)) {
      this.forgetTimes();
      return [];
    }
    if (value === null || quality === 'bad' || quality === 'missing') {
      // What cannot be judged neither raises nor ends an alarm: one that is due waits for the next value that can, and
      // the way back begins anew. So a sensor that fails now and then cannot keep an alarm away.
      this.#overSince = undefined;
      this.#blindSince ??= mono;
      return this.tick(mono);
    }
    this.#blindSince = undefined;
    const judged = verdict(this.rule.condition, value);
    this.#dueSince = judged === 'due' ? (this.#dueSince ?? mono) : undefined;
    this.#overSince = judged === 'over' ? (this.#overSince ?? mono) : undefined;
    const seesAgain = this.#blind.state === 'normal' ? [] : [this.#blindDraft('normal')];
    return [...seesAgain, ...this.tick(mono)];
  }

  /** What has held so far counts no more: each hold time begins anew with the next value that says so. */
  forgetTimes(): void {
    this.#dueSince = this.#overSince = this.#blindSince = undefined;
  }

  /** Lets hold times run out. */
  tick(mono: number): readonly TransitionDraft[] {
    const { blind, blindAfterMs, forMs, clearForMs } = this.rule;
    const ranOut = (since: number | undefined, ms: number): boolean => since !== undefined && mono - since >= ms;
    if (this.#blindSince !== undefined) {
      const isDue = blind === 'alarm' && this.#blind.state === 'normal' && ranOut(this.#blindSince, blindAfterMs);
      return isDue ? [this.#blindDraft('active', mono)] : [];
    }
    if (!this.isOpen && ranOut(this.#dueSince, forMs)) return [this.#draft('active', mono)];
    if (this.isOpen && ranOut(this.#overSince, clearForMs)) return [this.#draft('normal')];
    return [];
  }

  /** @param id - the rule's, or that of its blindness. */
  acknowledge(id: string): readonly TransitionDraft[] {
    const isOwn = id === this.rule.id;
    if ((isOwn ? this.#alarm : this.#blind).state !== 'active') return [];
    return [isOwn ? this.#draft('acknowledged') : this.#blindDraft('acknowledged')];
  }

  #draft(state: AlarmState, raisedMono = this.#alarm.raisedMono): TransitionDraft {
    const { id: rule, device, channel, severity, condition, text } = this.rule;
    const last = this.#last;
    settle(this.#alarm, state, raisedMono);
    return {
      rule,
      device,
      channel,
      state,
      severity,
      ...(raisedMono === undefined ? {} : { raisedMono }),
      ...(last ? { value: last.value, unit: last.unit, quality: last.quality, reading: last.id } : {}),
      limit: condition.limit,
      ...(text ? { text } : {}),
    };
  }

  #blindDraft(state: AlarmState, raisedMono = this.#blind.raisedMono): TransitionDraft {
    const { id, device, channel } = this.rule;
    const last = this.#last;
    settle(this.#blind, state, raisedMono);
    return {
      rule: blindId(id),
      device,
      channel,
      state,
      severity: 'warning',
      ...(raisedMono === undefined ? {} : { raisedMono }),
      ...(last ? { quality: last.quality, reading: last.id } : {}),
      text: {
        en: `${device} cannot be judged: its data is bad or missing`,
        zh: `${device} 数据异常或缺失，无法判断告警状态`,
      },
    };
  }
}

/** What a technician does at a sensor is neither a reason for an alarm, nor for its end, nor for being blind. */
const isOfService = ({ quality, why }: Reading): boolean =>
  (quality === 'bad' || quality === 'missing') && why?.includes('maintenance') === true;

function settle(standing: Standing, state: AlarmState, raisedMono: number | undefined): void {
  standing.state = state;
  standing.raisedMono = state === 'normal' ? undefined : raisedMono;
}
