import type { Sample, SampleTime } from '../model/reading.ts';
import type { CrossCheck } from '../profiles/checks.ts';
import { evaluate } from '../profiles/formula.ts';
import type { Verdict } from './verdict.ts';
import { isUsable, worsened } from './worsen.ts';

/** The samples of one device that belong together: where each channel's stands among all. */
export type Group = ReadonlyMap<string, number>;

/**
 * The samples of each device in groups of one moment: a channel that comes again, or another time of the sender, begins
 * the next group.
 */
export function groupsOf(samples: readonly Sample[]): readonly Group[] {
  const groups: Map<string, number>[] = [];
  const open = new Map<string, { readonly group: Map<string, number>; readonly time: SampleTime }>();
  for (const [index, { device, channel, time }] of samples.entries()) {
    let current = open.get(device);
    if (!current || current.group.has(channel) || !isOneMoment(current.time, time)) {
      current = { group: new Map(), time };
      groups.push(current.group);
      open.set(device, current);
    }
    current.group.set(channel, index);
  }
  return groups;
}

/** Samples of the field that come together belong together, though a channel with one value keeps its own time. */
function isOneMoment(a: SampleTime, b: SampleTime): boolean {
  return ('sender' in a ? a.sender : undefined) === ('sender' in b ? b.sender : undefined);
}

/** Puts worse samples in the place of those that a condition between channels doubts. */
export function crossCheck({ holds, doubts }: CrossCheck, group: Group, samples: Sample[]): void {
  const usable = (channel: string): Sample | undefined => {
    const sample = samples[group.get(channel) ?? -1];
    return sample && isUsable(sample) ? sample : undefined;
  };
  const result = evaluate(holds, (channel) => {
    const sample = usable(channel);
    return sample && Number(sample.value);
  });
  const verdict = verdictOn(result);
  if (verdict === 'pass') return;
  for (const channel of doubts) {
    const sample = usable(channel);
    if (sample) samples[group.get(channel) ?? -1] = worsened(sample, [{ verdict, reason: 'cross_check' }]);
  }
}

/** Where a channel did not come along, or has no usable value, nothing can be said. */
function verdictOn(result: number | undefined): Verdict {
  if (result === undefined) return 'not_yet';
  return result === 0 ? 'suspect' : 'pass';
}
