import { expect, test } from 'vitest';
import { command, plugIn, u14Bytes } from '../simulator/test/bench.ts';

const [withdrawn, armed, enforced] = [0, 1, 2] as const;

test('fall back when the host has been silent for so long, until it writes again', () => {
  const { board, host } = plugIn();
  host.io.pinMode(8, host.io.MODES.OUTPUT);
  host.io.digitalWrite(8, 1);
  const declared = host.command([command.safeOutput, 8, 0, ...u14Bytes(3)], command.safeOutput);
  expect(declared).toEqual([8, 0, 3, 0, armed]);
  board.runMs(2_900);
  expect(board.pinLevel(8)).toBe('high');
  board.runMs(300);
  expect(board.pinLevel(8)).toBe('low');
  expect(host.command([command.safeOutput, 8], command.safeOutput)).toEqual([8, 0, 3, 0, enforced]);
  expect(board.pinLevel(8)).toBe('low');
  host.io.digitalWrite(8, 1);
  board.runMs(2);
  expect(board.pinLevel(8)).toBe('high');
});

test('any byte from the host is a sign of life', () => {
  const { board, host } = plugIn();
  host.io.pinMode(8, host.io.MODES.OUTPUT);
  host.io.digitalWrite(8, 1);
  host.command([command.safeOutput, 8, 0, ...u14Bytes(1)], command.safeOutput);
  for (let i = 0; i < 6; i++) {
    board.runMs(500);
    board.send([0xf9]);
  }
  expect(board.pinLevel(8)).toBe('high');
});

test('a pin becomes an output at its safe level, and a system reset gives it that level', () => {
  const { board, host } = plugIn();
  host.command([command.safeOutput, 8, 1, ...u14Bytes(60)], command.safeOutput);
  host.io.pinMode(8, host.io.MODES.OUTPUT);
  board.runMs(2);
  expect(board.pinLevel(8)).toBe('high');
  host.io.digitalWrite(8, 0);
  host.io.reset();
  board.runMs(5);
  expect(board.pinLevel(8)).toBe('high');
});

test('can be withdrawn', () => {
  const { board, host } = plugIn();
  host.io.pinMode(8, host.io.MODES.OUTPUT);
  host.io.digitalWrite(8, 1);
  host.command([command.safeOutput, 8, 0, ...u14Bytes(1)], command.safeOutput);
  const answer = host.command([command.safeOutput, 8, 0, ...u14Bytes(0)], command.safeOutput);
  expect(answer).toEqual([8, 0, 0, 0, withdrawn]);
  board.runMs(2_000);
  expect(board.pinLevel(8)).toBe('high');
});
