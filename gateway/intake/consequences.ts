import type { Consequence, Rule } from '../model/alarm-rule.ts';
import type { AlarmTransition } from '../model/alarm.ts';

/**
 * What follows from alarms without anybody's help: life safety must not need Node-RED, a city or a person. A command is
 * given when its alarm becomes active and taken back when it ends. An output that comes back after a lost connection
 * has taken its safe level, so the commands of open alarms are given again.
 */
export class Consequences {
  readonly #rules: readonly Rule[];
  readonly #carryOut: (consequence: Consequence) => void;

  constructor(rules: readonly Rule[], carryOut: (consequence: Consequence) => void) {
    this.#rules = rules.filter(({ consequences }) => consequences.length > 0);
    this.#carryOut = carryOut;
  }

  onTransition({ rule: id, device, state }: Pick<AlarmTransition, 'rule' | 'device' | 'state'>): void {
    if (state === 'acknowledged') return;
    const rule = this.#rules.find((known) => known.id === id && known.device === device);
    for (const consequence of rule?.consequences ?? []) {
      this.#carryOut(state === 'active' ? consequence : { ...consequence, value: !consequence.value });
    }
  }

  /** @param open - the rules whose alarms are active or acknowledged. */
  onDeviceUp(device: string, open: readonly Rule[]): void {
    const due = open.flatMap(({ consequences }) => consequences).filter((consequence) => consequence.device === device);
    for (const consequence of due) this.#carryOut(consequence);
  }
}
