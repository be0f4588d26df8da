import type { Reason } from '../../model/reading.ts';
import type { Fields } from '../../profiles/grammar.ts';
import type { Setup } from '../../profiles/setup.ts';
import { knownOf, normalise, numberIn, resultOf, type Known, type NormalisedValue } from './normalise.ts';

/** A number on the way from the wire to a reading, or why there is none. */
export interface Step {
  readonly name: string;
  readonly number?: number;
  readonly why?: readonly Reason[];
  /** How it is computed; absent for what the device sent and what the site said. */
  readonly formula?: string;
}

/** The last step: what the formula of a channel gives, in the unit of the profile, and the value in the canonical one. */
export interface ChannelStep extends Step {
  readonly unit: string;
  readonly value: NormalisedValue;
}

/** How the fields of one frame, line or answer become values, each step with its number. */
export interface Explanation {
  readonly fields: readonly Step[];
  readonly settings: readonly Step[];
  readonly derived: readonly Step[];
  readonly channels: readonly ChannelStep[];
}

/** The same as `normalise` for a device that is warm, with everything in between. */
export function explain(setup: Setup, fields: Fields): Explanation {
  const { profile, settings } = setup;
  const known = knownOf(setup, fields);
  const step = (name: string): Step => ({ name, ...shownOf(known.get(name)) });
  return {
    fields: Object.keys(fields).map(step),
    settings: Object.keys(settings).map(step),
    derived: profile.derive.map(({ name, value }) => ({ ...step(name), formula: value.text })),
    channels: normalise(setup, fields, { isWarmingUp: false }).flatMap((value): readonly ChannelStep[] => {
      const channel = profile.channels[value.channel];
      if (!channel) return [];
      const { text: formula } = channel.value;
      return [{ name: value.channel, ...shownOf(resultOf(channel.value, known)), formula, unit: channel.unit, value }];
    }),
  };
}

function shownOf(result: ReturnType<Known['get']>): Pick<Step, 'number' | 'why'> {
  const number = numberIn(result);
  const why = typeof result === 'object' ? { why: result.why } : {};
  return number === undefined ? why : { number, ...why };
}
