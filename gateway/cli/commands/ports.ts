import { findSerialPorts } from '../../commission/serial-ports.ts';
import { listSerialPorts } from '../../field/transports/list-ports.ts';
import { ok, type Context } from '../context.ts';
import { noPorts, portLines } from '../port-lines.ts';

/** The serial ports of this machine, and what to write into lamppost.yaml for each. */
export async function ports({ language, isJson, out, say }: Context): Promise<number> {
  const found = await findSerialPorts(listSerialPorts);
  if (isJson) out(JSON.stringify(found));
  else for (const line of portLines(found, language)) out(line);
  if (found.length === 0) say(noPorts[language]);
  return ok;
}
