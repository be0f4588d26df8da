import { Command, CommanderError, Option } from 'commander';
import { exitCodes } from '../model/errors.ts';
import { version } from '../model/version.ts';
import { languageOf, sayError, type Context } from './context.ts';

interface GlobalOptions {
  readonly config?: string;
  readonly url?: string;
  readonly json?: boolean;
  readonly lang?: string;
}

/** Runs one command line. @returns the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  // Somebody who reads only the first lines (`| head`) has seen enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
  });
  let code: number = exitCodes.ok;
  const program = new Command('lamppost');
  const context = (): Context => {
    const { config, url, json = false, lang } = program.opts<GlobalOptions>();
    return {
      language: languageOf(lang),
      isJson: json,
      config,
      url,
      out: (line) => void process.stdout.write(`${line}\n`),
      say: (line) => void process.stderr.write(`${line}\n`),
      signal: stop.signal,
    };
  };
  const run = (command: () => Promise<(context: Context) => Promise<number>>) => async (): Promise<void> => {
    code = await (await command())(context());
  };
  program
    .description('An open IoT gateway for cities: one honest reading, kept until it is delivered, alarms first')
    .version(version, '-V, --version')
    .addOption(new Option('-c, --config <file>', 'configuration, lamppost.yaml by default'))
    .addOption(new Option('-u, --url <url>', 'local broker, mqtt://127.0.0.1:1883 by default'))
    .addOption(new Option('--json', 'machine-readable output'))
    .addOption(new Option('--lang <language>', 'en or zh; by default as LANG says'))
    .exitOverride()
    .configureOutput({ writeErr: (text) => void process.stderr.write(text) })
    .showHelpAfterError();
  program
    .command('run')
    .description('run the gateway; without a lamppost.yaml, the virtual street')
    .action(run(async () => (await import('./commands/run.ts')).run));
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return sayError(error, context());
  }
}
