import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeChipInfo,
  decodeConfig,
  decodeEvent,
  decodeLineInfo,
  decodeRequest,
  encodeChipInfo,
  encodeConfig,
  encodeEvent,
  encodeLevel,
  encodeRequest,
  gpioRequests,
  lineFlags,
  putLineInfo,
  askLineInfo,
  sizes,
} from './gpio-uapi.ts';

const sizeIn = (request: number): number => (request >>> 16) & 0x3fff;

test('the numbers of the requests carry the sizes of their structures, as linux/ioctl.h makes them', () => {
  expect(sizeIn(gpioRequests.chipInfo)).toBe(sizes.chipInfo);
  expect(sizeIn(gpioRequests.lineInfo)).toBe(sizes.lineInfo);
  expect(sizeIn(gpioRequests.line)).toBe(sizes.request);
  expect(sizeIn(gpioRequests.setConfig)).toBe(sizes.config);
  expect(sizeIn(gpioRequests.getValues)).toBe(sizes.values);
  expect(sizeIn(gpioRequests.setValues)).toBe(sizes.values);
});

test('a request lies in memory as linux/gpio.h says', () => {
  const bytes = encodeRequest({
    offset: 17,
    consumer: 'lamppost',
    config: { flags: lineFlags.input | lineFlags.falling, debounceUs: 10_000 },
    events: 1024,
  });
  const view = new DataView(bytes.buffer);
  expect(bytes.length).toBe(592);
  expect(view.getUint32(0, true)).toBe(17);
  expect(Buffer.from(bytes.subarray(256, 265)).toString()).toBe('lamppost\0');
  expect(view.getBigUint64(288, true)).toBe(0b100100n);
  expect(view.getUint32(296, true)).toBe(1); // one attribute
  expect(view.getUint32(320, true)).toBe(3); // GPIO_V2_LINE_ATTR_ID_DEBOUNCE
  expect(view.getUint32(328, true)).toBe(10_000); // microseconds
  expect(view.getBigUint64(336, true)).toBe(1n); // of the first line
  expect(view.getUint32(560, true)).toBe(1); // one line
  expect(view.getUint32(564, true)).toBe(1024);
});

test('an event is read from memory as linux/gpio.h says', () => {
  const bytes = new Uint8Array(48);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, 123_456_789_000n, true);
  view.setUint32(8, 2, true); // GPIO_V2_LINE_EVENT_FALLING_EDGE
  view.setUint32(12, 17, true);
  view.setUint32(16, 99, true);
  view.setUint32(20, 7, true);
  expect(decodeEvent(bytes)).toEqual({ timestampNs: 123_456_789_000n, isRising: false, offset: 17, number: 7 });
});

test('a level is asked of and given to the one line of a request', () => {
  expect([...encodeLevel(true)]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
});

test('what is written can be read', () => {
  const text = fc.stringMatching(/^[a-z0-9-]{0,31}$/);
  const u32 = fc.nat({ max: 2 ** 32 - 1 });
  const config = fc.record(
    { flags: fc.bigInt({ min: 0n, max: 4095n }), level: fc.boolean(), debounceUs: u32 },
    { requiredKeys: ['flags'] },
  );
  const request = fc.record({ offset: u32, consumer: text, config, events: u32 });
  const event = fc.record({
    timestampNs: fc.bigInt({ min: 0n, max: 2n ** 63n }),
    isRising: fc.boolean(),
    offset: u32,
    number: u32,
  });
  fc.assert(
    fc.property(config, request, event, fc.record({ name: text, label: text, lines: u32 }), (one, two, three, four) => {
      expect(decodeConfig(encodeConfig(one))).toEqual(one);
      expect(decodeRequest(encodeRequest(two))).toEqual(two);
      expect(decodeEvent(encodeEvent(three))).toEqual(three);
      expect(decodeChipInfo(encodeChipInfo(four))).toEqual(four);
    }),
  );
});

test('who uses a line can be read', () => {
  const bytes = askLineInfo(4);
  putLineInfo(bytes, { name: 'GPIO4', consumer: 'w1', isUsed: true });
  expect(bytes.length).toBe(256);
  expect(decodeLineInfo(bytes)).toEqual({ name: 'GPIO4', consumer: 'w1', isUsed: true });
});
