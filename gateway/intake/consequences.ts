import type { Consequence, Rule } from '../model/alarm-rule.ts';
import { alarmKey, type AlarmTransition } from '../model/alarm.ts';

/**
 * What follows from alarms without anybody's help: life safety must not need Node-RED, a city or a person. A command is
 * given when its alarm becomes active and taken back when it ends, unless another open alarm asks for the same output.
 * An output that comes back after a lost connection has taken its safe level, so what open alarms ask of it is given
 * again.
 */
export class Consequences {
  readonly #rules: ReadonlyMap<string, Rule>;
  /** Rules whose alarms are open, the latest one last. */
  readonly #open: Map<string, Rule>;
  readonly #carryOut: (consequence: Consequence) => void;

  /** @param open - the rules whose alarms are active or acknowledged already. */
  constructor(rules: readonly Rule[], open: readonly Rule[], carryOut: (consequence: Consequence) => void) {
    this.#rules = byAlarm(rules);
    this.#open = byAlarm(open);
    this.#carryOut = carryOut;
  }

  onTransition(transition: Pick<AlarmTransition, 'rule' | 'device' | 'state'>): void {
    const key = alarmKey(transition);
    const rule = this.#rules.get(key);
    if (!rule || transition.state === 'acknowledged') return;
    this.#open.delete(key);
    if (transition.state === 'active') {
      this.#open.set(key, rule);
      for (const consequence of rule.consequences) this.#carryOut(consequence);
      return;
    }
    for (const consequence of rule.consequences) {
      const value = this.#wanted().get(outputOf(consequence))?.value ?? !consequence.value;
      if (value !== consequence.value) this.#carryOut({ ...consequence, value });
    }
  }

  /** An output can be reached, for the first time or again. */
  onDeviceUp(device: string): void {
    for (const consequence of this.#wanted().values()) if (consequence.device === device) this.#carryOut(consequence);
  }

  /** What the open alarms ask of each output; where they ask for different things, the latest has the word. */
  #wanted(): ReadonlyMap<string, Consequence> {
    const consequences = [...this.#open.values()].flatMap((rule) => rule.consequences);
    return new Map(consequences.map((consequence) => [outputOf(consequence), consequence]));
  }
}

const byAlarm = (rules: readonly Rule[]): Map<string, Rule> =>
  new Map(rules.map((rule) => [alarmKey({ device: rule.device, rule: rule.id }), rule]));

const outputOf = ({ device, command }: Consequence): string => `${device}/${command}`;
