import { expect, test } from 'vitest';
import type { Fields, Hj212Grammar } from '../../profiles/grammar.ts';
import type { Decoded } from './decoder.ts';
import { encodeHj212 } from './encode.ts';
import { hj212Decoder, hj212Packet } from './hj212.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const ascii = (bytes: Uint8Array | undefined): string => String.fromCharCode(...(bytes ?? []));
const fieldsOf = (decoded: readonly Decoded[]): readonly Fields[] =>
  decoded.flatMap((result) => (result.ok ? [result.fields] : []));
const whysOf = (decoded: readonly Decoded[]): readonly string[] =>
  decoded.flatMap((result) => (result.ok ? [] : [result.why]));

const grammar: Hj212Grammar = {
  kind: 'hj212',
  fields: {
    pm2_5: { factor: 'a34004', value: 'Rtd' },
    pm10: { factor: 'a34002', value: 'Rtd' },
    mean: { factor: 'a34004', value: 'Avg' },
    worst: { factor: 'a34004', value: 'Max', cn: 2061 },
  },
};
const header = 'QN=20260301083000123;ST=39;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=5';
/** The header of another command. */
const of = (cn: number): string => header.replace('CN=2011', `CN=${cn}`);
const read = (data: string): readonly Decoded[] => hj212Decoder(grammar).push(hj212Packet(data));
const said = (cp: string, head = header): readonly Fields[] => fieldsOf(read(`${head};CP=&&${cp}&&`));

const answerTo = (data: string): string => {
  const [decoded] = read(data);
  return ascii(decoded?.ok ? decoded.packet?.answer : undefined);
};

test("has the checksum of the standard's own example, which is not that of Modbus", () => {
  const data = 'QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&';
  expect(ascii(hj212Packet(data))).toBe(`##0101${data}1C80\r\n`);
  expect(read(data)).toMatchObject([{ ok: true, fields: {} }]);
  expect(whysOf(hj212Decoder(grammar).push(utf8(`##0101${data}0759\r\n`)))).toEqual(['the checksum does not fit']);
});

test('gives the values of a packet, its time, its key and its answer', () => {
  const [decoded] = read(
    `${header};CP=&&DataTime=20260301083000;a34004-Rtd=35.2,a34004-Flag=N;a34002-Rtd=61,a34002-Flag=N&&`,
  );
  expect(decoded).toMatchObject({
    ok: true,
    fields: { pm2_5: 35.2, pm10: 61 },
    packet: {
      key: expect.stringMatching(/^20260301083000123 010000A8900016F000169DC0 2011 {2}DataTime=20260301083000;a34004/),
      time: { local: '20260301083000' },
    },
  });
  expect(ascii(decoded?.ok ? decoded.packet?.answer : undefined)).toMatch(
    /^##\d{4}QN=20260301083000123;ST=91;CN=9014;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&&&[0-9A-F]{4}\r\n$/,
  );
});

test.each([
  ['N', 35],
  ['S', 35],
  ['T', { value: 35, why: ['saturated'] }],
  ['D', { why: ['device_fault'] }],
  ['B', { why: ['device_fault'] }],
  ['M', { why: ['maintenance'] }],
  ['C', { why: ['maintenance'] }],
  ['F', { why: ['maintenance'] }],
])('hears the flag %s of a factor', (flag, value) => {
  expect(said(`a34004-Rtd=35,a34004-Flag=${flag}`)).toEqual([{ pm2_5: value }]);
});

test('hears of a factor that has a flag and no value', () => {
  expect(said('a34004-Flag=D;a34002-Flag=N')).toEqual([{ pm2_5: { why: ['device_fault'] } }]);
});

test('keeps the figures of a moment and of a period apart', () => {
  const figures = 'a34004-Rtd=1,a34004-Avg=2,a34004-Max=3';
  expect(said(figures)).toEqual([{ pm2_5: 1 }]);
  expect(said(figures, of(2051))).toEqual([{ mean: 2 }]);
  expect(said(figures, of(2061))).toEqual([{ mean: 2, worst: 3 }]);
  expect(said(figures, of(9999))).toEqual([{}]);
  const [minutes] = read(`${of(2051)};CP=&&DataTime=20260301083000;${figures}&&`);
  expect(minutes).toMatchObject({ packet: { time: { local: '20260301083000', period: 'minutes' } } });
});

test('answers only who wants an answer, and a heartbeat with a heartbeat', () => {
  expect(answerTo(`${header.replace('Flag=5', 'Flag=4')};CP=&&&&`)).toBe('');
  expect(answerTo(`${header.replace('2011', '9015').replace('Flag=5', 'Flag=9')};CP=&&&&`)).toMatch(
    /CN=9013;.*Flag=8;/,
  );
  expect(answerTo(`${header.replace('Flag=5', 'Flag=x')};CP=&&&&`)).toBe('');
});

test('takes a packet whose length counts the characters of a Chinese word, and one that counts bytes', () => {
  const data = `${header};CP=&&DataTime=20260301083000;i13013-Info=采样泵;a34004-Rtd=5&&`;
  const bytes = ascii(utf8(data));
  const whole = ascii(hj212Packet(bytes)).slice(6);
  for (const length of [data.length, bytes.length]) {
    const packet = `##${String(length).padStart(4, '0')}${whole}`;
    const decoded = hj212Decoder(grammar).push(Uint8Array.from(packet, (character) => character.charCodeAt(0)));
    expect(fieldsOf(decoded)).toEqual([{ pm2_5: 5 }]);
  }
  const wrong = Uint8Array.from(`##0001${whole}`, (character) => character.charCodeAt(0));
  expect(whysOf(hj212Decoder(grammar).push(wrong))).toEqual([`the length says 0001, not ${bytes.length}`]);
});

test('never shows a password of what it throws away, wherever it is cut', () => {
  const secret = 'PW=s3cr3t!';
  const packet = ascii(hj212Packet(header.replace('PW=123456', secret)));
  let looked = 0;
  for (let cut = 1; cut < packet.length - 1; cut++) {
    for (const part of [packet.slice(0, cut), packet.slice(cut)]) {
      const decoder = hj212Decoder(grammar);
      const decoded = decoder.push(utf8(`${part.replace(/\r\n$/, '')}\r\n`));
      const shown = decoded.map((result) => (result.ok ? '' : ascii(result.bytes))).join('');
      if (part.includes('t!;') || part.includes(secret)) looked++;
      expect(shown).not.toMatch(/s3c|3cr|cr3|r3t|3t!/);
    }
  }
  expect(looked).toBeGreaterThan(80);
  for (let bit = 0; bit < packet.length * 8; bit++) {
    const broken = Uint8Array.from(packet, (character) => character.charCodeAt(0));
    broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const [decoded] = hj212Decoder(grammar).push(Uint8Array.from([...broken, ...utf8('\r\n')]));
    const isInside = bit >> 3 >= packet.indexOf('s3') && bit >> 3 < packet.indexOf('t!') + 2;
    if (!isInside) expect(decoded?.ok ? '' : ascii(decoded?.bytes)).not.toContain('s3cr3t!');
  }
});

test('what a logger with one QN for all packets says later is no repeat', () => {
  const keys = ['35.2', '35.3', '35.3'].map((value) => {
    const [decoded] = read(`QN=20000101000000000;${header.replace(/^QN=\d+;/, '')};CP=&&a34004-Rtd=${value}&&`);
    return decoded?.ok ? decoded.packet?.key : undefined;
  });
  expect(keys[1]).not.toBe(keys[0]);
  expect(keys[2]).toBe(keys[1]);
});

test('reads what a simulated logger sends, and a repeat has the same key', () => {
  const packet = encodeHj212(
    grammar,
    { pm2_5: 35.2, pm10: { why: ['device_fault'] } },
    { QN: '1', Flag: 5, DataTime: '20260301083000' },
  );
  const decoded = hj212Decoder(grammar).push(Uint8Array.from([...packet, ...packet]));
  expect(fieldsOf(decoded)).toEqual([
    { pm2_5: 35.2, pm10: { why: ['device_fault'] } },
    { pm2_5: 35.2, pm10: { why: ['device_fault'] } },
  ]);
  expect(new Set(decoded.map((result) => (result.ok ? result.packet?.key : ''))).size).toBe(1);
  expect(fieldsOf(hj212Decoder(grammar).push(encodeHj212(grammar, { worst: 7 })))).toEqual([{ worst: 7 }]);
});
