import type { Condition } from '../model/alarm-rule.ts';

/** Whether a usable value calls for the alarm, calls it off, or neither (between the limits). */
export function verdict(condition: Condition, value: number | boolean | string): 'due' | 'over' | 'between' {
  switch (condition.kind) {
    case 'above':
      if (typeof value !== 'number') return 'between';
      return value > condition.limit ? 'due' : value < condition.clear ? 'over' : 'between';
    case 'below':
      if (typeof value !== 'number') return 'between';
      return value < condition.limit ? 'due' : value > condition.clear ? 'over' : 'between';
    case 'equals':
      return value === condition.limit ? 'due' : 'over';
  }
}
