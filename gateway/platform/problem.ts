import type { Text } from '../model/alarm.ts';
import { closest } from '../model/closest.ts';

/** Words in both languages of our readers. */
export type Words = Required<Text>;

/** Something wrong in a document that a person wrote. */
export interface Problem {
  /** JSON pointer (RFC 6901) of the value that is wrong, or of the key when `part` is `key`. */
  readonly pointer: string;
  readonly part: 'key' | 'value';
  /** Characters into the value, where it is a text with a grammar of its own. */
  readonly offset?: number;
  readonly what: Words;
  /** What to do about it. */
  readonly hint?: Words;
}

/** A problem and where it stands in the file; lines and columns count from 1, as editors do. */
export interface LocatedProblem {
  readonly line: number;
  readonly column: number;
  readonly what: Words;
  readonly hint?: Words;
}

/** `/a/b~1c` for the path `a`, `b/c`. */
export function pointerTo(...path: readonly (string | number)[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The path of a pointer, unescaped. */
export function pathOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** `file:line:column`, which editors and terminals can jump to. */
export function whereIs(file: string, problem: LocatedProblem): string {
  return `${file}:${problem.line}:${problem.column}`;
}

/** What is wrong, and what to do, in one sentence per language. */
export function whatAndHint(problem: { readonly what: Words; readonly hint?: Words }): Words {
  const { what, hint } = problem;
  return hint ? { en: `${what.en}; ${hint.en}`, zh: `${what.zh}；${hint.zh}` } : what;
}

/** A value as a person would recognise it, short enough for one line. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** Words that are the same in both languages: names, lists, codes. */
export function same(text: string): Words {
  return { en: text, zh: text };
}

/** An unknown key and the one that was probably meant. Shared with checks that no schema can make. */
export function unknownKey(parent: string, key: string, allowed: readonly string[]): Problem {
  const list = allowed.join(', ');
  const hint = didYouMean(key, allowed) ?? {
    en: list ? `allowed here: ${list}` : 'remove it',
    zh: list ? `此处允许：${list}` : '请删除',
  };
  const what = { en: `unknown key \`${key}\``, zh: `未知的键 \`${key}\`` };
  return { pointer: parent + pointerTo(key), part: 'key', what, hint };
}

/** `did you mean …?`, when one of the allowed words is near. */
export function didYouMean(word: string, allowed: readonly string[]): Words | undefined {
  const meant = closest(word, allowed);
  return meant === undefined ? undefined : { en: `did you mean \`${meant}\`?`, zh: `是否想写 \`${meant}\`？` };
}
