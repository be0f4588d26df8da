import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { VirtualBoard } from '../simulator/board.ts';
import { close, hex, listenTo, rainPin } from '../simulator/test/bench.ts';
import record from './lamppost-node.build.json' with { type: 'json' };

const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');

interface Example {
  readonly ask: string;
  readonly answer: string;
}

const examples = Array.from(
  readme.matchAll(/^> (?<ask>[0-9A-F ]+)\n< (?<answer>[0-9A-F. ]+)$/gm),
  ({ groups }): Example => ({ ask: groups?.['ask'] ?? '', answer: groups?.['answer'] ?? '' }),
);

function hexOf(bytes: readonly number[]): readonly string[] {
  return bytes.map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'));
}

test('the examples happen as they are written, one for each message', () => {
  expect(examples).toHaveLength(6);
  const board = new VirtualBoard({ hex });
  board.runMs(100);
  for (let i = 0; i < 7; i++) close(board, rainPin, 60);
  for (const { ask, answer } of examples) {
    const heard = listenTo(board, () => {
      board.send(ask.split(' ').map((digits) => Number.parseInt(digits, 16)));
      board.runMs(60);
    });
    const wanted = answer.split(' ');
    const known = hexOf(heard).map((digits, index) => (wanted[index] === '..' ? '..' : digits));
    expect(known.join(' ')).toBe(answer);
  }
});

test('the sizes are those of the image', () => {
  expect(readme).toContain(`${record.flashBytes.toLocaleString('en')} of 32,256 bytes`);
  expect(readme).toContain(`${record.ramBytes} of 2,048 bytes`);
});
