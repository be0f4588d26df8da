import type { AlarmState, Severity, Text } from './alarm.ts';

/** When an alarm is due, in canonical units and milliseconds. `above`, `below`: numbers; `equals`: states. */
export type Condition =
  | { readonly kind: 'above'; readonly limit: number; readonly clear: number }
  | { readonly kind: 'below'; readonly limit: number; readonly clear: number }
  | { readonly kind: 'equals'; readonly limit: boolean | string };

/** A command that the core gives when an alarm becomes active, and takes back when it ends. */
export interface Consequence {
  readonly device: string;
  readonly command: string;
  readonly value: boolean;
}

/** One alarm of one channel, as configured. */
export interface Rule {
  readonly id: string;
  readonly device: string;
  readonly channel: string;
  readonly condition: Condition;
  /** The condition must hold for so long. */
  readonly forMs: number;
  /** The value must be back for so long. */
  readonly clearForMs: number;
  readonly severity: Severity;
  readonly text?: Text;
  /** `alarm`: data that cannot be judged for `blindAfterMs` raises the alarm `blindId(id)`. */
  readonly blind: 'alarm' | 'hold';
  readonly blindAfterMs: number;
  readonly consequences: readonly Consequence[];
}

/** The alarm that says that the data of a rule cannot be judged. */
export const blindId = (rule: string): string => `${rule}-blind`;

/** What a flow asks for on the `raise` topic. */
export interface RaiseRequest {
  readonly device: string;
  readonly rule: string;
  readonly state: AlarmState;
  readonly severity?: Severity;
  readonly text?: Text;
}
