import { describe, expect, test } from 'vitest';
import { commands, globalOptions } from './commands.ts';
import type { CommandSpec } from './specs/spec.ts';
import { usageError } from './usage.ts';

const flatten = (specs: readonly CommandSpec[]): readonly CommandSpec[] =>
  specs.flatMap((spec) => [spec, ...flatten(spec.commands ?? [])]);
const all = flatten(commands);

describe('every command', () => {
  test.each(all.map((spec) => [spec.name, spec] as const))('%s speaks both languages', (_name, spec) => {
    const words = [
      spec.says,
      ...(spec.args ?? []).map(([, says]) => says),
      ...(spec.options ?? []).map(({ says }) => says),
    ];
    for (const { en, zh } of words) {
      expect(en).not.toBe('');
      expect(zh).not.toBe('');
    }
    expect(spec.load ?? spec.commands).toBeDefined();
  });

  test('has options of its own names', () => {
    const general = globalOptions.map(({ flags }) => flags);
    for (const { options = [] } of all) {
      const flags = [...general, ...options.map((option) => option.flags)];
      expect(new Set(flags).size).toBe(flags.length);
    }
    expect(all.length).toBeGreaterThan(15);
  });
});

const says = (code: string, name: string, args: readonly string[]): readonly string[] => {
  const error = usageError({ code: `commander.${code}`, message: `error: something '${name}' is wrong` }, args);
  expect(error.exitCode).toBe(64);
  return [error.says('en'), error.says('zh'), error.remedy('en')];
};

describe('a line that is wrong', () => {
  test('is answered with what was meant', () => {
    expect(says('unknownCommand', 'tial', ['tial'])).toEqual([
      'there is no command `tial`; did you mean `tail`?',
      '没有命令 `tial`；是否想写 `tail`？',
      '`lamppost --help` shows how it is used.',
    ]);
    expect(says('unknownOption', '--lmit', ['history', '--lmit'])).toEqual([
      'there is no option `--lmit` here; did you mean `--limit`?',
      '此处没有选项 `--lmit`；是否想写 `--limit`？',
      '`lamppost history --help` shows how it is used.',
    ]);
    expect(says('unknownCommand', 'ad', ['user', 'ad'])[0]).toContain('did you mean `add`?');
  });

  test('names the command whose help is of use', () => {
    expect(says('missingArgument', 'name', ['--json', 'user', 'add'])).toEqual([
      '`name` is missing',
      '缺少 `name`',
      '`lamppost user add --help` shows how it is used.',
    ]);
    expect(says('invalidArgument', 'x', [])[0]).toBe("something 'x' is wrong");
  });
});
