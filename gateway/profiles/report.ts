import { pointerTo, type Problem, type Words } from '../platform/problem.ts';

type Step = string | number;

/** What is wrong at some place of a profile. */
export interface Finding {
  readonly at: readonly Step[];
  readonly part?: 'key' | 'value';
  readonly offset?: number;
  readonly what: Words;
  readonly hint?: Words | undefined;
}

/**
 * Takes note of something wrong. Building a profile goes on with a stand-in afterwards, so that one run finds
 * everything; a profile with findings is never used.
 */
export type Report = (finding: Finding) => void;

/** A report for one part of the profile: its places begin with `steps`. */
export function within(report: Report, ...steps: readonly Step[]): Report {
  return (finding) => report({ ...finding, at: [...steps, ...finding.at] });
}

export function problemFrom({ at, part = 'value', offset, what, hint }: Finding): Problem {
  return {
    pointer: pointerTo(...at),
    part,
    what,
    ...(offset === undefined ? {} : { offset }),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** The same keys with other values, made one by one, each with a report of its own. */
export function mapEntries<In, Out>(
  entries: Readonly<Record<string, In>> | undefined,
  report: Report,
  make: (value: In, report: Report, key: string) => Out,
): Readonly<Record<string, Out>> {
  return Object.fromEntries(
    Object.entries(entries ?? {}).map(([key, value]) => [key, make(value, within(report, key), key)]),
  );
}
