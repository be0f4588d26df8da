import { describe, expect, test } from 'vitest';
import { whatAndHint, whereIs } from '../platform/problem.ts';
import { checkProfile } from './check.ts';
import type { Profile } from './profile.ts';

/** A profile around a way to the device, its grammar and one channel. */
const profileOf = (connect: string, decode: string, input = 'text: x', every = 'every: { default: 10s }'): string => `
profile: acme/x
name: { en: X, zh: X }
sources: [ACME data sheet 1]
wiring: [{ en: Plug it in, zh: 插上 }]
connect: ${connect}
decode: ${decode}
${every}
channels: { t: { quantity: air_temperature, value: t, unit: °C } }
examples:
  - { name: one, ${input}, readings: [] }
  - { name: two, ${input}, readings: [] }
`;

const serial = '{ kind: serial, line: 9600 8N1 }';
const topic = '{ kind: topic }';
const said = 'messages: [{ payload: 1 }]';
const nmea = (field: string): string =>
  profileOf(serial, `{ kind: nmea, fields: { t: { sentence: MTW, at: 1, ${field} } } }`);
const lines = (rest: string, field = 'path: t'): string =>
  profileOf(serial, `{ kind: json, ${rest}fields: { t: { ${field} } } }`);
const messages = (rest: string, connect = topic, input = said, every = ''): string =>
  profileOf(connect, `{ kind: json, ${rest}fields: { t: { path: t } } }`, input, every);
const logger = (field: string): string =>
  profileOf(serial, `{ kind: hj212, fields: { t: { factor: a01001, ${field} } } }`);

function builtFrom(text: string): Profile {
  const checked = checkProfile(text);
  if (!checked.ok) throw new Error(checked.problems.map(({ what }) => what.en).join('; '));
  return checked.profile;
}

describe('a profile', () => {
  test('says what a device is asked and how it is started, in bytes or text', () => {
    const { connect } = builtFrom(
      profileOf(
        '{ kind: serial, line: 9600 8N1, ask: { bytes: FF 01 }, start: [{ text: "OJ\\r\\n" }] }',
        '{ kind: line, match: "{t:f}", terminator: "\\n" }',
      ),
    );
    expect(connect).toMatchObject({ ask: Uint8Array.of(0xff, 1), start: [new TextEncoder().encode('OJ\r\n')] });
  });

  test('of a neighbour needs no period, and may have one', () => {
    expect(builtFrom(messages('')).everyMs).toBeUndefined();
    expect(builtFrom(messages('', topic, said, 'every: { default: 5min }')).everyMs).toBe(300_000);
  });

  test('of a neighbour says where its words stand', () => {
    const availability = '{ topic: availability, path: a.state, online: online, offline: offline }';
    expect(builtFrom(messages('', `{ kind: topic, availability: ${availability} }`)).connect).toEqual({
      kind: 'topic',
      availability: { topic: 'availability', path: ['a', 'state'], online: 'online', offline: 'offline' },
    });
  });

  test('has the payloads of its examples as they are sent', () => {
    const input =
      'messages: [{ topic: ../LWT, payload: Online }, { payload: { t: 21 } }, { payload: 5 }, { payload: "5" }]';
    expect(builtFrom(messages('', topic, input)).examples[0]?.input).toEqual({
      kind: 'messages',
      messages: [
        { topic: '../LWT', payload: 'Online' },
        { topic: '', payload: '{"t":21}' },
        { topic: '', payload: '5' },
        { topic: '', payload: '5' },
      ],
    });
  });
});

test.each([
  ['a text without a map', nmea('type: text'), '7:66: a text needs `map`; say what each text means'],
  ['a map of numbers', nmea('type: number, map: { A: 1 }'), '7:74: `map` is for texts, and this is a number'],
  ['an unknown type', nmea('type: speed'), '7:66: "speed" is not known here; allowed: number, latitude'],
  [
    'a sentence with its talker',
    nmea('type: number').replace('MTW', 'GPMTW'),
    '7:48: "GPMTW" is not written as it should be; Three letters',
  ],
  ['lines without an end', lines(''), '7:1: `terminator` is missing; say what ends a line'],
  [
    'a line end that is no character of ASCII',
    lines('terminator: "。", '),
    '7:35: a line ends with an ASCII character',
  ],
  ['a topic on a serial line', lines('terminator: "\\n", ', 'path: t, topic: x'), '7:65: a serial line has no topics'],
  ['a message with a line end', messages('terminator: "\\n", '), '7:23: a message has no terminator; remove it'],
  [
    'a grammar of bytes for messages',
    messages('')
      .replace('kind: json, ', 'kind: nmea, ')
      .replace('{ path: t }', '{ sentence: MTW, at: 1, type: number }'),
    '7:17: `connect: topic` does not go with this `decode`; take `kind: json`',
  ],
  ['bytes that a neighbour sends', messages('', topic, 'text: x'), '11:5: an example has one input, here `messages`'],
  [
    'a topic with a wildcard',
    messages('', topic, 'messages: [{ topic: a/+, payload: 1 }]'),
    '11:38: "a/+" is not written as it should be',
  ],
  [
    'a figure that a packet does not carry',
    logger('value: Avg, cn: 2011'),
    '7:71: packets of 2011 carry no Avg; Rtd comes with 2011',
  ],
  ['a moment out of a period', logger('value: Rtd, cn: 2061'), '7:71: packets of 2061 carry no Rtd'],
  [
    'a question that is both',
    profileOf(
      '{ kind: serial, line: 9600 8N1, ask: { bytes: FF, text: x } }',
      '{ kind: hj212, fields: { t: { factor: a01001, value: Rtd } } }',
    ),
    '6:47: there are 2 keys here, but there must be at most 1',
  ],
  [
    'a question in no bytes',
    profileOf(
      '{ kind: serial, line: 9600 8N1, ask: { bytes: F } }',
      '{ kind: hj212, fields: { t: { factor: a01001, value: Rtd } } }',
    ),
    '6:56: "F" is not written as it should be; In hexadecimal',
  ],
  [
    'words of a neighbour that are not all there',
    messages('', '{ kind: topic, availability: { topic: ../LWT, online: Online } }'),
    '6:25: `offline` is missing',
  ],
])('%s is told with its place, in both languages', (_name, text, says) => {
  const checked = checkProfile(text);
  const problems = checked.ok ? [] : checked.problems;
  const told = problems.map((problem) => `${whereIs('', problem).slice(1)}: ${whatAndHint(problem).en}`);
  expect(told.find((line) => line.startsWith(says)) ?? told).toEqual(expect.any(String));
  for (const { what } of problems) expect(what.zh).not.toBe('');
});
