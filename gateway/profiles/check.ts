import schema from '../../device-profiles/schema/profile.schema.json' with { type: 'json' };
import { pointerTo, type LocatedProblem, type Problem } from '../platform/problem.ts';
import { compileSchema, type Validate } from '../platform/validate.ts';
import { parseYaml } from '../platform/yaml.ts';
import { checkExamples } from './build-examples.ts';
import { buildProfile } from './build.ts';
import type { Profile } from './profile.ts';
import { problemFrom } from './report.ts';
import type { WrittenProfile } from './written.ts';

export type CheckedProfile =
  | { readonly ok: true; readonly profile: Profile }
  /** In the order of the file; never empty. */
  | { readonly ok: false; readonly problems: readonly LocatedProblem[] };

const followsSchema: Validate = compileSchema(schema);

/**
 * Checks a profile in YAML as far as it can be checked without running its examples, and makes it ready for use.
 *
 * @param id - what the profile must be called, after its path; any legal name when absent.
 */
export function checkProfile(text: string, id?: string): CheckedProfile {
  const yaml = parseYaml(text);
  if (!yaml.ok) return yaml;
  const problems: Problem[] = [...followsSchema(yaml.data)];
  if (problems.length === 0) {
    const written = yaml.data as WrittenProfile; // it follows the schema
    if (id !== undefined && written.profile !== id) problems.push(wrongName(written.profile, id));
    const profile = buildProfile(written, (finding) => problems.push(problemFrom(finding)));
    if (problems.length === 0) checkExamples(profile, written, (finding) => problems.push(problemFrom(finding)));
    if (problems.length === 0) return { ok: true, profile };
  }
  const located = problems.map((problem) => yaml.locate(problem));
  return { ok: false, problems: located.toSorted((a, b) => a.line - b.line || a.column - b.column) };
}

function wrongName(name: string, id: string): Problem {
  return {
    pointer: pointerTo('profile'),
    part: 'value',
    what: { en: `\`${name}\` is not the path of this file`, zh: `\`${name}\` 与文件路径不符` },
    hint: { en: `write \`profile: ${id}\`, or move the file`, zh: `请写 \`profile: ${id}\`，或移动文件` },
  };
}
