import { version as ours } from '../../model/version.ts';
import { ok, type Context } from '../context.ts';

/** Which Lamppost this is, and on what it runs. */
export async function version({ isJson, out }: Context): Promise<number> {
  const [node, platform] = [process.versions.node, `${process.platform}-${process.arch}`];
  out(isJson ? JSON.stringify({ version: ours, node, platform }) : `lamppost ${ours} (Node ${node}, ${platform})`);
  return ok;
}
