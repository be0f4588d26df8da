import { quantityOf } from '../model/quantity.ts';
import { didYouMean } from '../platform/problem.ts';
import type { Example, ExampleReading, Exchange, Profile } from './profile.ts';
import { within, type Report } from './report.ts';
import { setUp } from './setup.ts';
import type { WrittenExample, WrittenProfile } from './written.ts';
import { bytesFromHex } from '../platform/hex.ts';

/** Ways to write what comes in. */
const inputs = ['bytes', 'text', 'exchange', 'fields', 'files', 'messages', 'message'] as const;

/** What a device's input may be written as. */
const fitting = {
  serial: ['bytes', 'text'],
  modbus: ['exchange', 'fields'],
  dlt645: ['exchange', 'fields'],
  board: ['fields'],
  sysfs: ['files'],
  machine: ['fields'],
  topic: ['messages'],
  message: ['message'],
} as const;

export function buildExample(written: WrittenExample): Example {
  const { name, settings = {}, warmingUp = false, readings } = written;
  return { name, settings, isWarmingUp: warmingUp, input: inputOf(written), readings };
}

function inputOf({ bytes, text, exchange, fields, files, messages, message }: WrittenExample): Example['input'] {
  if (bytes !== undefined) return { kind: 'bytes', bytes: bytesFromHex(bytes) };
  if (text !== undefined) return { kind: 'bytes', bytes: new TextEncoder().encode(text) };
  if (exchange) return { kind: 'exchange', exchange: exchange.map(exchangeOf) };
  if (messages) {
    const said = messages.map(({ topic = '', payload }) => ({ topic, payload: payloadOf(payload) }));
    return { kind: 'messages', messages: said };
  }
  if (files) return { kind: 'files', files };
  return fields ? { kind: 'fields', fields } : { kind: 'message', message };
}

function exchangeOf({ ask, answer }: { readonly ask: string; readonly answer: string }): Exchange {
  return { ask: bytesFromHex(ask), answer: answer.trim() === '' ? new Uint8Array() : bytesFromHex(answer) };
}

/** A text is sent as it stands, everything else as JSON. */
function payloadOf(written: unknown): string {
  return typeof written === 'string' ? written : JSON.stringify(written);
}

/** Examples are tests, so they must be able to run, and one of them must be of bad input. */
export function checkExamples(profile: Profile, written: WrittenProfile, report: Report): void {
  const inside = within(report, 'examples');
  for (const [index, example] of written.examples.entries()) checkExample(profile, example, within(inside, index));
  if (written.examples.some(isBadInput)) return;
  inside({
    at: [],
    part: 'key',
    what: { en: 'no example is of bad input', zh: '没有异常输入的示例' },
    hint: {
      en: 'add one that gives no reading or a bad one: a broken wire, no echo, half a frame',
      zh: '请增加一个没有读数或读数为 bad 的示例：断线、无回波、半帧数据等',
    },
  });
}

function isBadInput({ readings }: WrittenExample): boolean {
  return readings.length === 0 || readings.some(({ quality }) => quality === 'bad' || quality === 'missing');
}

function checkExample(profile: Profile, example: WrittenExample, report: Report): void {
  const allowed: readonly string[] = fitting[profile.connect.kind];
  const given = inputs.filter((input) => example[input] !== undefined);
  if (given.length !== 1 || !given.every((input) => allowed.includes(input))) {
    const list = allowed.map((input) => `\`${input}\``).join(' / ');
    report({
      at: [],
      part: 'key',
      what: { en: `an example has one input, here ${list}`, zh: `每个示例须有且只有一个输入，此处为 ${list}` },
    });
  }
  const checked = setUp(profile, example.settings);
  for (const { pointer, ...problem } of checked.ok ? [] : checked.problems) {
    report({ ...problem, at: [...(example.settings ? ['settings'] : []), ...pointer.split('/').slice(1)] });
  }
  for (const [index, reading] of example.readings.entries()) {
    checkReading(profile, reading, within(report, 'readings', index));
  }
}

function checkReading(profile: Profile, { channel, unit }: ExampleReading, report: Report): void {
  const known = Object.hasOwn(profile.channels, channel) ? profile.channels[channel] : undefined;
  if (!known) {
    report({
      at: ['channel'],
      what: { en: `there is no channel \`${channel}\``, zh: `没有通道 \`${channel}\`` },
      hint: didYouMean(channel, Object.keys(profile.channels)),
    });
  } else if (quantityOf(known.quantity).unit !== unit) {
    report({
      at: ['unit'],
      what: {
        en: `readings of ${known.quantity} are in ${quantityOf(known.quantity).unit}`,
        zh: `${known.quantity} 的读数单位是 ${quantityOf(known.quantity).unit}`,
      },
    });
  }
}
