import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { gatewayError, reasonOf } from '../../model/errors.ts';
import { compileSchema } from '../../platform/validate.ts';
import { Ledger, type LedgerJson } from './ledger.ts';

const range = { type: 'array', items: { type: 'integer', minimum: 1 }, minItems: 2, maxItems: 2 };
const ranges = { type: 'array', items: range };
const epoch = {
  type: 'object',
  required: ['entries'],
  properties: {
    head: { type: 'integer', minimum: 0 },
    entries: ranges,
    summaries: ranges,
    gaps: { type: 'object', additionalProperties: ranges },
  },
};
const validate = compileSchema({
  type: 'object',
  required: ['v', 'gateways'],
  properties: {
    v: { const: 1 },
    gateways: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['epochs', 'notes', 'duplicates'],
        properties: {
          epochs: { type: 'object', additionalProperties: epoch },
          notes: ranges,
          duplicates: { type: 'integer', minimum: 0 },
        },
      },
    },
  },
});

/** @throws GatewayError FILE_UNREADABLE when there is a file that holds no ledger. */
export async function readLedger(path: string): Promise<Ledger> {
  try {
    const json: unknown = JSON.parse(await readFile(path, 'utf8'));
    const [problem] = validate(json);
    if (problem) throw new Error(`${problem.pointer} ${problem.what.en}`);
    return Ledger.of(json as LedgerJson);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Ledger();
    throw gatewayError('FILE_UNREADABLE', { path, reason: reasonOf(error) }, error);
  }
}

/** Replaces the file at once or not at all; nobody else may read it, for it tells what a city measures. */
export async function writeLedger(path: string, ledger: Ledger): Promise<void> {
  const draft = `${path}.new`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(JSON.stringify(ledger));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  const directory = await open(dirname(path), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
