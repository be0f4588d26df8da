import { closest } from '../model/closest.ts';
import { gatewayError, type GatewayError } from '../model/errors.ts';
import type { Words } from '../platform/problem.ts';
import { commands, globalOptions } from './commands.ts';
import type { CommandSpec } from './specs/spec.ts';

/** What commander found wrong. */
interface ParseError {
  readonly code: string;
  readonly message: string;
}

/** What is wrong with a command line, in our words: those of commander are English only. */
export function usageError({ code, message }: ParseError, args: readonly string[]): GatewayError {
  const [, name = ''] = /'([^']*)'/.exec(message) ?? [];
  const path = commandPath(args);
  const command = ['lamppost', ...path.map(({ name }) => name)].join(' ');
  const what = wordsFor(code, name, path) ?? {
    en: message.replace(/^error: /, ''),
    zh: message.replace(/^error: /, ''),
  };
  return gatewayError('USAGE', { what, command });
}

function wordsFor(code: string, name: string, path: readonly CommandSpec[]): Words | undefined {
  const quoted = `\`${name}\``;
  switch (code) {
    case 'commander.unknownCommand': {
      const known = (path.at(-1)?.commands ?? commands).map(({ name }) => name);
      return withHint({ en: `there is no command ${quoted}`, zh: `没有命令 ${quoted}` }, closest(name, known));
    }
    case 'commander.unknownOption': {
      const known = [...globalOptions, ...(path.at(-1)?.options ?? [])].map(
        ({ flags }) => /--[a-z-]+/.exec(flags)?.[0] ?? '',
      );
      return withHint({ en: `there is no option ${quoted} here`, zh: `此处没有选项 ${quoted}` }, closest(name, known));
    }
    case 'commander.missingArgument':
      return { en: `${quoted} is missing`, zh: `缺少 ${quoted}` };
    case 'commander.optionMissingArgument':
      return { en: `the option ${quoted} needs a value`, zh: `选项 ${quoted} 需要一个值` };
    case 'commander.excessArguments':
      return { en: 'there are more words than this command takes', zh: '参数过多' };
    case 'commander.help':
      return { en: 'a command is missing', zh: '缺少命令' };
    default:
      return undefined;
  }
}

function withHint({ en, zh }: Words, meant: string | undefined): Words {
  return meant === undefined
    ? { en, zh }
    : { en: `${en}; did you mean \`${meant}\`?`, zh: `${zh}；是否想写 \`${meant}\`？` };
}

/** The commands that a line names, from the outside in. */
function commandPath(args: readonly string[]): readonly CommandSpec[] {
  const path: CommandSpec[] = [];
  let known: readonly CommandSpec[] = commands;
  for (const word of args) {
    const spec = known.find((one) => one.name === word);
    if (!spec) continue;
    path.push(spec);
    known = spec.commands ?? [];
  }
  return path;
}
