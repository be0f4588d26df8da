import type { FieldValue } from '../../profiles/grammar.ts';

/** What a file of the kernel with one number says. An empty one is a driver that got no answer, or a wrong checksum. */
export function numberInFile(text: string): FieldValue {
  const written = text.trim();
  if (written === '') return { why: ['device_fault'] };
  return /^[-+]?\d{1,15}(\.\d{1,15})?$/.test(written) ? Number(written) : { why: ['decode'] };
}
