import type { Fields, FieldValue, JsonField, JsonGrammar, TextMap } from '../../profiles/grammar.ts';
import type { Decoder } from './decoder.ts';
import { linesDecoder } from './lines.ts';

/** Reads the messages of one device. What a message leaves open it may have said before: see `JsonField.remember`. */
export type ReadJson = (topic: string, payload: Uint8Array) => Fields | string;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Lines of JSON. A good object without any of our fields gives none: the device is there. */
export function jsonDecoder(grammar: JsonGrammar): Decoder {
  const { terminator = '\n', maxLength } = grammar;
  const read = jsonReader(grammar);
  return linesDecoder({
    terminator,
    maxLength,
    read: (bytes) => {
      const text = Uint8Array.from(bytes.at(-1) === carriageReturn ? bytes.slice(0, -1) : bytes);
      if (text.length === 0) return undefined;
      const fields = read('', text);
      return typeof fields === 'string' ? fields : { fields };
    },
  });
}

const carriageReturn = 0x0d;

/** @returns what reads the messages of one device, or says why one cannot be read. Topics count from the device's own. */
export function jsonReader(grammar: JsonGrammar): ReadJson {
  const remembered = new Map<string, FieldValue>();
  return (topic, payload) => {
    const wanted = Object.entries(grammar.fields).filter(([, field]) => field.topic === topic);
    const said = valueOf(payload, wanted);
    if (!said.ok) return said.why;
    const found = wanted.flatMap(([name, field]): [string, FieldValue][] => {
      const value = fieldValue(field, valueAt(said.value, field.path));
      return value === undefined ? [] : [[name, value]];
    });
    for (const [name, value] of found) if (grammar.fields[name]?.remember) remembered.set(name, value);
    return Object.fromEntries([...remembered, ...found]);
  };
}

type Said = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly why: string };

/** What a payload says; one that is no JSON is a text where the profile wants whole payloads. */
function valueOf(payload: Uint8Array, wanted: readonly (readonly [string, JsonField])[]): Said {
  let text: string;
  try {
    text = utf8.decode(payload);
  } catch {
    return { ok: false, why: 'it is not text in UTF-8' };
  }
  const isWhole = wanted.some(([, { path }]) => path.length === 0);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return isWhole ? { ok: true, value: text } : { ok: false, why: 'it is not JSON' };
  }
  if (isWhole || (typeof value === 'object' && value !== null)) return { ok: true, value };
  return { ok: false, why: 'it is not a JSON object' };
}

/** What stands at the end of a path of keys; `undefined` where nothing does. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let inner = value;
  for (const key of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, key)) return undefined;
    inner = (inner as Readonly<Record<string, unknown>>)[key]; // own, as just seen
  }
  return inner;
}

const decimal = /^\s*[+-]?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})(?:[eE][+-]?\d{1,3})?\s*$/;

/** `undefined`: the message does not tell. `null` is the sender's word that it has no value. */
function fieldValue({ map }: JsonField, said: unknown): FieldValue | undefined {
  if (said === undefined) return undefined;
  if (said === null) return { why: ['device_fault'] };
  if (map.size > 0) return mapped(map, said);
  if (typeof said === 'boolean') return said;
  const number = typeof said === 'string' && decimal.test(said) ? Number(said) : said;
  return typeof number === 'number' && Number.isFinite(number) ? number + 0 : { why: ['decode'] };
}

function mapped(map: TextMap, said: unknown): FieldValue {
  const text = typeof said === 'string' ? said.trim() : JSON.stringify(said);
  return map.get(text) ?? { why: ['decode'] };
}
