import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import { gatewayError, type Language } from '../model/errors.ts';
import { whatAndHint, whereIs, type LocatedProblem } from '../platform/problem.ts';
import { rootPath } from '../platform/root.ts';
import { openProfiles, type Profiles } from '../profiles/load.ts';
import type { Context } from './context.ts';

/** Where the device profiles are. */
export const bundledProfiles = (): Profiles => openProfiles(rootPath('device-profiles'));

/** The configuration to use: what --config says, else `lamppost.yaml` here, else none. */
export function configPath({ config }: Pick<Context, 'config'>): string | undefined {
  if (config !== undefined) return resolve(config);
  return existsSync('lamppost.yaml') ? resolve('lamppost.yaml') : undefined;
}

/**
 * Loads a configuration, says its remarks, and stops at its problems: all of them are said, the first one is thrown.
 *
 * @param base - what paths in the file are relative to; the file's folder by default.
 * @throws GatewayError CONFIG_INVALID, CONFIG_MISSING …
 */
export async function loadSettings(
  path: string,
  context: Pick<Context, 'language' | 'say'>,
  { base, withRemarks = true }: { readonly base?: string; readonly withRemarks?: boolean } = {},
): Promise<Settings> {
  const loaded = await loadConfig(path, bundledProfiles(), base);
  if (loaded.ok) {
    if (withRemarks) for (const remark of loaded.remarks) context.say(lineOf(path, remark, context));
    return loaded.settings;
  }
  // In the order of the file: what is thrown is said last.
  for (const problem of loaded.problems.slice(0, -1)) {
    for (const line of problemLines(path, problem, context.language)) context.say(line);
  }
  const last = loaded.problems.at(-1);
  if (!last) throw new Error('a configuration without problems was refused');
  throw gatewayError('CONFIG_INVALID', {
    where: whereIs(path, last),
    what: last.what,
    hint: last.hint ?? {
      en: 'Mend this line, then check with `lamppost config check`.',
      zh: '请修改此行，再用 `lamppost config check` 检查。',
    },
  });
}

/** What and where, then what to do. */
export function problemLines(file: string, problem: LocatedProblem, language: Language): readonly string[] {
  const { what, hint } = problem;
  return [`${whereIs(file, problem)}: ${what[language]} [CONFIG_INVALID]`, ...(hint ? [`  → ${hint[language]}`] : [])];
}

/** `file:line:column: remark: what; hint`. */
function lineOf(path: string, problem: LocatedProblem, { language }: Pick<Context, 'language'>): string {
  return `${whereIs(path, problem)}: ${remarkWord[language]}: ${whatAndHint(problem)[language]}`;
}

/** What tells a remark from a problem. */
export const remarkWord = { en: 'remark', zh: '提示' } as const;
