import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../gateway/test/tools.ts';
import { VirtualBoard } from '../simulator/board.ts';
import type { Identity } from '../simulator/test/bench.ts';
import { hex, identityOf } from '../simulator/test/bench.ts';
import { FirmataHost } from '../simulator/test/firmata-host.ts';
import record from './lamppost-node.build.json' with { type: 'json' };

function identityBy(image: string): Identity {
  return identityOf(new FirmataHost(new VirtualBoard({ hex: image })));
}

describeWith(['avr-gcc', 'make'], 'the firmware built here', () => {
  let out = '';
  let compiler = '';
  let built = '';

  beforeAll(() => {
    out = mkdtempSync(join(tmpdir(), 'lamppost-node-'));
    const [firstLine = ''] = execFileSync('avr-gcc', ['--version'], { encoding: 'utf8' }).split('\n');
    compiler = firstLine;
    execFileSync('make', ['-C', import.meta.dirname, `OUT=${out}`], { stdio: 'pipe' });
    built = readFileSync(join(out, 'lamppost-node.hex'), 'utf8');
  });

  afterAll(() => rmSync(out, { recursive: true, force: true }));

  test('is the committed image, byte for byte', ({ skip }) => {
    const other = `this is ${compiler}, the committed image is from ${record.compiler}`;
    // Another compiler gives other bytes, so only the behaviour is compared; on CI the recorded one must be there.
    if (compiler !== record.compiler && process.env['CI']) throw new Error(other);
    skip(compiler !== record.compiler, other);
    expect(built).toBe(hex);
  });

  test('starts, shakes hands and says the same of itself as the committed image', () => {
    expect(identityBy(built)).toEqual(identityBy(hex));
  });
});
