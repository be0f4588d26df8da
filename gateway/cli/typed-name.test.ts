import { expect, test } from 'vitest';
import { asTyped, typedName } from './typed-name.ts';

const npx = { npm_lifecycle_event: 'npx', npm_lifecycle_script: 'lamppost' };
const start = { npm_lifecycle_event: 'start', npm_lifecycle_script: 'node gateway/lamppost.js run' };
const npm = { npm_lifecycle_event: 'test', npm_lifecycle_script: 'vitest run' };

test('who came by npx or npm start is told commands that work there', () => {
  expect([npx, start, npm, {}].map((env) => typedName(env))).toEqual([
    'npx lamppost',
    'npx lamppost',
    'lamppost',
    'lamppost',
  ]);
  expect(asTyped('→ Start it with `lamppost run`', 'npx lamppost')).toBe('→ Start it with `npx lamppost run`');
  expect(asTyped('                  → lamppost run', 'npx lamppost')).toBe('                  → npx lamppost run');
});

test('nothing else changes', () => {
  for (const line of ["mosquitto_sub -t 'lamppost/#' -v", 'npx lamppost receive mqtt://x', 'lamppost 0.1.0']) {
    expect(asTyped(line, 'npx lamppost')).toBe(line);
  }
  expect(asTyped('see `lamppost doctor`', 'lamppost')).toBe('see `lamppost doctor`');
});
