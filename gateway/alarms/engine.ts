import {
  alarmKey,
  type AlarmState,
  type AlarmTransition,
  type Severity,
  type Text,
  type TransitionDraft,
} from '../model/alarm.ts';
import type { Reading } from '../model/reading.ts';
import type { RaiseRequest, Rule } from '../model/alarm-rule.ts';
import { verdict } from './verdict.ts';

/** Where one rule stands. Times are monotonic milliseconds. */
interface Watch {
  readonly rule: Rule;
  state: AlarmState;
  raised: TransitionDraft['raised'] | undefined;
  /** Since when the condition holds without the alarm being active yet. */
  dueSince: number | undefined;
  /** Since when the value is back while the alarm is open. */
  overSince: number | undefined;
  /** Since when no value can be judged. */
  blindSince: number | undefined;
  /** Since when the blindness itself is an alarm. */
  blind: TransitionDraft['raised'] | undefined;
  last: Reading | undefined;
}

/** An alarm that a flow or a person raised; the gateway only keeps its state. */
interface Raised {
  readonly state: AlarmState;
  readonly severity: Severity;
  readonly raised: TransitionDraft['raised'];
  readonly text?: Text;
}

/**
 * The alarms as a pure state machine: readings and the passing of monotonic time go in, transitions come out. It knows
 * no clock; `tick` must be called at least as often as hold times should be kept.
 */
export class AlarmEngine {
  readonly #watches: readonly Watch[];
  readonly #byChannel = new Map<string, Watch[]>();
  readonly #raised = new Map<string, Raised>();

  /** @param open - the last transition of each alarm that was not normal when the gateway stopped. */
  constructor(rules: readonly Rule[], open: readonly AlarmTransition[] = []) {
    this.#watches = rules.map((rule) => newWatch(rule));
    for (const watch of this.#watches) {
      const key = `${watch.rule.device}/${watch.rule.channel}`;
      this.#byChannel.set(key, [...(this.#byChannel.get(key) ?? []), watch]);
    }
    for (const transition of open) this.#restore(transition);
  }

  /** The rules whose alarms are active or acknowledged. */
  get openRules(): readonly Rule[] {
    return this.#watches.filter(({ state }) => state !== 'normal').map(({ rule }) => rule);
  }

  get openCount(): number {
    const blind = this.#watches.filter(({ blind }) => blind).length;
    return this.openRules.length + blind + this.#raised.size;
  }

  onReading(reading: Reading, mono: number): readonly TransitionDraft[] {
    const watches = this.#byChannel.get(`${reading.device}/${reading.channel}`);
    return watches ? watches.flatMap((watch) => step(watch, reading, mono)) : [];
  }

  /** Lets hold times run out. */
  tick(mono: number): readonly TransitionDraft[] {
    return this.#watches.flatMap((watch) => holdTimes(watch, mono));
  }

  /** A flow raises or ends an alarm of its own; one that changes nothing gives nothing. */
  raise({ device, rule, state, severity = 'warning', text }: RaiseRequest, mono: number): readonly TransitionDraft[] {
    const key = alarmKey({ device, rule });
    if (this.#watches.some(({ rule }) => keyOf(rule) === key)) return [];
    const known = this.#raised.get(key);
    if ((known?.state ?? 'normal') === state && (known?.severity ?? severity) === severity) return [];
    const next: Raised = { state, severity, raised: known?.raised ?? { mono }, ...(text ? { text } : {}) };
    if (state === 'normal') this.#raised.delete(key);
    else this.#raised.set(key, next);
    return [{ rule, device, ...next }];
  }

  /** A person has seen an active alarm. */
  acknowledge({ device, rule }: { readonly device: string; readonly rule: string }): readonly TransitionDraft[] {
    const key = alarmKey({ device, rule });
    const watch = this.#watches.find((known) => keyOf(known.rule) === key);
    if (watch?.state === 'active') {
      watch.state = 'acknowledged';
      return [draft(watch, 'acknowledged', watch.last)];
    }
    const raised = this.#raised.get(key);
    if (raised?.state !== 'active') return [];
    const next: Raised = { ...raised, state: 'acknowledged' };
    this.#raised.set(key, next);
    return [{ rule, device, ...next }];
  }

  /** Alarms that were open before but whose rule is gone: they end now. */
  endOrphans(open: readonly AlarmTransition[]): readonly TransitionDraft[] {
    const known = new Set(
      this.#watches.flatMap(({ rule }) => [keyOf(rule), alarmKey({ device: rule.device, rule: blindId(rule) })]),
    );
    return open
      .filter((transition) => transition.channel !== undefined && !known.has(alarmKey(transition)))
      .map(({ rule, device, severity, raisedAt, text }) => ({
        rule,
        device,
        severity,
        state: 'normal',
        raised: { unix: raisedAt },
        ...(text ? { text } : {}),
      }));
  }

  #restore({ rule, device, channel, state, severity, raisedAt, text }: AlarmTransition): void {
    const raised = { unix: raisedAt };
    const watch = this.#watches.find((known) => known.rule.device === device && known.rule.id === rule);
    const blind = this.#watches.find((known) => known.rule.device === device && blindId(known.rule) === rule);
    if (watch) {
      watch.state = state;
      watch.raised = raised;
    } else if (blind) {
      blind.blind = raised;
    } else if (channel === undefined) {
      this.#raised.set(alarmKey({ device, rule }), { state, severity, raised, ...(text ? { text } : {}) });
    }
  }
}

function newWatch(rule: Rule): Watch {
  return {
    rule,
    state: 'normal',
    raised: undefined,
    dueSince: undefined,
    overSince: undefined,
    blindSince: undefined,
    blind: undefined,
    last: undefined,
  };
}

const keyOf = (rule: Rule): string => alarmKey({ device: rule.device, rule: rule.id });

const blindId = (rule: Rule): string => `${rule.id}-blind`.slice(0, 64);

function step(watch: Watch, reading: Reading, mono: number): readonly TransitionDraft[] {
  watch.last = reading;
  const { value, quality } = reading;
  if (value === null || quality === 'bad' || quality === 'missing') {
    // What cannot be judged neither raises nor ends an alarm.
    watch.dueSince = undefined;
    watch.overSince = undefined;
    watch.blindSince ??= mono;
    return holdTimes(watch, mono);
  }
  watch.blindSince = undefined;
  const transitions: TransitionDraft[] = [];
  if (watch.blind) {
    transitions.push(blindDraft(watch, 'normal', watch.blind));
    watch.blind = undefined;
  }
  const judged = verdict(watch.rule.condition, value);
  watch.dueSince = judged === 'due' ? (watch.dueSince ?? mono) : undefined;
  watch.overSince = judged === 'over' ? (watch.overSince ?? mono) : undefined;
  return [...transitions, ...holdTimes(watch, mono, reading)];
}

/** @param cause - the reading that was just judged; without it a timer ran out. */
function holdTimes(watch: Watch, mono: number, cause?: Reading): readonly TransitionDraft[] {
  const { rule } = watch;
  const ranOut = (since: number | undefined, ms: number): boolean => since !== undefined && mono - since >= ms;
  if (watch.state === 'normal' && ranOut(watch.dueSince, rule.forMs)) {
    watch.state = 'active';
    watch.raised = { mono };
    return [draft(watch, 'active', cause ?? watch.last)];
  }
  if (watch.state !== 'normal' && ranOut(watch.overSince, rule.clearForMs)) {
    const ended = draft(watch, 'normal', cause ?? watch.last);
    watch.state = 'normal';
    watch.raised = undefined;
    return [ended];
  }
  if (rule.blind === 'alarm' && !watch.blind && ranOut(watch.blindSince, rule.blindAfterMs)) {
    watch.blind = { mono };
    return [blindDraft(watch, 'active', watch.blind)];
  }
  return [];
}

function draft(watch: Watch, state: AlarmState, reading: Reading | undefined): TransitionDraft {
  const { rule } = watch;
  return {
    rule: rule.id,
    device: rule.device,
    channel: rule.channel,
    state,
    severity: rule.severity,
    raised: watch.raised ?? { unix: 0 },
    ...(reading ? { value: reading.value, unit: reading.unit, quality: reading.quality, reading: reading.id } : {}),
    limit: rule.condition.limit,
    ...(rule.text ? { text: rule.text } : {}),
  };
}

function blindDraft(watch: Watch, state: AlarmState, raised: TransitionDraft['raised']): TransitionDraft {
  const { rule, last } = watch;
  return {
    rule: blindId(rule),
    device: rule.device,
    channel: rule.channel,
    state,
    severity: 'warning',
    raised,
    ...(last ? { quality: last.quality, reading: last.id } : {}),
    text: {
      en: `${rule.device} cannot be judged: its data is bad or missing`,
      zh: `${rule.device} 数据异常或缺失，无法判断告警状态`,
    },
  };
}
