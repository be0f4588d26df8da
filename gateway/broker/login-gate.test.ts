import { describe, expect, test } from 'vitest';
import { LoginGate } from './login-gate.ts';

describe('the login gate', () => {
  test('lets a typing error pass and slows a guesser down, more and more', () => {
    const gate = new LoginGate();
    let mono = 0;
    let attempts = 0;
    for (; mono < 3_600_000; mono += 100) {
      if (!gate.isOpen('10.0.0.9 pump', mono)) continue;
      attempts++;
      gate.failed('10.0.0.9 pump', mono);
    }
    expect(attempts).toBeGreaterThan(5);
    expect(attempts).toBeLessThan(150);
    expect(gate.isOpen('10.0.0.9 mast', mono)).toBe(true);
    expect(gate.isOpen('10.0.0.8 pump', mono)).toBe(true);
  });

  test('opens again, and forgets once the password was right', () => {
    const gate = new LoginGate();
    for (let index = 0; index < 5; index++) gate.failed('x', 0);
    expect(gate.isOpen('x', 999)).toBe(false);
    expect(gate.isOpen('x', 1000)).toBe(true);
    gate.succeeded('x');
    for (let index = 0; index < 4; index++) gate.failed('x', 2000);
    expect(gate.isOpen('x', 2000)).toBe(true);
  });

  test('remembers a bounded number of guessers', () => {
    const gate = new LoginGate();
    for (let round = 0; round < 5; round++) gate.failed('first', 0);
    for (let index = 0; index < 2000; index++) gate.failed(`key ${index}`, 0);
    expect(gate.isOpen('first', 0)).toBe(true);
  });
});
