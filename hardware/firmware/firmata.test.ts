import { expect, test } from 'vitest';
import type { Identity } from '../simulator/test/bench.ts';
import {
  close,
  command,
  countsOf,
  listenTo,
  parseIdentity,
  plugIn,
  rainPin,
  resetCause,
  u32Bytes,
} from '../simulator/test/bench.ts';

test('shakes hands with an unmodified firmata-io', () => {
  const { io } = plugIn().host;
  expect(io.version).toEqual({ major: 2, minor: 5 });
  expect(io.firmware).toEqual({ name: 'lamppost-node', version: { major: 0, minor: 1 } });
  expect(io.pins).toHaveLength(20);
  const { INPUT, OUTPUT, ANALOG, I2C, PULLUP } = io.MODES;
  expect(io.pins[1]?.supportedModes).toEqual([]);
  expect(io.pins[2]?.supportedModes).toEqual([INPUT, PULLUP]);
  expect(io.pins[13]?.supportedModes).toEqual([INPUT, OUTPUT, PULLUP]);
  expect(io.pins[19]?.supportedModes).toEqual([INPUT, OUTPUT, ANALOG, I2C, PULLUP]);
  expect(io.pins.map((pin) => pin.analogChannel).slice(13)).toEqual([127, 0, 1, 2, 3, 4, 5]);
});

test('greets unasked after every start, so that a host notices a reset at once', () => {
  const { board, host } = plugIn();
  const seen: Identity[] = [];
  host.io.on('user-1', (bytes: readonly number[]) => seen.push(parseIdentity(bytes)));
  board.reset('external');
  board.runMs(100);
  expect(seen.map((identity) => identity.resetCause)).toEqual([resetCause.external]);
});

test('reports an analog voltage in steps of 1/1024 of the supply, at the sampling interval', () => {
  const { board, host } = plugIn();
  board.setAnalog(0, 2.5);
  const heard: number[] = [];
  host.io.setSamplingInterval(100);
  host.io.analogRead(0, (value) => heard.push(value));
  board.runMs(1_000);
  expect(new Set(heard)).toEqual(new Set([512]));
  expect(heard.length).toBeGreaterThanOrEqual(10);
  expect(heard.length).toBeLessThanOrEqual(12);
});

test('drives a pin as told, by port and by pin', () => {
  const { board, host } = plugIn();
  expect(board.pinLevel(8)).toBe('open');
  host.io.pinMode(8, host.io.MODES.OUTPUT);
  board.runMs(2);
  expect(board.pinLevel(8)).toBe('low');
  host.io.digitalWrite(8, 1);
  board.runMs(2);
  expect(board.pinLevel(8)).toBe('high');
  board.send([0xf5, 8, 0]);
  board.runMs(2);
  expect(board.pinLevel(8)).toBe('low');
});

test('an output that is made an output again keeps its level', () => {
  const { board, host } = plugIn();
  host.io.pinMode(8, host.io.MODES.OUTPUT);
  host.io.digitalWrite(8, 1);
  host.io.pinMode(8, host.io.MODES.OUTPUT);
  board.runMs(5);
  expect(board.pinLevel(8)).toBe('high');
});

test('tells an input change within 2 ms', () => {
  const { board, host } = plugIn();
  const heard: number[] = [];
  host.io.pinMode(7, host.io.MODES.PULLUP);
  host.io.digitalRead(7, (value) => heard.push(value));
  board.runMs(5);
  expect(heard.at(-1)).toBe(1);
  board.setPin(7, 'low');
  board.runMs(2);
  expect(heard.at(-1)).toBe(0);
});

test('answers a pin state query with mode and pull-up', () => {
  const { host } = plugIn();
  host.io.pinMode(7, host.io.MODES.PULLUP);
  host.ask<void>('the state of pin 7', (done) => host.io.queryPinState(7, () => done()));
  expect(host.io.pins[7]).toMatchObject({ mode: host.io.MODES.PULLUP, state: 1 });
});

test('never lets the host drive a pin that is being counted', () => {
  const { board } = plugIn();
  board.send([0xf4, rainPin, 1, 0xf5, rainPin, 1, 0xf4, rainPin, 0]);
  board.runMs(5);
  expect(board.pinLevel(rainPin)).toBe('pull-up');
});

test('a system reset ends all reports and makes outputs inputs, but keeps the counts', () => {
  const { board, host } = plugIn();
  close(board, rainPin, 30);
  host.io.pinMode(8, host.io.MODES.OUTPUT);
  host.io.analogRead(0, () => {});
  host.command([command.reportCounts, ...u32Bytes(10)], command.counts);
  host.io.reset();
  board.runMs(10);
  expect(listenTo(board, () => board.runMs(200))).toEqual([]);
  expect(board.pinLevel(8)).toBe('open');
  expect(countsOf(host).pulses).toEqual([1, 0]);
});
