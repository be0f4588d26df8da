import { expect, test } from 'vitest';
import { noise } from '../simulator/noise.ts';
import { RainGauge } from '../simulator/rain-gauge.ts';
import { command, countsOf, identityOf, listenTo, plugIn, rainPin } from '../simulator/test/bench.ts';
import { FirmataHost } from '../simulator/test/firmata-host.ts';

test('no byte gets lost while the board hears and talks at full speed', () => {
  const { board } = plugIn();
  const writeAndAsk = [0xf5, 8, 1, 0xf9];
  const heard = listenTo(board, () => {
    board.send(Array.from({ length: 500 }, () => writeAndAsk).flat());
    board.runMs(500);
  });
  expect(heard).toEqual(Array.from({ length: 500 }, () => [0xf9, 2, 5]).flat());
});

test('10,000 random bytes at full speed leave it alive, without a reset, and still counting', () => {
  const { board, host } = plugIn();
  const gauge = new RainGauge(board, { pin: rainPin, bucketMm: 0.2 });
  gauge.rain(1);
  board.send(noise(2_026, 10_000));
  board.runMs(3_000);
  const again = new FirmataHost(board);
  expect(identityOf(again).boot).toBe(1);
  expect(countsOf(again).pulses[0]).toBe(5);
  host.unplug();
});

test.each([
  ['a sysex that is too long', [0xf0, 0x76, ...Array.from({ length: 300 }, () => 0x11), 0xf7]],
  ['a sysex cut short by another message', [0xf0, 0x06, 8, 0xf9]],
  ['data without a message', [1, 2, 3, 0xf7, 0xf7]],
  ['a message for a pin that is not there', [0xf4, 100, 1, 0xf5, 100, 1, 0x9f, 0x7f, 1, 0xf0, 0x6d, 100, 0xf7]],
  ['a user message with a wrong length', [0xf0, command.setBoard, 1, 0xf7, 0xf0, command.safeOutput, 0xf7]],
])('%s changes nothing', (_, bytes) => {
  const { board, host } = plugIn();
  board.send(bytes);
  board.runMs(100);
  expect(identityOf(host)).toMatchObject({ boot: 1, board: 0 });
  expect(board.pinLevel(8)).toBe('open');
});

test('a host that asks faster than the line can answer loses answers, never the board', () => {
  const { board, host } = plugIn();
  const query = [0xf0, 0x6b, 0xf7];
  const heard = listenTo(board, () => {
    board.send(Array.from({ length: 500 }, () => query).flat());
    board.runMs(3_000);
  });
  const answers = heard.filter((byte) => byte === 0xf0).length;
  expect(answers).toBeGreaterThan(0);
  expect(answers).toBe(heard.filter((byte) => byte === 0xf7).length);
  expect(identityOf(host).boot).toBe(1);
});
