import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { gatewayError, reasonOf } from '../model/errors.ts';
import { usage, type Call } from './context.ts';

/** Reads a password from a file, or from the standard input for `-`: on the command line everybody would see it. */
export async function readPassword(path: string, call: Call): Promise<string> {
  const text = await (path === '-' ? readAll(process.stdin) : readFile(path, 'utf8')).catch((error: unknown) => {
    throw gatewayError('FILE_UNREADABLE', { path, reason: reasonOf(error) }, error);
  });
  const password = text.replace(/\r?\n$/, '');
  if (password !== '' && !/[\r\n]/.test(password)) return password;
  const what =
    password === ''
      ? { en: 'the password is empty', zh: '密码为空' }
      : { en: 'the password has more than one line', zh: '密码多于一行' };
  throw usage(call, what);
}
