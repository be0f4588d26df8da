import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import record from './lamppost-node.build.json' with { type: 'json' };
import { hex, identityOf, plugIn } from '../simulator/test/bench.ts';

const folder = new URL('.', import.meta.url);

function sha256(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

test('the record of the build belongs to the committed image', () => {
  expect(record.sha256).toBe(sha256([hex]));
});

test('the committed image was built from the committed sources', () => {
  const sources = readdirSync(folder).filter((name) => name.endsWith('.c'));
  expect(sources.length).toBeGreaterThan(10);
  const inOrder = [...sources.sort(), 'node.h'].map((name) => readFileSync(new URL(name, folder)));
  expect(identityOf(plugIn().host).build).toBe(`0.1.0+${sha256(inOrder).slice(0, 8)}`);
});
