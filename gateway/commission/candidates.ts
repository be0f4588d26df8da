import { isStreamGrammar } from '../field/decode/registry.ts';
import type { BusAddress } from '../field/decode/questions.ts';
import type { Profile } from '../profiles/profile.ts';
import { partialSetup, type PartialSetup } from './partial-setup.ts';
import { tryBytes, type Trial } from './trial.ts';

/** A profile that made something of the bytes. */
export interface Candidate {
  readonly profile: Profile;
  readonly partial: PartialSetup;
  readonly trial: Trial;
  /** Share of the bytes that are in good frames, or of the questions that were answered, 0..1. */
  readonly share: number;
  /** Share of the values that a device in order could have sent, 0..1. */
  readonly plausible: number;
  /** For the order: both of them, 0..1. */
  readonly score: number;
  /** Where on its bus it answered. */
  readonly address?: BusAddress;
}

/** A profile that explains at least so much of the bytes, with plausible values, is likely. */
const likelyScore = 0.6;
/** Scores that are no further apart tell nothing about which profile is the right one. */
const tie = 0.05;

/** What a profile makes of bytes; `undefined` when it finds no frame in them. */
export function candidateFor(
  profile: Profile,
  pieces: readonly { readonly ms: number; readonly bytes: Uint8Array }[],
): Candidate | undefined {
  if (!isStreamGrammar(profile.decode)) return undefined;
  const partial = partialSetup(profile);
  const trial = tryBytes(partial.setup, profile.decode, pieces);
  return judged(profile, partial, trial);
}

/** How well a profile fits, once it was tried. */
export function judged(profile: Profile, partial: PartialSetup, trial: Trial): Candidate | undefined {
  if (trial.good === 0) return undefined;
  const share = trial.good / (trial.good + trial.garbage);
  const values = trial.outcomes.flatMap((outcome) => (outcome.ok ? outcome.values : []));
  const usable = values.filter(({ quality }) => quality !== 'bad' && quality !== 'missing').length;
  // Where all values wait for what only the site knows, nothing speaks against them.
  const plausible = values.length === 0 ? 1 : usable / values.length;
  return { profile, partial, trial, share, plausible, score: share * (0.6 + 0.4 * plausible) };
}

/** The best first; where the score is the same, the one that shows more. */
export function ranked(candidates: readonly Candidate[]): readonly Candidate[] {
  const shown = ({ partial }: Candidate): number => (Object.keys(partial.setup.profile.channels).length > 0 ? 1 : 0);
  return candidates.toSorted(
    (a, b) =>
      b.score - a.score ||
      shown(b) - shown(a) ||
      b.trial.good - a.trial.good ||
      a.profile.id.localeCompare(b.profile.id, 'en'),
  );
}

export const isLikely = ({ score }: Candidate): boolean => score >= likelyScore;

/**
 * The profiles that explain the bytes as well as the best one does. More than one: the bytes cannot tell which device
 * it is, only the label on it can.
 */
export function equals(candidates: readonly Candidate[]): readonly Candidate[] {
  const [best] = candidates;
  return best ? candidates.filter((candidate) => isLikely(candidate) && best.score - candidate.score <= tie) : [];
}
