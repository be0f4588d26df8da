import { dataCommands } from './specs/data.ts';
import { runningCommands } from './specs/running.ts';
import { siteCommands } from './specs/site.ts';
import type { CommandSpec, OptionSpec } from './specs/spec.ts';

/** For every command. */
export const globalOptions: readonly OptionSpec[] = [
  {
    flags: '-c, --config <file>',
    says: { en: 'configuration; ./lamppost.yaml by default', zh: '配置文件，默认 ./lamppost.yaml' },
  },
  { flags: '--json', says: { en: 'output for programs', zh: '输出 JSON，供程序使用' } },
  { flags: '--lang <language>', says: { en: 'en or zh; by default as LANG says', zh: 'en 或 zh，默认取自 LANG' } },
];

/** The commands, in the order of `lamppost --help`. */
export const commands: readonly CommandSpec[] = [
  ...runningCommands,
  ...siteCommands,
  ...dataCommands,
  {
    name: 'version',
    says: { en: 'which Lamppost this is, and on what it runs', zh: '版本与运行环境' },
    load: async () => (await import('./commands/version.ts')).version,
  },
];
