import { pathOf, type Problem } from '../platform/problem.ts';

/** Keys of the published configuration that this version cannot follow yet. */
const comingKeys = /^\/upstreams\/\d+\/(share|ask)$/;

/** Says of keys that belong to a later version that they do: they are no slip of the pen. */
export function toldAsComing(problems: readonly Problem[]): readonly Problem[] {
  const sources = problems.filter(isComing).flatMap(({ pointer }) => /^.*\/source/.exec(pointer) ?? []);
  return problems.flatMap((problem) => {
    if (isComing(problem)) return notYet(problem);
    // What else is wrong with such a source is only that it is none of those we know.
    return sources.some((source) => problem.pointer.startsWith(source)) ? [] : problem;
  });
}

const isComing = ({ pointer, part }: Problem): boolean => part === 'key' && comingKeys.test(pointer);

function notYet({ pointer }: Problem): Problem {
  const key = pathOf(pointer).at(-1) ?? '';
  return {
    pointer,
    part: 'key',
    what: {
      en: `\`${key}\` is coming; this version cannot do it yet`,
      zh: `\`${key}\` 功能即将推出，本版本尚不支持`,
    },
    hint: { en: 'take it out for now', zh: '请暂时删除' },
  };
}
