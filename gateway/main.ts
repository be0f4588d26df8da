import { runCli } from './cli/cli.ts';

// When the launcher is gone, nobody holds us any more. The channel alone does not keep the process alive.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();

process.exitCode = await runCli(process.argv.slice(2));
