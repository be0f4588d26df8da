import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import { noRights, type Rights } from '../../broker/access.ts';
import { hashPassword, readUsers, writeUsers, type User } from '../../broker/users.ts';
import { closest } from '../../model/closest.ts';
import { gatewayError, reasonOf } from '../../model/errors.ts';
import { isId } from '../../model/names.ts';
import type { Words } from '../../platform/problem.ts';
import { isGiven, listOf, ok, optionOf, usage, type Call, type Context } from '../context.ts';
import { table } from '../format.ts';
import { glanceAt, type Glance } from '../glance.ts';
import { asOwner } from '../owner.ts';
import { readPassword } from '../secret.ts';

/** Names that nobody takes for something else in a log; `lamppost-…` are our own children. */
const namePattern = /^(?!lamppost-)[\w.@-]{1,64}$/;

/** Adds somebody who may connect to the local broker by name. */
export async function userAdd(context: Context, call: Call): Promise<number> {
  const { out, say, language, isJson } = context;
  const name = call.args[0] ?? '';
  if (!namePattern.test(name)) throw usage(call, badName(name));
  const rights = rightsOf(call);
  const book = await openBook(context);
  if (book.users.has(name)) throw gatewayError('USER_EXISTS', { user: name });
  for (const remark of deviceRemarks(rights, book.glance)) say(remark[language]);
  const file = optionOf(call, 'passwordFile');
  const password = file === undefined ? madeUpPassword() : await readPassword(file, call);
  const user: User = { name, password: await hashPassword(password), rights };
  await keep(book, new Map(book.users).set(name, user));
  const shown = file === undefined ? { password } : {};
  if (isJson) {
    out(JSON.stringify({ name, ...shown, rights }));
    return ok;
  }
  say({ en: `${name} is added: ${rightsText(rights)}.`, zh: `已添加 ${name}：${rightsText(rights)}。` }[language]);
  if (file === undefined) {
    say({ en: 'This is the password; it is shown this once only:', zh: '密码如下，仅显示这一次：' }[language]);
    out(password);
  }
  return ok;
}

/** Everybody who may connect by name, and what they may do. */
export async function userList(context: Context): Promise<number> {
  const { users, path } = await openBook(context);
  const rows = [...users.values()].map(({ name, rights }) => ({ name, rights }));
  if (context.isJson) {
    context.out(JSON.stringify(rows));
    return ok;
  }
  for (const line of table(rows.map(({ name, rights }) => [name, rightsText(rights)]))) context.out(line);
  if (rows.length === 0) {
    context.say({ en: `There are no users in ${path}.`, zh: `${path} 中没有用户。` }[context.language]);
  }
  return ok;
}

/** Takes somebody's name away; a running gateway refuses it from the next connection on. */
export async function userRemove(context: Context, { args }: Call): Promise<number> {
  const name = args[0] ?? '';
  const book = await openBook(context);
  const left = new Map(book.users);
  if (!left.delete(name)) {
    const meant = closest(name, book.users.keys());
    const hint = meant === undefined ? '' : { en: `Did you mean \`${meant}\`? `, zh: `是否想写 \`${meant}\`？` };
    throw gatewayError('USER_UNKNOWN', { user: name, hint });
  }
  await keep(book, left);
  context.say({ en: `${name} is removed.`, zh: `已删除 ${name}。` }[context.language]);
  if (context.isJson) context.out(JSON.stringify({ removed: name }));
  return ok;
}

/** Letters and digits that nobody mixes up when they are read out. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

/** 99 bits in four groups, for people who type it on a phone. */
function madeUpPassword(): string {
  const letters = Array.from({ length: 20 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return letters.match(/.{5}/g)?.join('-') ?? letters;
}

interface Book {
  readonly path: string;
  readonly users: ReadonlyMap<string, User>;
  readonly glance: Glance;
}

async function openBook(context: Context): Promise<Book> {
  const glance = await glanceAt(context);
  const { users: path, config } = glance;
  if (config === undefined) throw gatewayError('CONFIG_MISSING', { path: resolve('lamppost.yaml') });
  if (path === undefined) throw gatewayError('USERS_UNSET', { config });
  try {
    return { path, users: await readUsers(path), glance };
  } catch (error) {
    const isFileTrouble = error instanceof Error && 'code' in error;
    throw gatewayError(isFileTrouble ? 'FILE_UNREADABLE' : 'USERS_INVALID', { path, reason: reasonOf(error) }, error);
  }
}

/** Writes the users; root leaves the file to whom the gateway runs as, who has to read it. */
async function keep({ path, glance }: Book, users: ReadonlyMap<string, User>): Promise<void> {
  try {
    await asOwner(path, [path, glance.journal, glance.config ?? ''], () => writeUsers(path, users));
  } catch (error) {
    throw gatewayError('FILE_UNWRITABLE', { path, reason: reasonOf(error) }, error);
  }
}

function rightsOf(call: Call): Rights {
  const topics = listOf(call, 'topic');
  for (const topic of topics) if (!isForeignFilter(topic)) throw usage(call, badTopic(topic));
  for (const device of kinds.flatMap((kind) => listOf(call, kind))) {
    if (device !== '*' && !isId(device)) throw usage(call, badDevice(device));
  }
  const rights: Rights = {
    ...noRights,
    read: listOf(call, 'read'),
    ingest: listOf(call, 'ingest'),
    raise: listOf(call, 'raise'),
    command: listOf(call, 'command'),
    ask: isGiven(call, 'ask'),
    topics,
  };
  if (rightsText(rights) === '') throw usage(call, noRight);
  return rights;
}

/** A topic filter of MQTT (4.7) that lies outside `lamppost/`. */
function isForeignFilter(filter: string): boolean {
  const levels = filter.split('/');
  const isWellFormed = levels.every(
    (level, index) => !/[+#]/.test(level) || level === '+' || (level === '#' && index === levels.length - 1),
  );
  return filter !== '' && isWellFormed && levels[0] !== 'lamppost' && !filter.startsWith('$');
}

const kinds = ['read', 'ingest', 'raise', 'command'] as const;

/** `--read * --ask`, as it was or could have been written. */
function rightsText(rights: Rights): string {
  return [
    ...kinds.flatMap((kind) => (rights[kind].length > 0 ? [`--${kind} ${rights[kind].join(' ')}`] : [])),
    ...(rights.ask ? ['--ask'] : []),
    ...(rights.topics.length > 0 ? [`--topic ${rights.topics.join(' ')}`] : []),
  ].join(' ');
}

/** A right to a device that is not there works once the device is; more often it is a slip. */
function deviceRemarks(rights: Rights, { devices }: Glance): readonly Words[] {
  const named = new Set(kinds.flatMap((kind) => rights[kind]));
  return [...named]
    .filter((device) => device !== '*' && !devices.includes(device))
    .map((device) => {
      const meant = closest(device, devices);
      return {
        en: `Remark: there is no device ${device} yet${meant === undefined ? '' : `; did you mean ${meant}?`}`,
        zh: `提示：尚无设备 ${device}${meant === undefined ? '' : `；是否想写 ${meant}？`}`,
      };
    });
}

const badName = (name: string): Words => ({
  en: `\`${name}\` cannot be a user name: take letters, digits, . _ @ -, and do not begin with lamppost-`,
  zh: `\`${name}\` 不能用作用户名：请用字母、数字、. _ @ -，且不要以 lamppost- 开头`,
});

const badDevice = (device: string): Words => ({
  en: `\`${device}\` is not the name of a device; '*' in quotes means all of them`,
  zh: `\`${device}\` 不是设备名称；用带引号的 '*' 表示全部设备`,
});

const badTopic = (topic: string): Words => ({
  en: `\`${topic}\` is not a topic filter outside lamppost/, such as tele/door4/#`,
  zh: `\`${topic}\` 不是 lamppost/ 之外的主题过滤器，例如 tele/door4/#`,
});

const noRight = {
  en: "a user needs at least one right, such as --ingest pump-house or --read '*'",
  zh: "用户至少需要一项权限，例如 --ingest pump-house 或 --read '*'",
};
