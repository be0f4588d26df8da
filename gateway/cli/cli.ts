import { Command, CommanderError } from 'commander';
import { exitCodes, type Language } from '../model/errors.ts';
import { version } from '../model/version.ts';
import { commands, globalOptions } from './commands.ts';
import type { CommandSpec, OptionSpec } from './specs/spec.ts';
import { languageOf, sayError, type Call, type Context, type Run } from './context.ts';
import { asTyped } from './typed-name.ts';
import { usageError } from './usage.ts';
import type { wrapTo } from './wrap.ts';

/** Runs one command line. @returns the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  beQuietWhenNobodyReads();
  const isJson = args.includes('--json');
  let wrap: Wrap | undefined;
  /** Only when something is to be said: help is there at once. */
  const canWrap = async (): Promise<void> => {
    if (process.stderr.isTTY && !isJson) wrap = (await import('./wrap.ts')).wrapTo;
  };
  const output = {
    // Known before the line is parsed, for it may be what is wrong.
    language: languageOf(valueIn(args, '--lang')),
    isJson,
    out: (line: string) => void process.stdout.write(`${asTyped(line)}\n`),
    say: (line: string) => void process.stderr.write(`${forPeople(asTyped(line), wrap)}\n`),
  };
  const context = (config: unknown): Context => ({
    ...output,
    config: typeof config === 'string' ? config : undefined,
    signal: stop.signal,
  });
  let code: number = exitCodes.ok;
  const program = buildProgram(output.language, async (load, call) => {
    const [run] = await Promise.all([load(), canWrap()]);
    code = await run(context(program.opts()['config']), call);
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    await canWrap();
    if (!(error instanceof CommanderError)) code = sayError(error, output);
    else if (error.exitCode !== 0) code = sayError(usageError(error, args), output);
  }
  leaveSoon(code);
  return code;
}

type Wrap = typeof wrapTo;

/** Words on a terminal are not broken within one; what goes to a file or a program stays one line. */
function forPeople(text: string, wrap: Wrap | undefined): string {
  if (!wrap) return text;
  const { columns } = process.stderr;
  const lines = text.split('\n').flatMap((line) => wrap(line, columns, `${/^ */.exec(line)?.[0] ?? ''}  `));
  return lines.join('\n');
}

/** A command that is over but has left something open, as after an error half-way, still ends. */
function leaveSoon(code: number): void {
  setTimeout(() => {
    const isRead = process.stdout.writableLength + process.stderr.writableLength === 0;
    if (isRead) process.exit(code);
    leaveSoon(code);
  }, graceMs).unref();
}

const graceMs = 2000;

/** Somebody who reads only the first lines (`| head`) has seen enough. */
function beQuietWhenNobodyReads(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(exitCodes.ok);
    });
  }
}

/** The value of an option that is written `--name value` or `--name=value`. */
function valueIn(args: readonly string[], name: string): string | undefined {
  const index = args.indexOf(name);
  return index >= 0 ? args[index + 1] : args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Starts a command with what stands on its line. */
type Start = (load: () => Promise<Run>, call: Call) => Promise<void>;

const about = {
  en: 'An open IoT gateway for cities: one honest reading, kept until it is delivered, alarms first',
  zh: '面向城市的开源物联网边缘网关：读数真实、送达为止、告警优先',
};

const helpWords = {
  'Usage:': { en: 'Usage:', zh: '用法：' },
  'Options:': { en: 'Options:', zh: '选项：' },
  'Global Options:': { en: 'For every command:', zh: '通用选项：' },
  'Arguments:': { en: 'Arguments:', zh: '参数：' },
  'Commands:': { en: 'Commands:', zh: '命令：' },
} as const;

/** What a usage line calls its parts. */
const usageWords: Readonly<Record<string, string>> = { '[options]': '[选项]', '[command]': '[命令]' };

const showHelp = { en: 'show help', zh: '显示帮助' };

/** The command line as commander knows it, in the reader's language. Parsing throws CommanderError; nothing exits. */
function buildProgram(language: Language, start: Start): Command {
  const program = prepared(new Command('lamppost'), language)
    .description(about[language])
    .helpCommand('help [command]', showHelp[language])
    .version(version, '-V, --version', { en: 'show the version', zh: '显示版本' }[language]);
  for (const spec of globalOptions) addOption(program, spec, language);
  for (const spec of commands) addCommand(program, spec, { language, start, above: '' });
  return program;
}

function prepared(command: Command, language: Language): Command {
  const inWords = (text: string): string =>
    language === 'en' ? text : text.replaceAll(/\[(options|command)\]/g, (part) => usageWords[part] ?? part);
  return command
    .exitOverride()
    .configureOutput({ outputError: () => {} }) // said by us, in the reader's language
    .configureHelp({
      showGlobalOptions: true,
      styleUsage: inWords,
      styleTitle: (title) =>
        Object.hasOwn(helpWords, title) ? helpWords[title as keyof typeof helpWords][language] : title,
    })
    .helpOption('-h, --help', showHelp[language]);
}

function addCommand(
  parent: Command,
  { name: word, says, args = [], options = [], load, commands: below = [] }: CommandSpec,
  { language, start, above }: { readonly language: Language; readonly start: Start; readonly above: string },
): void {
  const command = prepared(parent.command(word), language).description(says[language]);
  const name = `${above}${word}`;
  for (const [arg, meaning] of args) command.argument(arg, meaning[language]);
  if (below.length > 0) command.helpCommand('help [command]', showHelp[language]);
  for (const option of options) addOption(command, option, language);
  for (const spec of below) addCommand(command, spec, { language, start, above: `${name} ` });
  if (load) {
    command.action(async () => {
      // Where the command above has an option of the same name, commander gives it to that one.
      await start(load, { command: name, args: command.args, options: command.optsWithGlobals() });
    });
  }
}

function addOption(command: Command, { flags, says }: OptionSpec, language: Language): void {
  command.option(flags, says[language]);
}
