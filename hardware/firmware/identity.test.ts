import { expect, test } from 'vitest';
import { VirtualBoard } from '../simulator/board.ts';
import { command, hex, identityOf, parseIdentity, plugIn, resetCause, u32Bytes } from '../simulator/test/bench.ts';
import { FirmataHost } from '../simulator/test/firmata-host.ts';
import { usedEeprom } from '../simulator/eeprom.ts';

test('says its build, its layout and why it started', () => {
  const identity = identityOf(plugIn().host);
  expect(identity).toMatchObject({ layout: 1, board: 0, boot: 1, since: 1, resetCause: resetCause.power });
  expect(identity.build).toMatch(/^0\.1\.0\+[0-9a-f]{8}$/);
});

test('its clock keeps the pace of the crystal', () => {
  const { board, host } = plugIn();
  const before = identityOf(host).uptimeMs;
  const start = board.ms;
  board.runMs(5_000);
  const drift = identityOf(host).uptimeMs - before - (board.ms - start);
  expect(Math.abs(drift)).toBeLessThanOrEqual(2);
});

test('keeps the board number that the host gives it', () => {
  const eeprom = new Uint8Array(1024).fill(0xff);
  const { host } = plugIn(eeprom);
  const answer = host.command([command.setBoard, ...u32Bytes(0xdeadbeef)], command.identity);
  expect(parseIdentity(answer).board).toBe(0xdeadbeef);
  expect(identityOf(plugIn(eeprom).host).board).toBe(0xdeadbeef);
});

test('the boot number rises by one at every start, also over the end of the EEPROM records', () => {
  const eeprom = new Uint8Array(1024).fill(0xff);
  expect(identityOf(plugIn(eeprom).host).boot).toBe(1);
  // 64 records of 6 bytes from byte 48 on: the first becomes the last.
  eeprom.copyWithin(48 + 63 * 6, 48, 54);
  eeprom.fill(0xff, 48, 54);
  for (const boot of [2, 3, 4]) expect(identityOf(plugIn(eeprom).host).boot).toBe(boot);
  expect(eeprom[48]).toBe(2);
});

test("a board with the simulator's used EEPROM goes on from its boots", () => {
  expect(identityOf(plugIn(usedEeprom(123_456)).host)).toMatchObject({ boot: 123_457, since: 123_457 });
});

test('a boot number whose writing was cut short is not taken for a number', () => {
  const eeprom = new Uint8Array(1024).fill(0xff);
  const board = new VirtualBoard({ hex, eeprom });
  board.runMs(50);
  board.reset('power');
  board.runMs(10); // in the middle of writing boot 2, six bytes from byte 54 on
  expect(eeprom[54]).toBe(2);
  expect(eeprom[59]).toBe(0xff);
  board.reset('power');
  expect(identityOf(new FirmataHost(board)).boot).toBe(2);
});
