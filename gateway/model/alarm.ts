import type { ClockState, Quality, Value } from './reading.ts';

/** States of an alarm after IEC 62682 (clause 5.4), without shelving. */
export const alarmStates = ['active', 'acknowledged', 'normal'] as const;
export type AlarmState = (typeof alarmStates)[number];

/** Least urgent first. */
export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** A message in the languages of the people who read it. */
export interface Text {
  readonly en: string;
  readonly zh?: string;
}

/** A change of an alarm's state before it has an id and times. */
export interface TransitionDraft {
  readonly rule: string;
  readonly device: string;
  readonly channel?: string;
  readonly state: AlarmState;
  readonly severity: Severity;
  /** When the alarm became active, monotonic milliseconds; absent where that was before the core started. */
  readonly raisedMono?: number;
  readonly value?: Value;
  readonly limit?: number | boolean | string;
  readonly unit?: string;
  readonly quality?: Quality;
  /** Id of the reading that caused it, or of the last one a timer looked at. */
  readonly reading?: string;
  readonly text?: Text;
}

/** One change of one alarm. Takes a seq of its own. Published as `schema/alarm.schema.json`. */
export interface AlarmTransition {
  readonly v: 1;
  readonly id: string;
  readonly rule: string;
  readonly device: string;
  readonly channel?: string;
  readonly state: AlarmState;
  readonly severity: Severity;
  readonly raisedAt: number;
  readonly at: number;
  readonly value?: Value;
  readonly limit?: number | boolean | string;
  readonly unit?: string;
  readonly quality?: Quality;
  readonly clock: ClockState;
  readonly reading?: string;
  readonly text?: Text;
}

/** What names one alarm: a rule may watch several devices. */
export function alarmKey(alarm: { readonly device: string; readonly rule: string }): string {
  return `${alarm.device}/${alarm.rule}`;
}
