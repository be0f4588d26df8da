import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gatewayError, reasonOf, type GatewayError } from '../model/errors.ts';
import { fileErrorCode } from '../platform/files.ts';
import { didYouMean, whatAndHint, whereIs, type LocatedProblem } from '../platform/problem.ts';
import { checkProfile } from './check.ts';
import { genericIds, genericProfile } from './generic.ts';
import type { Profile } from './profile.ts';

const idPattern = /^[a-z0-9-]{1,64}\/[a-z0-9-]{1,64}$/;
const extension = '.yaml';

/** A folder of device profiles. Nothing is read before it is asked for: a gateway loads only what its devices name. */
export interface Profiles {
  /** @throws GatewayError PROFILE_UNKNOWN, PROFILE_INVALID, FILE_UNREADABLE */
  load(id: string): Promise<Profile>;
  /** Ids of all profiles, files and generic ones, in order. */
  list(): Promise<readonly string[]>;
  /** Where a profile is written; `undefined` for those made from the quantity table. */
  fileOf(id: string): Promise<string | undefined>;
}

export function openProfiles(directory: string): Profiles {
  const loaded = new Map<string, Promise<Profile>>();
  return {
    load: (id) => {
      const known = loaded.get(id);
      if (known) return known;
      const loading = loadFrom(directory, id);
      loaded.set(id, loading);
      loading.catch(() => loaded.delete(id)); // a mended file is read again
      return loading;
    },
    list: () => listIn(directory),
    fileOf: async (id) => ((await idsIn(directory)).includes(id) ? join(directory, id + extension) : undefined),
  };
}

/**
 * Profiles of somebody's own beside the others. A name that both have is an error: which of the two a device follows
 * must not depend on where one looks first.
 */
export function withOwnProfiles(bundled: Profiles, directory: string): Profiles {
  const own = openProfiles(directory);
  const homeOf = async (id: string): Promise<Profiles> => {
    if (!(await idsIn(directory)).includes(id)) return bundled;
    if ((await bundled.list()).includes(id)) throw gatewayError('PROFILE_TWICE', { profile: id, folder: directory });
    return own;
  };
  const list = async (): Promise<readonly string[]> => [
    ...new Set([...(await bundled.list()), ...(await idsIn(directory))].toSorted()),
  ];
  return {
    list,
    fileOf: async (id) => (await homeOf(id)).fileOf(id),
    load: async (id) => {
      const home = await homeOf(id);
      const known = await list();
      if (!known.includes(id)) throw unknownProfile(known, id);
      return home.load(id);
    },
  };
}

async function loadFrom(directory: string, id: string): Promise<Profile> {
  const generic = genericProfile(id);
  if (generic) return generic;
  if (!idPattern.test(id)) throw unknownProfile(await listIn(directory), id);
  const file = join(directory, id + extension);
  const text = await readFile(file, 'utf8').catch(async (error: unknown) => {
    if (fileErrorCode(error) === 'ENOENT') throw unknownProfile(await listIn(directory), id);
    throw gatewayError('FILE_UNREADABLE', { path: file, reason: reasonOf(error) }, error);
  });
  return checked(text, file, id);
}

/** One file, wherever it lies: for somebody who writes a profile. */
export async function loadProfileFile(file: string): Promise<Profile> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw gatewayError('FILE_UNREADABLE', { path: file, reason: reasonOf(error) }, error);
  });
  return checked(text, file);
}

function checked(text: string, file: string, id?: string): Profile {
  const result = checkProfile(text, id);
  if (result.ok) return result.profile;
  throw invalidProfile(file, id ?? file, result.problems);
}

/** Tells the first problem in full and how many there are. */
function invalidProfile(file: string, profile: string, problems: readonly LocatedProblem[]): GatewayError {
  const [first = { line: 1, column: 1, what: { en: 'unknown', zh: '未知' } }, ...others] = problems;
  const words = whatAndHint(first);
  const more = others.length;
  const what = more === 0 ? words : { en: `${words.en} (and ${more} more)`, zh: `${words.zh}（另有 ${more} 处）` };
  return gatewayError('PROFILE_INVALID', { where: whereIs(file, first), what, profile });
}

function unknownProfile(known: readonly string[], id: string): GatewayError {
  if (/\.ya?ml$/.test(id)) return gatewayError('PROFILE_UNKNOWN', { profile: id, hint: byName });
  const meant = didYouMean(id, known);
  const hint = meant ? { en: `${meant.en} `, zh: meant.zh } : '';
  return gatewayError('PROFILE_UNKNOWN', { profile: id, hint });
}

async function listIn(directory: string): Promise<readonly string[]> {
  return [...(await idsIn(directory)), ...genericIds()].toSorted();
}

async function idsIn(directory: string): Promise<readonly string[]> {
  const files = await readdir(directory, { recursive: true }).catch((error: unknown) => {
    throw gatewayError('FILE_UNREADABLE', { path: directory, reason: reasonOf(error) }, error);
  });
  return files
    .filter((file) => file.endsWith(extension))
    .map((file) => file.slice(0, -extension.length))
    .filter((id) => idPattern.test(id));
}

const byName = {
  en: 'A gateway knows profiles by name: put the file into the folder that `profiles:` in lamppost.yaml names, as <maker>/<model>.yaml, and write <maker>/<model> here. ',
  zh: '网关按名称使用档案：请将文件以 <厂家>/<型号>.yaml 放入 lamppost.yaml 中 `profiles:` 指定的文件夹，此处写 <厂家>/<型号>。',
};
