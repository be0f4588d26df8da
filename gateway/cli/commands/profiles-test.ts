import { isDeepStrictEqual } from 'node:util';
import { readFile } from 'node:fs/promises';
import { dryRun } from '../../commission/dry-run.ts';
import { exitCodes, gatewayError, reasonOf, type Language } from '../../model/errors.ts';
import { whereIs, whatAndHint, type LocatedProblem } from '../../platform/problem.ts';
import type { Profiles } from '../../profiles/load.ts';
import { checkProfile } from '../../profiles/check.ts';
import type { Example, ExampleReading, Profile } from '../../profiles/profile.ts';
import { ok, type Call, type Context } from '../context.ts';
import { shortPath } from './config-check.ts';
import { isFile, profilesHere } from '../some-profiles.ts';
import { hasOwnBytes, testOnBytes } from './profiles-try.ts';

/** What became of one profile. */
interface Outcome {
  readonly profile: string;
  readonly file?: string;
  readonly problems: readonly LocatedProblem[];
  readonly examples: readonly {
    readonly name: string;
    readonly passed: boolean;
    readonly difference: readonly string[];
  }[];
}

/** Runs the examples of profiles: what they say must come out of the bytes or messages that they show. */
export async function profilesTest(context: Context, call: Call): Promise<number> {
  const { args } = call;
  if (hasOwnBytes(call)) return testOnBytes(context, call);
  const profiles = await profilesHere(context);
  const names = args.length > 0 ? args : await writtenIds(profiles);
  const outcomes: Outcome[] = [];
  for (const name of names) outcomes.push(isFile(name) ? await testFile(name) : await testId(name, profiles));
  const isRight = outcomes.every(hasPassed);
  if (context.isJson)
    for (const outcome of outcomes) context.out(JSON.stringify({ ...outcome, passed: hasPassed(outcome) }));
  else for (const line of outcomes.flatMap((outcome) => linesOf(outcome, context.language))) context.out(line);
  context.say(summary(outcomes, context.language));
  return isRight ? ok : exitCodes.data;
}

const hasPassed = ({ problems, examples }: Outcome): boolean =>
  problems.length === 0 && examples.every(({ passed }) => passed);

/** Those that are files; the ones made from the quantity table have no examples. */
async function writtenIds(profiles: Profiles): Promise<readonly string[]> {
  const ids = await profiles.list();
  const isMade = await Promise.all(ids.map(async (id) => !(await examplesOf(id))));
  return ids.filter((_, index) => !isMade[index]);

  /** A broken profile is one to test. */
  async function examplesOf(id: string): Promise<boolean> {
    return profiles.load(id).then(
      ({ examples }) => examples.length > 0,
      () => true,
    );
  }
}

async function testId(id: string, profiles: Profiles): Promise<Outcome> {
  if (!(await profiles.list()).includes(id)) await profiles.load(id); // says what was meant
  const file = await profiles.fileOf(id);
  return file === undefined ? tested(await profiles.load(id)) : testFile(file, id);
}

async function testFile(file: string, id?: string): Promise<Outcome> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw gatewayError('FILE_UNREADABLE', { path: file, reason: reasonOf(error) }, error);
  });
  return testText(text, { file, ...(id === undefined ? {} : { id }) });
}

function testText(text: string, { file, id }: { readonly file: string; readonly id?: string }): Outcome {
  const checked = checkProfile(text, id);
  if (checked.ok) return { file, ...tested(checked.profile) };
  return { profile: id ?? file, file, problems: checked.problems, examples: [] };
}

function tested(profile: Profile): Outcome {
  const examples = profile.examples.map((example) => {
    const { readings, rejected, passed } = dryRun(profile, example);
    return { name: example.name, passed, difference: passed ? [] : differences(example, readings, rejected) };
  });
  return { profile: profile.id, problems: [], examples };
}

/** Line by line what was expected and what came; equal lines are left out. */
function differences(
  { readings: expected }: Example,
  got: readonly ExampleReading[],
  rejected: readonly string[],
): readonly string[] {
  const lines: string[] = [];
  for (let index = 0; index < Math.max(expected.length, got.length); index++) {
    const [wanted, came] = [expected[index], got[index]];
    if (isDeepStrictEqual(wanted, came)) continue;
    lines.push(`- ${wanted ? readingText(wanted) : '(nothing)'}`, `+ ${came ? readingText(came) : '(nothing)'}`);
  }
  return [...lines, ...rejected.map((why) => `! ${why}`)];
}

function readingText({ channel, value, unit, quality, why = [] }: ExampleReading): string {
  return [channel, String(value), unit, quality, ...why].join(' ');
}

function linesOf({ profile, file, problems, examples }: Outcome, language: Language): readonly string[] {
  const at = file === undefined ? profile : shortPath(file);
  const count = examples.length;
  const isFine = problems.length === 0 && examples.every(({ passed }) => passed);
  const words =
    count === 0
      ? { en: 'made from the quantity table, nothing to run', zh: '由量表生成，无示例可运行' }
      : { en: `${count} example${count === 1 ? '' : 's'}`, zh: `${count} 个示例` };
  return [
    `${isFine ? '✔' : '✖'} ${profile}${problems.length > 0 ? '' : `  ${words[language]}`}`,
    ...problems.map((problem) => `  ${whereIs(at, problem)}: ${whatAndHint(problem)[language]}`),
    ...examples.flatMap(({ name, passed, difference }) =>
      passed ? [] : [`  ✖ ${name}`, ...difference.map((line) => `      ${line}`)],
    ),
  ];
}

function summary(outcomes: readonly Outcome[], language: Language): string {
  const wrong = outcomes.filter((outcome) => !hasPassed(outcome)).length;
  const [all, run] = [outcomes.length, outcomes.reduce((sum, { examples }) => sum + examples.length, 0)];
  if (wrong === 0) {
    return { en: `All ${run} examples of ${all} profiles pass.`, zh: `${all} 个档案的 ${run} 个示例全部通过。` }[
      language
    ];
  }
  return {
    en: `${wrong} of ${all} profiles do not do what their examples say (- expected, + got). → Mend the profile or the example.`,
    zh: `${all} 个档案中有 ${wrong} 个与示例不符（- 应为，+ 实为）。→ 请修改档案或示例。`,
  }[language];
}
