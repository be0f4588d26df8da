import { expect, test } from 'vitest';
import { RegisterFile } from './i2c-device.ts';

test('the first byte of a write is the register, the others are its data and that of those after it', () => {
  const written: (readonly [number, number])[] = [];
  const device = new RegisterFile((register, value) => written.push([register, value]));
  device.begin('write');
  for (const byte of [0x10, 1, 2]) device.write(byte);
  expect(written).toEqual([
    [0x10, 1],
    [0x11, 2],
  ]);
});

test('a read goes on where the pointer stands, over the end to the beginning', () => {
  const device = new RegisterFile();
  device.registers[0xff] = 7;
  device.registers[0] = 8;
  device.begin('write');
  device.write(0xff);
  device.begin('read');
  expect([device.read(), device.read()]).toEqual([7, 8]);
});
