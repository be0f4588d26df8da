import type { Rule } from '../../model/alarm-rule.ts';
import type { Reading, Value } from '../../model/reading.ts';

/** A rule as configured: water over 25 cm, back under 20 cm. */
export function waterRule(changes: Partial<Rule> = {}): Rule {
  return {
    id: 'water-25cm',
    device: 'underpass-7',
    channel: 'depth',
    condition: { kind: 'above', limit: 0.25, clear: 0.2 },
    forMs: 0,
    clearForMs: 0,
    severity: 'critical',
    blind: 'hold',
    blindAfterMs: 30_000,
    consequences: [],
    ...changes,
  };
}

let serial = 0;

/** A reading of the rule's channel, each with an id of its own. */
export function depthReading(value: Value, changes: Partial<Reading> = {}): Reading {
  return {
    id: `1-${++serial}`,
    device: 'underpass-7',
    channel: 'depth',
    quantity: 'water_depth',
    value,
    unit: 'm',
    quality: value === null ? 'missing' : 'good',
    at: 1_763_790_000_000,
    clock: 'held',
    ...changes,
  };
}
