import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type YAMLError,
} from 'yaml';
import { reasonOf } from '../model/errors.ts';
import { pathOf, same, type LocatedProblem, type Problem, type Words } from './problem.ts';

/** A text that was YAML: plain data, and the way back from a problem in the data to its line and column. */
export interface YamlData {
  readonly data: unknown;
  locate(problem: Problem): LocatedProblem;
}

export type ParsedYaml =
  | ({ readonly ok: true } & YamlData)
  | { readonly ok: false; readonly problems: readonly LocatedProblem[] };

/** Far above any configuration; a larger file is a mistake. */
const maxLength = 1024 * 1024;
/** Aliases may repeat a part of the file, but not blow it up. */
const maxAliases = 100;

interface Explanation {
  readonly code: YAMLError['code'];
  /** Tells apart what the parser gives one code. */
  readonly says?: RegExp;
  readonly what: Words;
  readonly hint: Words;
}

const badIndent = {
  what: { en: 'the indentation does not fit the lines above', zh: '缩进与上文不一致' },
  hint: {
    en: 'keys of one group begin in the same column, two spaces to the right of the group',
    zh: '同一组的键须左对齐，并比所属组多缩进两个空格',
  },
};

/** What the parser's errors mean to somebody who never heard of scalars and mappings; the first that fits is told. */
const explanations: readonly Explanation[] = [
  {
    code: 'TAB_AS_INDENT',
    what: { en: 'a tab indents this line', zh: '此行使用了制表符缩进' },
    hint: { en: 'indent with spaces', zh: '请改用空格缩进' },
  },
  {
    code: 'BAD_INDENT',
    says: /end with a/,
    what: { en: 'a closing bracket is missing above', zh: '上文缺少右括号' },
    hint: { en: 'look at the end of the line above', zh: '请检查上一行末尾' },
  },
  { code: 'BAD_INDENT', ...badIndent },
  {
    code: 'BLOCK_AS_IMPLICIT_KEY',
    what: { en: 'a second colon belongs to this value', zh: '此值又带了一个冒号' },
    hint: {
      en: 'put a text that contains a colon in quotes, or indent the next line less',
      zh: '含冒号的文字请加引号，或减少下一行的缩进',
    },
  },
  {
    code: 'BLOCK_IN_FLOW',
    what: { en: 'a comma is missing between two entries in brackets', zh: '括号内两项之间缺少逗号' },
    hint: { en: 'write `{ a: 1, b: 2 }`', zh: '请写作 `{ a: 1, b: 2 }`' },
  },
  {
    code: 'MULTILINE_IMPLICIT_KEY',
    what: { en: 'this line has no `key: value`', zh: '此行不是“键: 值”的形式' },
    hint: { en: 'a key is followed by a colon and a space', zh: '键后面须为半角冒号加空格' },
  },
  {
    code: 'MISSING_CHAR',
    says: /need to be followed/,
    what: { en: 'this line has no `key: value`', zh: '此行不是“键: 值”的形式' },
    hint: { en: 'a key is followed by a colon and a space', zh: '键后面须为半角冒号加空格' },
  },
  {
    code: 'MISSING_CHAR',
    says: /^Sequence item without/,
    ...badIndent,
  },
  {
    code: 'MISSING_CHAR',
    what: { en: 'a closing quote or bracket, or a comma, is missing', zh: '缺少右引号、右括号或逗号' },
    hint: { en: 'look at the lines above as well', zh: '请同时检查上文' },
  },
  {
    code: 'UNEXPECTED_TOKEN',
    says: /at node end/,
    what: { en: 'more text follows after the value has ended', zh: '值结束后还有多余文字' },
    hint: { en: 'put the whole text in one pair of quotes', zh: '请用一对引号括住整段文字' },
  },
  {
    code: 'BAD_SCALAR_START',
    what: { en: 'a text may not begin with this character', zh: '文字不能以此字符开头' },
    hint: { en: 'put the text in quotes', zh: '请给文字加引号' },
  },
  {
    code: 'BAD_DQ_ESCAPE',
    what: { en: 'after `\\` this character means nothing in double quotes', zh: '双引号内的 `\\` 后不能跟此字符' },
    hint: { en: 'use single quotes, or write `\\\\` for a backslash', zh: '请改用单引号，或用 `\\\\` 表示反斜杠' },
  },
  {
    code: 'MULTIPLE_DOCS',
    what: { en: 'a second document begins here', zh: '此处开始了第二个文档' },
    hint: { en: 'remove the line `---`', zh: '请删除 `---` 行' },
  },
  {
    code: 'TAG_RESOLVE_FAILED',
    what: { en: 'tags such as `!name` mean nothing here', zh: '此处不支持 `!name` 之类的标签' },
    hint: { en: 'put a text that begins with `!` in quotes', zh: '以 `!` 开头的文字请加引号' },
  },
];

const fullWidth = {
  what: { en: 'this line has full-width punctuation', zh: '此行使用了全角标点' },
  hint: { en: 'type `: `, `,` and `"` in half-width', zh: '请使用半角的冒号（后加空格）、逗号和引号' },
};

/** Reads YAML 1.2. Every trouble of the text itself comes back as problems with line and column, never as a throw. */
export function parseYaml(text: string): ParsedYaml {
  if (text.length > maxLength) return refused({ en: 'the file is larger than 1 MiB', zh: '文件超过 1 MiB' });
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
    const troubles = [...document.errors, ...document.warnings].map((error) => explained(error, text, lines));
    troubles.push(...strayAliases(document, lines));
    if (troubles.length > 0) return { ok: false, problems: firstOfEachLine(troubles) };
    const data: unknown = document.toJS({ maxAliasCount: maxAliases });
    return { ok: true, data, locate: (problem) => located(problem, document, lines) };
  } catch (error) {
    // Nesting deeper than the stack, and aliases that multiply: the parser throws for these two only.
    const reason = reasonOf(error);
    return refused({ en: `this is not YAML that can be read (${reason})`, zh: `无法按 YAML 读取（${reason}）` });
  }
}

function refused(what: Words): ParsedYaml {
  return { ok: false, problems: [{ line: 1, column: 1, what }] };
}

function explained(error: YAMLError, text: string, lines: LineCounter): LocatedProblem {
  const { line, col } = lines.linePos(error.pos[0]);
  const isChinese = /[：，“”]/u.test(text.split('\n')[line - 1] ?? '');
  if (error.code === 'DUPLICATE_KEY') return { line, column: col, ...twice(text.slice(error.pos[0])) };
  const { what, hint } = (isChinese ? fullWidth : explanationOf(error)) ?? {
    what: same(error.message),
    hint: undefined,
  };
  return { line, column: col, what, ...(hint ? { hint } : {}) };
}

/** @param text - begins with the key. */
function twice(text: string): { readonly what: Words; readonly hint: Words } {
  const [key] = text.split(/\s*:\s|\n/, 1);
  return {
    what: { en: `the key \`${key}\` is there twice`, zh: `键 \`${key}\` 重复出现` },
    hint: { en: 'remove one of the two', zh: '请删除其中一个' },
  };
}

function explanationOf({ code, message }: YAMLError): Explanation | undefined {
  return explanations.find((row) => row.code === code && (row.says?.test(message) ?? true));
}

/** One slip makes the parser stumble several times. */
function firstOfEachLine(problems: readonly LocatedProblem[]): readonly LocatedProblem[] {
  return problems.filter((problem, index) => problems.findIndex(({ line }) => line === problem.line) === index);
}

/** `*name` without its `&name`: mostly a text that should have been in quotes. */
function strayAliases(document: Document, lines: LineCounter): readonly LocatedProblem[] {
  const problems: LocatedProblem[] = [];
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document)) return;
      const { line, col } = lines.linePos(alias.range?.[0] ?? 0);
      problems.push({
        line,
        column: col,
        what: { en: `nothing is called \`&${alias.source}\``, zh: `没有名为 \`&${alias.source}\` 的锚点` },
        hint: { en: 'put a text that begins with `*` in quotes', zh: '以 `*` 开头的文字请加引号' },
      });
    },
  });
  return problems;
}

function located(problem: Problem, document: Document, lines: LineCounter): LocatedProblem {
  const { line, col } = lines.linePos(positionOf(problem, document));
  const hint = problem.hint ? { hint: problem.hint } : {};
  return { line, column: col, what: problem.what, ...hint };
}

/** Where a problem begins in the text; the nearest part that is there when the pointer leads into nothing. */
function positionOf(problem: Problem, document: Document): number {
  let node: unknown = document.contents;
  let position = startOf(node) ?? 0;
  const path = pathOf(problem.pointer);
  for (const [index, step] of path.entries()) {
    const child = childOf(isAlias(node) ? node.resolve(document) : node, step);
    if (!child) return position;
    const isLast = index === path.length - 1;
    node = child.value;
    position =
      isLast && problem.part === 'key' ? child.at : (startOf(node, isLast ? problem.offset : undefined) ?? child.at);
  }
  return position;
}

/** A member of a map or list: its value, and where its key (or the entry itself) begins. */
function childOf(node: unknown, step: string): { readonly value: unknown; readonly at: number } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
    return pair && { value: pair.value, at: startOf(pair.key) ?? 0 };
  }
  if (!isSeq(node)) return undefined;
  const item = node.items[Number(step)];
  return item === undefined ? undefined : { value: isPair(item) ? item.value : item, at: startOf(item) ?? 0 };
}

function startOf(node: unknown, offset = 0): number | undefined {
  if (!isNode(node) || !node.range) return undefined;
  if (isCollection(node) || !isScalar(node)) return node.range[0];
  const quote = node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE' ? 1 : 0;
  return node.range[0] + (offset > 0 ? offset + quote : 0);
}
