import type { Formula } from '../profiles/formula.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Setup } from '../profiles/setup.ts';

/** A profile before anybody has told what only the site knows. */
export interface PartialSetup {
  /** With the channels that can be computed already. */
  readonly setup: Setup;
  /** Settings that are not known. */
  readonly missing: readonly string[];
  /** Channels that wait for them. */
  readonly waiting: readonly string[];
}

/**
 * As much of a profile as works with the settings that are known: for bytes whose device nobody has installed yet.
 *
 * @param given - in each setting's unit; the others take their default.
 */
export function partialSetup(profile: Profile, given: Readonly<Record<string, number>> = {}): PartialSetup {
  const settings: Record<string, number> = {};
  const missing: string[] = [];
  for (const [name, { default: usual }] of Object.entries(profile.settings)) {
    const value = given[name] ?? usual;
    if (value === undefined) missing.push(name);
    else settings[name] = value;
  }
  const lacks = (formula: Formula): boolean =>
    formula.names.some((name) => {
      const derived = profile.derive.find((part) => part.name === name);
      return missing.includes(name) || (derived !== undefined && lacks(derived.value));
    });
  const waiting = Object.entries(profile.channels).flatMap(([name, { value }]) => (lacks(value) ? [name] : []));
  const channels = Object.fromEntries(Object.entries(profile.channels).filter(([name]) => !waiting.includes(name)));
  return { setup: { profile: { ...profile, channels }, settings, datums: {} }, missing, waiting };
}
