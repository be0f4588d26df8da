import {
  alarmKey,
  type AlarmState,
  type AlarmTransition,
  type Severity,
  type Text,
  type TransitionDraft,
} from '../model/alarm.ts';
import { blindId, type RaiseRequest, type Rule } from '../model/alarm-rule.ts';
import type { Reading } from '../model/reading.ts';
import { RuleWatch } from './rule-watch.ts';

/** What the alarms know from before the gateway stopped. */
export interface AlarmMemory {
  /** The last transition of each alarm that was not normal. */
  readonly open?: readonly AlarmTransition[];
  /** The latest readings. */
  readonly latest?: readonly Reading[];
}

/** What a flow's request came to; nothing where it changes nothing. */
export type Raising =
  | { readonly ok: true; readonly drafts: readonly TransitionDraft[] }
  | { readonly ok: false; readonly why: string };

/** An alarm that a flow raised; the gateway only keeps its state. */
interface Raised {
  readonly state: AlarmState;
  readonly severity: Severity;
  readonly raisedMono?: number;
  readonly text?: Text;
}

/** Flows name their alarms as they like, so their number has an end. */
export const mostRaised = 1000;

const nothing: readonly TransitionDraft[] = [];

/**
 * The alarms as a pure state machine: readings and the passing of monotonic time go in, transitions come out. It knows
 * no clock; `tick` must be called at least as often as hold times should be kept.
 */
export class AlarmEngine {
  readonly #watches: readonly RuleWatch[];
  readonly #byChannel = new Map<string, RuleWatch[]>();
  /** Which rule an alarm belongs to; that it is blind is an alarm of its own. */
  readonly #byAlarm = new Map<string, RuleWatch>();
  readonly #raised = new Map<string, Raised>();
  readonly #devices: ReadonlySet<string>;
  #orphans: AlarmTransition[] = [];

  /** @param devices - the ids of all devices there are. */
  constructor(rules: readonly Rule[], devices: ReadonlySet<string>, { open = [], latest = [] }: AlarmMemory = {}) {
    this.#devices = devices;
    const readings = new Map(latest.map((reading) => [channelKey(reading), reading]));
    this.#watches = rules.map((rule) => new RuleWatch(rule, readings.get(channelKey(rule))));
    for (const watch of this.#watches) {
      const { device, id } = watch.rule;
      const key = channelKey(watch.rule);
      this.#byChannel.set(key, [...(this.#byChannel.get(key) ?? []), watch]);
      this.#byAlarm.set(alarmKey({ device, rule: id }), watch);
      this.#byAlarm.set(alarmKey({ device, rule: blindId(id) }), watch);
    }
    for (const transition of open) this.#restore(transition);
  }

  /** The rules whose alarms are active or acknowledged. */
  get openRules(): readonly Rule[] {
    return this.#watches.filter(({ isOpen }) => isOpen).map(({ rule }) => rule);
  }

  onReading(reading: Reading, mono: number): readonly TransitionDraft[] {
    const watches = this.#byChannel.get(channelKey(reading));
    return watches ? watches.flatMap((watch) => watch.onReading(reading, mono)) : nothing;
  }

  /** Lets hold times run out. */
  tick(mono: number): readonly TransitionDraft[] {
    return this.#watches.flatMap((watch) => watch.tick(mono));
  }

  /** Somebody works at a device: hold times that run are forgotten, and open alarms stay as they are. */
  hold(device: string): void {
    for (const watch of this.#watches) if (watch.rule.device === device) watch.forgetTimes();
  }

  /** A flow raises, acknowledges or ends an alarm of its own. Only a change of state is one. */
  raise(request: RaiseRequest, mono: number): Raising {
    const { device, rule, state } = request;
    const key = alarmKey(request);
    const known = this.#raised.get(key);
    if (!this.#devices.has(device)) return { ok: false, why: `there is no device ${device}` };
    if (this.#byAlarm.has(key)) return { ok: false, why: `${rule} is an alarm of the configuration` };
    if (!isChange(known?.state ?? 'normal', state)) return { ok: true, drafts: nothing };
    if (!known && this.#raised.size >= mostRaised) return { ok: false, why: 'too many raised alarms are open' };
    const { severity = known?.severity ?? 'warning', text = known?.text } = request;
    const raisedMono = known ? known.raisedMono : mono;
    const next: Raised = {
      state,
      severity,
      ...(raisedMono === undefined ? {} : { raisedMono }),
      ...(text ? { text } : {}),
    };
    if (state === 'normal') this.#raised.delete(key);
    else this.#raised.set(key, next);
    return { ok: true, drafts: [{ rule, device, ...next }] };
  }

  /** A person has seen an active alarm. */
  acknowledge({ device, rule }: { readonly device: string; readonly rule: string }): readonly TransitionDraft[] {
    const key = alarmKey({ device, rule });
    const watch = this.#byAlarm.get(key);
    if (watch) return watch.acknowledge(rule);
    const raised = this.#raised.get(key);
    if (raised?.state !== 'active') return nothing;
    const next: Raised = { ...raised, state: 'acknowledged' };
    this.#raised.set(key, next);
    return [{ rule, device, ...next }];
  }

  /** Alarms that were open before but whose rule or device is gone: they end now. */
  endOrphans(): readonly TransitionDraft[] {
    const orphans = this.#orphans;
    this.#orphans = [];
    return orphans.map(({ rule, device, channel, severity, text }) => ({
      rule,
      device,
      ...(channel === undefined ? {} : { channel }),
      state: 'normal',
      severity,
      ...(text ? { text } : {}),
    }));
  }

  /** What a flow raised has no channel, and outlives the restart; what a rule raised does as long as there is the rule. */
  #restore(transition: AlarmTransition): void {
    const { device, channel, state, severity, text } = transition;
    const key = alarmKey(transition);
    const watch = this.#byAlarm.get(key);
    if (watch) watch.restore(transition);
    else if (channel !== undefined || !this.#devices.has(device)) this.#orphans.push(transition);
    else this.#raised.set(key, { state, severity, ...(text ? { text } : {}) });
  }
}

const channelKey = ({ device, channel }: { readonly device: string; readonly channel: string }): string =>
  `${device}/${channel}`;

/** A flow that repeats itself changes nothing, nor does it undo that a person has seen its alarm. */
function isChange(from: AlarmState, to: AlarmState): boolean {
  switch (to) {
    case 'active':
      return from === 'normal';
    case 'acknowledged':
      return from === 'active';
    case 'normal':
      return from !== 'normal';
  }
}
