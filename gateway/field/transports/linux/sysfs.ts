import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../../../model/errors.ts';
import { sleep, type Clock } from '../../../platform/clock.ts';
import type { Fields, FieldValue } from '../../../profiles/grammar.ts';
import { numberInFile } from '../../decode/number-file.ts';
import { errorCode } from './syscalls.ts';

export interface SysfsDevice {
  /** `/sys`, but in tests. */
  readonly root: string;
  /** What the kernel calls it; stands for `{id}` in the paths. */
  readonly id: string;
  /** Field → path below the root. */
  readonly files: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

/** A read makes the driver measure: 0.75 s on 1-Wire. One that takes much longer hangs. */
const mostReadMs = 5000;
/** A number and its line end are far shorter. */
const mostBytes = 256;

/**
 * A device of the kernel that shows its values as files. They are read one after the other, and a device whose last
 * read hangs is not asked again before that has ended.
 */
export function sysfsReader({ root, id, files, clock }: SysfsDevice): () => Promise<Fields> {
  let reading: Promise<string> | undefined;
  const readOne = async (path: string): Promise<FieldValue> => {
    if (reading) throw new Error(`the driver of ${id} hangs`);
    reading = readText(join(root, path));
    const done = (): void => {
      reading = undefined;
    };
    reading.then(done, done);
    const inTime = new AbortController();
    try {
      const text = await Promise.race([reading, late(clock, inTime.signal, id)]);
      return numberInFile(text);
    } catch (error) {
      return brokenOrThrow(error, { path, id });
    } finally {
      inTime.abort();
    }
  };
  return async () => {
    const fields: Record<string, FieldValue> = {};
    for (const [field, path] of Object.entries(files)) fields[field] = await readOne(path.replaceAll('{id}', id));
    return fields;
  };
}

async function late(clock: Clock, inTime: AbortSignal, id: string): Promise<never> {
  await sleep(clock, mostReadMs, inTime);
  throw new Error(`${id} does not answer its driver`);
}

/** One read alone, since each may make the driver measure anew. */
async function readText(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(mostBytes), 0, mostBytes);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** What the driver cannot measure is a value that is broken; what is not there is a link that is down. */
function brokenOrThrow(error: unknown, { path, id }: { readonly path: string; readonly id: string }): FieldValue {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENODEV')
    throw new Error(missing(path, id), { cause: error });
  if (code === 'EACCES') throw new Error(`no right to read /sys/${path}`, { cause: error });
  if (code === undefined) throw error instanceof Error ? error : new Error(reasonOf(error));
  return { why: ['device_fault'] };
}

function missing(path: string, id: string): string {
  const [, kind] = path.split('/');
  if (kind === 'w1') return `no 1-Wire sensor ${id}: check the wiring and that w1-gpio is enabled`;
  if (kind === 'iio') return `no IIO device ${id}: check the wiring and that its driver is loaded`;
  return `there is no /sys/${path}: check that its driver is loaded`;
}
