import { describe, expect, test } from 'vitest';
import { WireError } from '../platform/wire.ts';
import { certificateFinding } from './check-upstreams.ts';
import type { Check, Facts } from './checks.ts';
import { checks, examine, hasFailed } from './doctor.ts';

const facts: Facts = {
  dial: () => Promise.reject(new WireError('unreachable', 'no')),
  askWitness: () => Promise.resolve({ isSynced: true }),
  broker: { host: '127.0.0.1', port: 0 },
};

const check = (look: Check['look']): Check => ({ id: 'x', name: { en: 'X', zh: 'X' }, look });

test('a check that breaks is a finding, and the others go on', async () => {
  const [broken, fine] = await examine(facts, [
    check(() => Promise.reject(new Error('EIO'))),
    check(() => Promise.resolve([{ id: 'y', state: 'ok', saw: { en: 'well', zh: '好' } }])),
  ]);
  expect(broken?.findings).toEqual([
    { id: 'x', state: 'fail', saw: { en: 'the check itself failed: EIO', zh: '检查本身出错：EIO' } },
  ]);
  expect(fine?.findings[0]?.state).toBe('ok');
  expect(hasFailed(broken ? [broken] : [])).toBe(true);
  expect(hasFailed(fine ? [fine] : [])).toBe(false);
});

test('the machine can be looked at without any configuration, and whatever is wrong has a step that mends it', async () => {
  const examined = await examine(facts);
  expect(examined.map((one) => one.check.id)).toEqual(checks.map(({ id }) => id));
  const findings = examined.flatMap((one) => one.findings);
  expect(findings.length).toBeGreaterThan(4);
  for (const { state, mend } of findings) expect(state === 'ok' || mend !== undefined).toBe(true);
  expect(findings.find(({ id }) => id === 'clock')?.state).toBe('ok');
});

describe('a certificate', () => {
  const now = Date.UTC(2026, 10, 22);
  const inDays = (days: number): number => now + days * 86_400_000;

  test.each([
    [inDays(90), undefined, 'ok', 'its certificate is good until 2027-02-20 (90 days)'],
    [inDays(5), undefined, 'warn', 'its certificate is good until 2026-11-27 (5 days)'],
    [inDays(-1), 'CERT_HAS_EXPIRED', 'fail', 'its certificate ended on 2026-11-21; or this clock is wrong'],
    [inDays(90), 'self-signed certificate', 'fail', 'its certificate is not to be trusted: self-signed certificate'],
  ])('until %d, distrust %s: %s', (until, distrust, state, saw) => {
    expect(certificateFinding(until, distrust, now)).toMatchObject({ state, saw: { en: saw } });
  });
});
