import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { widthOf } from './format.ts';
import { wrapTo } from './wrap.ts';

test('breaks at spaces and indents what follows', () => {
  expect(wrapTo('  1. Hang the sensor over the road', 18, '     ')).toEqual([
    '  1. Hang the',
    '     sensor over',
    '     the road',
  ]);
});

test('breaks between Chinese characters, but never before their punctuation', () => {
  expect(wrapTo('量出高度，写入配置。', 9)).toEqual(['量出高', '度，写入', '配置。']);
});

test('breaks no command, for it is there to be copied', () => {
  expect(wrapTo('→ Then run `lamppost profiles test`.', 24, '  ')).toEqual([
    '→ Then run',
    '  `lamppost profiles test`.',
  ]);
  expect(wrapTo('→ 请运行（`lamppost profiles test`）。', 24, '  ')).toEqual([
    '→ 请运行',
    '  （`lamppost profiles test`）。',
  ]);
});

test('leaves a line alone that fits, or that goes to a file', () => {
  expect(wrapTo('a b', 3)).toEqual(['a b']);
  expect(wrapTo('a very long line', undefined)).toEqual(['a very long line']);
  expect(wrapTo('', 10)).toEqual(['']);
});

test('loses no character and keeps to the width where words allow it', () => {
  const word = fc.stringMatching(/^[a-z0-9.,/]{1,10}$/);
  const words = fc.array(fc.oneof(word, fc.constantFrom('水位', '传感器，', '。')), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(words, fc.integer({ min: 14, max: 60 }), (parts, columns) => {
      const line = parts.join(' ');
      const lines = wrapTo(line, columns, '  ');
      expect(lines.join('').replaceAll(' ', '')).toBe(line.replaceAll(' ', ''));
      for (const one of lines) expect(widthOf(one)).toBeLessThanOrEqual(columns);
    }),
  );
});
