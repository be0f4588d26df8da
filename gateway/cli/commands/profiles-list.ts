import { GatewayError } from '../../model/errors.ts';
import type { Profile } from '../../profiles/profile.ts';
import { ok, type Context } from '../context.ts';
import { table } from '../format.ts';
import { profilesHere } from '../some-profiles.ts';
import { connectWords } from '../words.ts';

type Row = { readonly id: string; readonly profile: Profile } | { readonly id: string; readonly error: GatewayError };

/** Every kind of device that can be written into a configuration. */
export async function profilesList(context: Context): Promise<number> {
  const { language, isJson, out, say } = context;
  const profiles = await profilesHere(context);
  const rows = await Promise.all(
    (await profiles.list()).map(async (id): Promise<Row> => {
      try {
        return { id, profile: await profiles.load(id) };
      } catch (error) {
        if (error instanceof GatewayError) return { id, error };
        throw error;
      }
    }),
  );
  const [made, written] = [rows.filter(isMade), rows.filter((row) => !isMade(row))];
  if (isJson) {
    out(JSON.stringify([...written, ...made].map((row) => jsonOf(row))));
    return ok;
  }
  const cells = [...written, ...made].map((row) =>
    'error' in row
      ? [row.id, '', row.error.says(language)]
      : [row.id, connectWords[row.profile.connect.kind][language], row.profile.name[language]],
  );
  for (const line of table(cells)) out(line);
  const next = {
    en: '`lamppost profiles show <id>` tells how to wire one and what to write into lamppost.yaml.',
    zh: '用 `lamppost profiles show <id>` 查看接线步骤以及 lamppost.yaml 的写法。',
  };
  if (process.stdout.isTTY) say(next[language]);
  return ok;
}

/** Those that are made from the quantity table have no examples of their own. */
const isMade = (row: Row): boolean => 'profile' in row && row.profile.examples.length === 0;

function jsonOf(row: Row): object {
  if ('error' in row) return { id: row.id, error: { code: row.error.code, says: row.error.says() } };
  const { id, name, connect, channels } = row.profile;
  return { id, name, connect: connect.kind, channels: Object.keys(channels) };
}
