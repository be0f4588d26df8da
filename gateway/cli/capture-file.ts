import { readFile } from 'node:fs/promises';
import { readCapture, type Capture, type CaptureKind } from '../commission/capture.ts';
import { gatewayError, reasonOf } from '../model/errors.ts';

/** @throws GatewayError FILE_UNREADABLE, CAPTURE_INVALID */
export async function captureIn(path: string, kind?: CaptureKind): Promise<Capture> {
  const file = await readFile(path).catch((error: unknown) => {
    throw gatewayError('FILE_UNREADABLE', { path, reason: reasonOf(error) }, error);
  });
  const read = readCapture(file, kind);
  if (read.ok) return read.capture;
  throw gatewayError('CAPTURE_INVALID', { path, line: read.line });
}
