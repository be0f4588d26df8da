import { checksumOf } from '../field/decode/checksum.ts';
import { hasGoodCrc, rtuFrame } from '../field/decode/modbus.ts';
import { quantityOf, type QuantityName } from '../model/quantity.ts';
import type { LocatedProblem } from '../platform/problem.ts';
import { checkProfile } from '../profiles/check.ts';
import { checksumSizes, type Checksum, type ChecksumKind } from '../profiles/grammar.ts';
import type { ExampleReading } from '../profiles/profile.ts';
import { bytesFromText } from './capture.ts';
import { dryRun } from './dry-run.ts';
import { hexText } from '../platform/hex.ts';

/** What a device sends, as somebody who has its data sheet would say. */
export const skeletonKinds = ['frame', 'line', 'json', 'modbus', 'topic', 'analog'] as const;
export type SkeletonKind = (typeof skeletonKinds)[number];

export interface SkeletonOrder {
  /** `<maker>/<model>`. */
  readonly id: string;
  readonly kind: SkeletonKind;
  /** As in `9600 8N1`. */
  readonly line: string;
  readonly quantity: QuantityName;
  /** One message of the device: bytes in hexadecimal, or text. One is made up when it is absent. */
  readonly example?: string;
  /** Where the schema is, from the file; as for the profiles of Lamppost by default. */
  readonly schema?: string;
}

export interface Skeleton {
  readonly text: string;
  /** What is left to mend before it is a profile. */
  readonly problems: readonly LocatedProblem[];
}

/** The parts of a profile that depend on how the device talks. */
interface Parts {
  /** Lines of `connect`, `decode` and what belongs to them. */
  readonly head: readonly string[];
  /** How the raw number becomes a value. */
  readonly value: string;
  readonly example: readonly string[];
  readonly badName: string;
  readonly badExample: readonly string[];
  readonly isPolled: boolean;
}

/** Whether an example can be understood for this kind. */
export function isExample(kind: SkeletonKind, example: string): boolean {
  switch (kind) {
    case 'frame':
      return (bytesFromText(example)?.length ?? 0) >= 2;
    case 'modbus':
      return hasGoodCrc(bytesFromText(example) ?? new Uint8Array());
    case 'line':
      return /\d/.test(example);
    case 'json':
    case 'topic':
      return firstNumber(example) !== undefined;
    case 'analog':
      return true;
  }
}

/**
 * The beginning of a profile: it passes its own checks and examples as far as that can be done for a device that nobody
 * has described yet, and asks in its comments what only the data sheet knows.
 */
export function skeleton(order: SkeletonOrder): Skeleton {
  const empty = textOf(order, [], []);
  const checked = checkProfile(empty, order.id);
  if (!checked.ok) return { text: empty, problems: checked.problems };
  const [good = [], bad = []] = checked.profile.examples.map((example) => dryRun(checked.profile, example).readings);
  return { text: textOf(order, good, bad), problems: [] };
}

function textOf(order: SkeletonOrder, good: readonly ExampleReading[], bad: readonly ExampleReading[]): string {
  const { id, quantity, schema = '../schema/profile.schema.json' } = order;
  const { unit, channel, kind, datum } = quantityOf(quantity);
  const parts = partsOf(order);
  const value = kind === 'boolean' ? `${parts.value} != 0` : parts.value;
  const settings = datum ? ['    settings: { datum: road surface }'] : [];
  const model = id.split('/')[1] ?? id;
  return [
    `# yaml-language-server: $schema=${schema}`,
    `profile: ${id}`,
    `name: { en: ${model}, zh: ${model} }`,
    'sources:',
    '  # Which data sheet, which revision, which page? Each figure below needs one.',
    `  - 'Data sheet of ${model}'`,
    'unverified: Not tried on hardware.',
    '',
    'wiring:',
    '  # What does a technician connect, step by step, and how does he see at the end that it works?',
    '  - en: Connect power and signal as the data sheet says.',
    '    zh: 按数据手册连接电源和信号线。',
    '  - en: Compare a known value with `lamppost tail`.',
    '    zh: 用已知数值与 `lamppost tail` 的读数核对。',
    '',
    ...parts.head,
    ...(parts.isPolled ? ['# How often is a value worth having, and how often can the device give one?'] : []),
    ...(parts.isPolled ? ['every: { default: 10s, min: 1s }'] : []),
    '',
    'channels:',
    '  # How does `raw` become the value, in which unit? What can the sensor measure (`limits`), how finely (`resolution`)?',
    `  ${channel}: { quantity: ${quantity}, value: ${value}${kind === 'boolean' ? '' : `, unit: '${unit}'`} }`,
    '',
    'examples:',
    '  # Are these the readings that the data sheet gives for its example? If not, the formula is not right yet.',
    '  - name: the example of the data sheet',
    ...settings,
    ...parts.example,
    ...readingLines(good),
    '  # What does the device send when it is broken, out of range, or not warm yet? One example for each.',
    `  - name: ${parts.badName}`,
    ...settings,
    ...parts.badExample,
    ...readingLines(bad),
    '',
  ].join('\n');
}

function readingLines(readings: readonly ExampleReading[]): readonly string[] {
  if (readings.length === 0) return ['    readings: []'];
  const rows = readings.map(({ channel, value, unit, quality, why = [] }) => {
    const reasons = why.length === 0 ? '' : `, why: [${why.join(', ')}]`;
    return `      - { channel: ${channel}, value: ${value}, unit: '${unit}', quality: ${quality}${reasons} }`;
  });
  return ['    readings:', ...rows];
}

function partsOf(order: SkeletonOrder): Parts {
  const { kind, line, example } = order;
  switch (kind) {
    case 'frame':
      return frameParts(bytesFromText(example ?? '') ?? Uint8Array.of(0xff, 0x07, 0xa1, 0xa7), line);
    case 'line':
      return lineParts(example ?? 'R1234', line);
    case 'json':
      return jsonParts(example ?? '{"value": 12.5}', line);
    case 'topic':
      return topicParts(example ?? '{"value": 12.5}');
    case 'modbus':
      return modbusParts(bytesFromText(example ?? ''), line);
    case 'analog':
      return analogParts;
  }
}

function frameParts(frame: Uint8Array, line: string): Parts {
  const checksum = checksumIn(frame);
  const left = (checksum?.at ?? frame.length) - 1;
  const type = left >= 2 ? 'u16be' : 'u8';
  return {
    head: [
      '# How fast is the line, and does the device send by itself? One that is asked has `ask: { bytes: … }` here.',
      `connect: { kind: serial, line: ${line} }`,
      'decode:',
      '  kind: frame',
      '  # With which bytes does every frame begin? The more of them, the fewer mistakes.',
      `  header: ${quoted(hexText(frame.subarray(0, 1)))}`,
      `  length: ${frame.length}`,
      ...(checksum
        ? [
            '  # This checksum fits the example. Does the data sheet say the same?',
            `  checksum: { kind: ${checksum.kind}, first: ${checksum.first}, last: ${checksum.last}, at: ${checksum.at} }`,
          ]
        : ['  # No known checksum fits the example. Is there one? Without it garbage can look like a value.']),
      '  fields:',
      '    # At which byte (from 0) does the value stand, how is it written, what is sent instead of one (`invalid`)?',
      `    raw: { at: 1, type: ${type} }`,
    ],
    value: 'raw',
    example: [`    bytes: ${quoted(hexText(frame))}`],
    badName: 'half a frame is no reading',
    badExample: [`    bytes: ${quoted(hexText(frame.subarray(0, Math.max(1, frame.length >> 1))))}`],
    isPolled: true,
  };
}

/** The checksum that the example carries, if it is one that we know, over all before it or all but the first byte. */
function checksumIn(frame: Uint8Array): Checksum | undefined {
  const kinds: readonly ChecksumKind[] = ['crc16-modbus', 'sum16be', 'sum16le', 'sum8', 'negated-sum8', 'xor8'];
  for (const kind of kinds) {
    const at = frame.length - checksumSizes[kind];
    for (const first of [0, 1]) {
      const checksum = { kind, first, last: at - 1, at };
      if (at - first < 2) continue;
      if (checksumOf(frame, checksum).every((byte, index) => byte === frame[at + index])) return checksum;
    }
  }
  return undefined;
}

function lineParts(example: string, line: string): Parts {
  const text = example.replace(/[\r\n]+$/, '');
  const end = example.endsWith('\r') ? '\\r' : '\\n';
  const template = text.replace(/[+-]?\d+(\.\d+)?/, (_number, decimals?: string) => (decimals ? '{raw:f}' : '{raw:d}'));
  return {
    head: [
      '# How fast is the line, and does the device send by itself? One that is asked has `ask: { text: … }` here.',
      `connect: { kind: serial, line: ${line} }`,
      '# Which parts of the line change? `{name:d}` is a whole number, `{name:4d}` one of four digits, `{name:f}` has decimals.',
      `decode: { kind: line, match: ${quoted(template)}, terminator: "${end}" }`,
    ],
    value: 'raw',
    example: [`    text: ${doubleQuoted(text, end)}`],
    badName: 'a line that is none of this device is no reading',
    badExample: [`    text: "?${end}"`],
    isPolled: true,
  };
}

function jsonParts(example: string, line: string): Parts {
  const path = firstNumber(example) ?? 'value';
  return {
    head: [
      `connect: { kind: serial, line: ${line} }`,
      'decode:',
      '  kind: json',
      '  terminator: "\\n"',
      '  fields:',
      '    # Under which keys does the value stand? Which words stand for numbers (`map`)?',
      `    raw: { path: ${quoted(path)} }`,
    ],
    value: 'raw',
    example: [`    text: ${doubleQuoted(example.trim(), '\\n')}`],
    badName: 'a line that is no JSON is no reading',
    badExample: ['    text: "?\\n"'],
    isPolled: true,
  };
}

function topicParts(example: string): Parts {
  const path = firstNumber(example) ?? 'value';
  return {
    head: [
      '# Does it say whether it is there? Then add `availability: { topic: …, online: …, offline: … }`.',
      'connect: { kind: topic }',
      'decode:',
      '  kind: json',
      '  fields:',
      '    # Under which keys does the value stand? Which words stand for numbers (`map`)?',
      `    raw: { path: ${quoted(path)} }`,
    ],
    value: 'raw',
    example: [`    messages: [{ payload: ${JSON.stringify(JSON.parse(example))} }]`],
    badName: 'a payload that is no JSON is no reading',
    badExample: ["    messages: [{ payload: '?' }]"],
    isPolled: false,
  };
}

function modbusParts(answer: Uint8Array | undefined, line: string): Parts {
  const [address = 1] = answer ?? [];
  const count = answer ? Math.max(1, (answer[2] ?? 2) >> 1) : 1;
  const table = answer?.[1] === 4 ? 'input' : 'holding';
  const ask = rtuFrame(address, Uint8Array.of(table === 'input' ? 4 : 3, 0, 0, 0, count));
  const shown = answer ?? rtuFrame(address, Uint8Array.of(3, 2, 2, 0x18));
  const exchange = (reply: string): string => `    exchange: [{ ask: ${hexText(ask)}, answer: ${reply} }]`;
  return {
    head: [
      '# With which address does the maker deliver it?',
      `connect: { kind: modbus, line: ${line}, address: ${address} }`,
      'decode:',
      '  kind: registers',
      '  # Which registers, counted from 0 as on the wire? Does reading change the device (`destructive: true`)?',
      `  reads: [{ table: ${table}, first: 0, count: ${count} }]`,
      '  fields:',
      '    # In which register does the value stand, how is it written, what is sent instead of one (`invalid`)?',
      `    raw: { table: ${table}, at: 0, type: u16 }`,
    ],
    value: 'raw',
    example: [exchange(hexText(shown))],
    badName: 'nobody answers',
    badExample: [exchange("''")],
    isPolled: true,
  };
}

const analogParts: Parts = {
  head: [
    '# Sits on an analog pin of a node board; `ratio` is the share of its reference voltage.',
    'connect: { kind: board, component: analog }',
    'derive:',
    '  # Outside which shares is the wire broken or the sensor without power? It must never look like a measurement.',
    '  - { name: raw, value: ratio, valid: [0.05, 0.95], otherwise: device_fault }',
  ],
  value: 'raw',
  example: ['    fields: { ratio: 0.5 }'],
  badName: 'a broken wire',
  badExample: ['    fields: { ratio: 0 }'],
  isPolled: true,
};

/** The keys down to the first number of a JSON object. */
function firstNumber(text: string): string | undefined {
  const search = (value: unknown, path: readonly string[]): string | undefined => {
    if (typeof value === 'number') return path.join('.');
    if (typeof value !== 'object' || value === null) return undefined;
    return Object.entries(value)
      .map(([key, inside]) => search(inside, [...path, key]))
      .find((found) => found !== undefined);
  };
  try {
    return search(JSON.parse(text), []);
  } catch {
    return undefined; // no JSON, no number
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const doubleQuoted = (text: string, end: string): string => `${JSON.stringify(text).slice(0, -1)}${end}"`;
