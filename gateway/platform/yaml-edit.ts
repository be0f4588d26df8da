import { isDeepStrictEqual } from 'node:util';
import { Document, isCollection, isMap, isSeq, isScalar, parseDocument, type Pair, type YAMLSeq } from 'yaml';

/** What is added to a list. */
export type YamlItem = Readonly<Record<string, unknown>>;

/**
 * Adds an item at the end of a list at the top of a document, and the list where there is none. What somebody wrote
 * stays as it is, byte for byte: comments, quotes, blank lines, line ends.
 *
 * @param text - YAML that can be read.
 */
export function withItem(text: string, list: string, item: YamlItem): string {
  const before: unknown = parseDocument(text).toJS();
  const group = typeof before === 'object' && before !== null ? before : {};
  const items: unknown = Object.entries(group).find(([key]) => key === list)?.[1] ?? [];
  const wanted = { ...group, [list]: [...(Array.isArray(items) ? items : []), item] };
  const spliced = splice(text, list, item);
  if (spliced !== undefined && isDeepStrictEqual(dataIn(spliced), wanted)) return spliced;
  return rewritten(text, list, item);
}

function dataIn(text: string): unknown {
  const document = parseDocument(text);
  return document.errors.length > 0 ? undefined : document.toJS();
}

/** For lists written in a way that cannot be added to in place: comments stay, spaces and quotes may change. */
function rewritten(text: string, list: string, item: YamlItem): string {
  const document = parseDocument(text);
  if (isSeq(document.get(list))) document.addIn([list], item);
  else document.set(list, [item]);
  return document.toString(style);
}

const style = { lineWidth: 0, flowCollectionPadding: true, singleQuote: true } as const;

function splice(text: string, list: string, item: YamlItem): string | undefined {
  const { contents } = parseDocument(text);
  if (contents !== null && (!isMap(contents) || contents.flow)) return undefined;
  const pair = contents?.items.find(({ key }) => isScalar(key) && key.value === list);
  if (!pair) return appended(text, list, item);
  if (!isSeq(pair.value)) return isEmptyValue(pair) ? belowKey(text, pair, item) : undefined;
  if (pair.value.items.length === 0) return inPlaceOfEmpty(text, pair.value, item);
  return pair.value.flow ? inBrackets(text, pair.value, item) : afterLast(text, pair.value, item);
}

const isEmptyValue = ({ value }: Pair): boolean =>
  value === null || (isScalar(value) && value.value === null && (value.source ?? '') === '');

/** `devices:` and the item at the end of the file. */
function appended(text: string, list: string, item: YamlItem): string {
  const end = lineEnd(text);
  const gap = text === '' || text.endsWith('\n') ? '' : end;
  return `${text}${gap}${list}:${end}${block(item, 2, end)}${end}`;
}

function belowKey(text: string, { key }: Pair, item: YamlItem): string | undefined {
  const at = endOf(key);
  return at === undefined ? undefined : insertedBelow(text, at, { item, indent: 2 });
}

/** `devices: []` becomes `devices:`. */
function inPlaceOfEmpty(text: string, { range }: YAMLSeq, item: YamlItem): string | undefined {
  if (!range) return undefined;
  const [from, to] = range;
  const head = text.slice(0, from).trimEnd();
  return insertedBelow(head + text.slice(to), head.length, { item, indent: 2 });
}

function inBrackets(text: string, list: YAMLSeq, item: YamlItem): string | undefined {
  const at = endOf(list.items.at(-1));
  const flow = new Document(item);
  if (isCollection(flow.contents)) flow.contents.flow = true;
  return at === undefined ? undefined : `${text.slice(0, at)}, ${flow.toString(style).trim()}${text.slice(at)}`;
}

function afterLast(text: string, list: YAMLSeq, item: YamlItem): string | undefined {
  const [at, dash] = [endOf(list.items.at(-1)), list.range?.[0]];
  if (at === undefined || dash === undefined || text[dash] !== '-') return undefined;
  return insertedBelow(text, at, { item, indent: dash - (text.lastIndexOf('\n', dash) + 1) });
}

/** Puts the item under the line that `at` is on. */
function insertedBelow(
  text: string,
  at: number,
  { item, indent }: { readonly item: YamlItem; readonly indent: number },
): string {
  const end = lineEnd(text);
  // A text of several lines ends behind its last line end.
  const found = text.indexOf('\n', text[at - 1] === '\n' ? at - 1 : at);
  const line = found < 0 ? text.length : found - (text[found - 1] === '\r' ? 1 : 0);
  return `${text.slice(0, line)}${end}${block(item, indent, end)}${text.slice(line)}`;
}

const lineEnd = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

/** `- id: …` with a line for each key, as the README writes devices. */
function block(item: YamlItem, indent: number, end: string): string {
  return itemText(item)
    .split('\n')
    .map((line, index) => `${' '.repeat(indent)}${index === 0 ? '- ' : '  '}${line}`)
    .join(end);
}

/** An item as a block: each key on its own line, what is inside in braces. */
function itemText(item: YamlItem): string {
  const document = new Document(item);
  if (isMap(document.contents))
    for (const { value } of document.contents.items) if (isCollection(value)) value.flow = true;
  return document.toString(style).trimEnd();
}

/** Where the last character of a node stands, without the comments and line ends behind it. */
function endOf(node: unknown): number | undefined {
  if (isCollection(node) && !node.flow) {
    const last = node.items.at(-1);
    if (isMap(node) && last !== undefined) {
      const { key, value } = last as Pair;
      return endOf(isEmptyValue({ value } as Pair) ? key : value);
    }
    return endOf(last);
  }
  return isScalar(node) || isCollection(node) ? node.range?.[1] : undefined;
}
