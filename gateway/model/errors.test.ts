import { describe, expect, test } from 'vitest';
import { errorTable, exitCodes, gatewayError, reasonOf, type ErrorCode } from './errors.ts';

const rows = Object.entries(errorTable) as [ErrorCode, (typeof errorTable)[ErrorCode]][];
const placeholders = (text: string): readonly string[] =>
  [...new Set(Array.from(text.matchAll(/\{(\w+)\}/g), ([, name = '']) => name))].toSorted();

describe.each(rows)('%s', (code, { says, remedy, exit }) => {
  test('is a word', () => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
  });

  test('says the same in both languages', () => {
    expect(placeholders(says.zh)).toEqual(placeholders(says.en));
    expect(placeholders(remedy.zh)).toEqual(placeholders(remedy.en));
  });

  test('tells what to do, and ends with an exit code that is no success', () => {
    expect(remedy.en.length).toBeGreaterThan(3);
    expect(exitCodes[exit]).toBeGreaterThan(0);
  });
});

test('looks at all errors', () => {
  expect(rows.length).toBeGreaterThan(10);
});

test('an error speaks the language of its reader, in its parameters too', () => {
  const what = { en: 'unknown key `x`', zh: '未知的键 `x`' };
  const error = gatewayError('CONFIG_INVALID', { where: 'lamppost.yaml:3:1', what, hint: 'remove it' });
  expect(error.message).toBe('lamppost.yaml:3:1: unknown key `x` [CONFIG_INVALID]');
  expect(error.says('zh')).toBe('lamppost.yaml:3:1：未知的键 `x`');
  expect(error.remedy()).toBe('remove it');
  expect(error.exitCode).toBe(78);
});

test('an error keeps its cause', () => {
  const cause = new Error('ENOENT');
  expect(gatewayError('CONFIG_MISSING', { path: 'x' }, cause).cause).toBe(cause);
  expect(reasonOf(cause)).toBe('ENOENT');
  expect(reasonOf('text')).toBe('text');
});

/** A page for people who look up a code; `vitest -u` writes it anew. */
function page(): string {
  const sections = rows.map(([code, { says, remedy, retry, exit }]) => {
    const again = retry ? 'Trying again may help.' : 'Trying again without changing anything does not help.';
    return [
      `## ${code}`,
      `${quoted(says.en)}\\\n${quoted(says.zh)}`,
      `What to do: ${quoted(remedy.en)}\\\n怎么办：${quoted(remedy.zh)}`,
      `${again}\nExit code ${exitCodes[exit]} (${exit}).`,
    ].join('\n\n');
  });
  const head = '# Errors\n\nMade from `gateway/model/errors.ts`; the words in braces are filled in.';
  return `${[head, ...sections].join('\n\n')}\n`;
}

/** Braces, not placeholders of the page itself. */
const quoted = (text: string): string => text.replaceAll('_', '\\_');

test('docs/errors.md is what the table says', async () => {
  await expect(page()).toMatchFileSnapshot('../docs/errors.md');
});
