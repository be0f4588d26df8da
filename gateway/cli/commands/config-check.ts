import { relative, resolve } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { exitCodes, gatewayError, type Language } from '../../model/errors.ts';
import { whereIs, type LocatedProblem } from '../../platform/problem.ts';
import { ok, type Call, type Context } from '../context.ts';
import { bundledProfiles, configPath, problemLines, remarkWord } from '../load-settings.ts';

/** Everything that is wrong with a configuration, and everything that somebody should know of it. */
export async function configCheck(context: Context, { args }: Call): Promise<number> {
  const { language, out, say } = context;
  const path = args[0] === undefined ? configPath(context) : resolve(args[0]);
  if (path === undefined) throw gatewayError('CONFIG_MISSING', { path: resolve('lamppost.yaml') });
  const loaded = await loadConfig(path, bundledProfiles());
  const [problems, remarks] = loaded.ok ? [[], loaded.remarks] : [loaded.problems, []];
  if (context.isJson) {
    const told = (found: readonly LocatedProblem[]): readonly object[] =>
      found.map(({ line, column, what, hint }) => ({ line, column, what: what[language], hint: hint?.[language] }));
    out(JSON.stringify({ file: path, isRight: loaded.ok, problems: told(problems), remarks: told(remarks) }));
    return loaded.ok ? ok : exitCodes.config;
  }
  const file = shortPath(path);
  for (const problem of problems) for (const line of problemLines(file, problem, language)) out(line);
  for (const remark of remarks) for (const line of remarkLines(file, remark, language)) out(line);
  if (!loaded.ok) {
    const count = problems.length;
    say({ en: `${count} to mend in ${file}.`, zh: `${file} 有 ${count} 处需要修改。` }[language]);
    return exitCodes.config;
  }
  const { gateway, devices, alarms, upstreams } = loaded.settings;
  const counts = {
    en: `${file} is right: gateway ${gateway.id}, devices ${devices.length}, alarm rules ${alarms.length}, upstreams ${upstreams.length}.`,
    zh: `${file} 正确：网关 ${gateway.id}，设备 ${devices.length}，告警规则 ${alarms.length}，上行 ${upstreams.length}。`,
  };
  say(counts[language]);
  return ok;
}

/** A path as somebody would write it here. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' || short.startsWith('..') ? path : short;
}

function remarkLines(file: string, remark: LocatedProblem, language: Language): readonly string[] {
  const { what, hint } = remark;
  return [
    `${whereIs(file, remark)}: ${remarkWord[language]}: ${what[language]}`,
    ...(hint ? [`  → ${hint[language]}`] : []),
  ];
}
