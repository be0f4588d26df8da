import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CalibrationEntry } from '../model/calibration.ts';
import calibrationSchema from '../model/schema/calibration.schema.json' with { type: 'json' };
import { reasonOf } from '../model/errors.ts';
import { fileErrorCode } from '../platform/files.ts';
import { same, type Words } from '../platform/problem.ts';
import { compileSchema } from '../platform/validate.ts';

/** What a file of calibrations says, and which of its lines say nothing that can be used. */
export interface ReadCalibrations {
  readonly entries: readonly CalibrationEntry[];
  readonly problems: readonly { readonly line: number; readonly what: Words }[];
}

const followsSchema = compileSchema(calibrationSchema);

/** Reads the lines of a file of calibrations. A line that is damaged takes none of the others with it. */
export function parseCalibrations(text: string): ReadCalibrations {
  const entries: CalibrationEntry[] = [];
  const problems: { line: number; what: Words }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const read = entryIn(line);
    if ('v' in read) entries.push(read);
    else problems.push({ line: index + 1, what: read });
  }
  return { entries, problems };
}

function entryIn(line: string): CalibrationEntry | Words {
  try {
    const content: unknown = JSON.parse(line);
    const [problem] = followsSchema(content);
    if (!problem) return content as CalibrationEntry; // it follows the schema
    return { en: `${problem.pointer} ${problem.what.en}`.trim(), zh: `${problem.pointer} ${problem.what.zh}`.trim() };
  } catch (error) {
    return same(reasonOf(error));
  }
}

/** A file that is not there has no calibrations. @throws Error as the file system gives it. */
export async function readCalibrations(path: string): Promise<ReadCalibrations> {
  try {
    return parseCalibrations(await readFile(path, 'utf8'));
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return { entries: [], problems: [] };
    throw error;
  }
}

/**
 * Adds one line and returns when it is on the medium. A line that a power cut has torn off before is left as it is, and
 * the new one begins after it.
 */
export async function appendCalibration(path: string, entry: CalibrationEntry): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o750 });
  const file = await open(path, 'a+', 0o640);
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    const isTorn = size > 0 && buffer[0] !== lineFeed;
    await file.appendFile(`${isTorn ? '\n' : ''}${JSON.stringify(entry)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  const directory = await open(dirname(path), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

const lineFeed = 0x0a;
