import { expect, test } from 'vitest';
import { numberInFile } from './number-file.ts';

test.for([
  ['23125\n', 23_125],
  ['-1250', -1250],
  ['0.000732421\n', 0.000732421],
  ['0\n', 0],
])('a file with one number is that number: %o', ([text, value]) => {
  expect(numberInFile(String(text))).toBe(value);
});

test('an empty file is a sensor that did not answer its driver', () => {
  expect(numberInFile('\n')).toEqual({ why: ['device_fault'] });
});

test.for(['abc', '1 2', '1e3', '0x10', '23125 mC', 'NaN', '--1'])('what is no number is none: %s', (text) => {
  expect(numberInFile(text)).toEqual({ why: ['decode'] });
});
