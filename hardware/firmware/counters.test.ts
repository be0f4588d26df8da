import { expect, test } from 'vitest';
import { VirtualBoard } from '../simulator/board.ts';
import { RainGauge } from '../simulator/rain-gauge.ts';
import type { Counts } from '../simulator/test/bench.ts';
import {
  close,
  command,
  countsOf,
  hex,
  identityOf,
  listenTo,
  parseCounts,
  plugIn,
  rainPin,
  resetCause,
  u14Bytes,
  u32Bytes,
} from '../simulator/test/bench.ts';
import { FirmataHost } from '../simulator/test/firmata-host.ts';

test('seven bouncing tips while no host listens are exactly seven', () => {
  const { board, host } = plugIn();
  const gauge = new RainGauge(board, { pin: rainPin, bucketMm: 0.2 });
  const before = countsOf(host);
  host.unplug();
  gauge.rain(1.4);
  board.runMs(2_000);
  expect(gauge.tips).toBe(7);
  const after = countsOf(new FirmataHost(board));
  expect(after.pulses[0] - before.pulses[0]).toBe(7);
  expect(after).toMatchObject({ boot: before.boot, since: before.since, report: before.report + 1 });
});

test('a glitch of 5 ms is no tip', () => {
  const { board, host } = plugIn();
  close(board, rainPin, 5);
  expect(countsOf(host).pulses).toEqual([0, 0]);
  close(board, rainPin, 20);
  expect(countsOf(host).pulses).toEqual([1, 0]);
});

test('the debounce time of each counter can be set and outlives the power', () => {
  const eeprom = new Uint8Array(1024).fill(0xff);
  const { host } = plugIn(eeprom);
  expect(host.command([command.debounce], command.debounce)).toEqual([...u14Bytes(15), ...u14Bytes(15)]);
  host.command([command.debounce, 1, ...u14Bytes(3)], command.debounce);
  const again = plugIn(eeprom);
  expect(again.host.command([command.debounce], command.debounce)).toEqual([...u14Bytes(15), ...u14Bytes(3)]);
  close(again.board, rainPin + 1, 5);
  expect(countsOf(again.host).pulses).toEqual([0, 1]);
});

test('reports come at the interval that the host asked for, numbered without a gap', () => {
  const { board, host } = plugIn();
  const reports: Counts[] = [];
  host.io.on('user-3', (bytes: readonly number[]) => reports.push(parseCounts(bytes)));
  host.command([command.reportCounts, ...u32Bytes(500)], command.counts);
  board.runMs(5_000);
  expect(reports.map((report) => report.report)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  const [first = 0, second = 0] = reports.map((report) => report.uptimeMs);
  expect(second - first).toBe(500);
  host.command([command.reportCounts, ...u32Bytes(0)], command.counts);
  expect(listenTo(board, () => board.runMs(1_000))).toEqual([]);
});

test.each(['external', 'watchdog'] as const)('a reset by %s is a new boot, but the counts go on', (cause) => {
  const { board, host } = plugIn();
  for (let i = 0; i < 3; i++) close(board, rainPin, 30);
  if (cause === 'watchdog') board.hang();
  else board.reset('external');
  board.runMs(2_500);
  close(board, rainPin, 30);
  expect(countsOf(host)).toMatchObject({ boot: 2, since: 1, pulses: [4, 0] });
  expect(identityOf(host)).toMatchObject({ boot: 2, since: 1, resetCause: resetCause[cause] });
});

test('after a power failure they start at zero and say so', () => {
  const { board, host } = plugIn();
  close(board, rainPin, 30);
  board.reset('power');
  board.runMs(100);
  expect(countsOf(host)).toMatchObject({ boot: 2, since: 2, pulses: [0, 0] });
});

test('a contact that is closed when the board starts is not a tip', () => {
  const board = new VirtualBoard({ hex });
  board.setPin(rainPin, 'low');
  const host = new FirmataHost(board);
  board.setPin(rainPin, 'open');
  board.runMs(50);
  expect(countsOf(host).pulses).toEqual([0, 0]);
});
