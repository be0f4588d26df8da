import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { stderr, stdin } from 'node:process';
import {
  isExample,
  skeleton,
  skeletonKinds,
  type SkeletonKind,
  type SkeletonOrder,
} from '../../commission/skeleton.ts';
import { gatewayError, reasonOf, type Language } from '../../model/errors.ts';
import { isQuantity, quantities, quantityOf, type QuantityName } from '../../model/quantity.ts';
import { didYouMean, whatAndHint, type Words } from '../../platform/problem.ts';
import { rootPath } from '../../platform/root.ts';
import { parseLineSettings } from '../../profiles/line-settings.ts';
import { failed, ok, optionOf, usage, type Call, type Context } from '../context.ts';
import { unitLabel } from '../format.ts';
import { glanceAt, ownFolder, type Glance } from '../glance.ts';
import { back, Left, Prompts } from '../prompts.ts';
import { profilesHere } from '../some-profiles.ts';
import { shortPath } from './config-check.ts';

const defaultLine = '9600 8N1';
const idPattern = /^[a-z0-9-]{1,64}\/[a-z0-9-]{1,64}$/;

const kindWords: Readonly<Record<SkeletonKind, Words>> = {
  frame: { en: 'binary frames on a serial line', zh: '串口，二进制帧' },
  line: { en: 'lines of text on a serial line', zh: '串口，文本行' },
  json: { en: 'lines of JSON on a serial line', zh: '串口，JSON 行' },
  modbus: { en: 'Modbus registers', zh: 'Modbus 寄存器' },
  topic: { en: 'JSON on an MQTT topic of its own', zh: 'MQTT 主题，JSON' },
  analog: { en: 'a voltage on a board', zh: '板卡模拟量' },
};

const exampleWords: Readonly<Record<SkeletonKind, string>> = {
  frame: 'FF 07 A1 A7',
  line: 'R1234',
  json: '{"speed": 12.5}',
  modbus: '01 03 02 02 18 B9 2E',
  topic: '{"temperature": 21.5}',
  analog: '',
};

const words = {
  id: { en: 'Maker and model, as in acme/level-3?', zh: '厂家和型号，如 acme/level-3？' },
  badId: { en: 'write <maker>/<model> in lower case, digits and -', zh: '请写作 <厂家>/<型号>，小写字母、数字和 -' },
  taken: { en: 'this profile is there already', zh: '该档案已存在' },
  kind: { en: 'How does it talk?', zh: '设备如何通信？' },
  line: { en: 'Line settings?', zh: '串口参数？' },
  badLine: {
    en: 'write baud rate, data bits, parity and stop bits, such as 9600 8N1 or 19200 8E1',
    zh: '请写明波特率、数据位、校验和停止位，例如 9600 8N1 或 19200 8E1',
  },
  example: { en: 'One message of it, from the data sheet or a capture?', zh: '一条报文示例（来自手册或抓包）？' },
  badExample: { en: 'this is no message of that kind', zh: '与所选类型不符' },
  quantity: { en: 'What does it measure?', zh: '测量什么量？' },
  left: { en: 'Left; nothing was written.', zh: '已退出，未写入任何内容。' },
} as const;

/** Begins a profile for a device that has none: a file that works, with questions where the data sheet is needed. */
export async function profilesNew(context: Context, call: Call): Promise<number> {
  const { language, out, say, isJson } = context;
  let order: SkeletonOrder;
  try {
    order = await orderFrom(context, call);
  } catch (error) {
    if (!(error instanceof Left)) throw error;
    say(words.left[language]);
    return failed;
  }
  const glance = await glanceAt(context);
  const file = fileFor(call, glance, order.id);
  if (existsSync(file)) {
    throw usage(call, { en: `${shortPath(file)} is there already`, zh: `${shortPath(file)} 已存在` });
  }
  const schema = relative(dirname(file), rootPath('device-profiles/schema/profile.schema.json'));
  const { text, problems } = skeleton({ ...order, schema });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text).catch((error: unknown) => {
    throw gatewayError('FILE_UNWRITABLE', { path: file, reason: reasonOf(error) }, error);
  });
  if (isJson) out(JSON.stringify({ file, problems }));
  else out(shortPath(file));
  for (const problem of problems) say(`${problem.line}:${problem.column}: ${whatAndHint(problem)[language]}`);
  const next = {
    en: `→ Answer the questions in its comments from the data sheet, and run \`lamppost profiles test ${shortPath(file)}\` after each.`,
    zh: `→ 请对照数据手册逐一回答文件注释中的问题，每改一处运行 \`lamppost profiles test ${shortPath(file)}\`。`,
  };
  if (isJson) return ok;
  say(next[language]);
  const known = foundHow(call, glance, order.id);
  if (known) say(known[language]);
  return ok;
}

/** How a gateway gets to know the file; it does already where the configuration names its folder. */
function foundHow(call: Call, { config, profiles }: Glance, id: string): Words | undefined {
  if (optionOf(call, 'out') !== undefined) {
    return {
      en: `→ A gateway finds it as ${id}.yaml in the folder that \`profiles:\` in lamppost.yaml names.`,
      zh: `→ 放入 lamppost.yaml 中 \`profiles:\` 指定的文件夹并命名为 ${id}.yaml，网关即可使用。`,
    };
  }
  if (config === undefined) {
    return {
      en: '→ Here `lamppost probe` and `lamppost add` know it from now on.',
      zh: '→ 在此文件夹中，`lamppost probe` 和 `lamppost add` 已可使用该档案。',
    };
  }
  if (profiles !== undefined) return undefined;
  return {
    en: `→ So that the gateway finds it, write \`profiles: ${ownFolder}\` into lamppost.yaml.`,
    zh: `→ 请在 lamppost.yaml 中写入 \`profiles: ${ownFolder}\`，网关才能找到该档案。`,
  };
}

/** What was said, and what is asked for on a terminal. @throws GatewayError USAGE, Left */
async function orderFrom(context: Context, call: Call): Promise<SkeletonOrder> {
  const { language } = context;
  const known = await (await profilesHere(context)).list();
  const said = saidIn(call, known);
  if (said.id !== undefined && said.kind !== undefined && said.quantity !== undefined) {
    return { line: defaultLine, ...said, id: said.id, kind: said.kind, quantity: said.quantity };
  }
  if (!stdin.isTTY || !stderr.isTTY || context.isJson) throw usage(call, missing(said));
  const prompts = new Prompts(language);
  prompts.open();
  try {
    const check = (id: string): string | undefined => wrongId(id, known)?.[language];
    const id = said.id ?? must(await prompts.ask(words.id[language], { example: 'acme/level-3', check }));
    const kind = said.kind ?? must(await prompts.choose(words.kind[language], kindChoices(language)));
    const line =
      said.line ??
      (needsLine(kind)
        ? must(await prompts.ask(words.line[language], { initial: defaultLine, check: lineCheck(language) }))
        : '');
    const example = said.example ?? (kind === 'analog' ? '' : must(await askExample(prompts, kind, language)));
    const quantity = said.quantity ?? must(await prompts.choose(words.quantity[language], quantityChoices(language)));
    return { id, kind, line: line || defaultLine, quantity, ...(example === '' ? {} : { example }) };
  } finally {
    prompts.close();
  }
}

/** Whether a device of this kind has a serial line. */
const needsLine = (kind: SkeletonKind): boolean => kind !== 'topic' && kind !== 'analog';

/** These questions are few: to go back is to leave. */
function must<T>(answer: T | typeof back): T {
  if (answer === back) throw new Left();
  return answer;
}

const lineCheck =
  (language: Language) =>
  (text: string): string | undefined =>
    parseLineSettings(text) ? undefined : words.badLine[language];

function askExample(prompts: Prompts, kind: SkeletonKind, language: Language): Promise<string | typeof back> {
  const check = (text: string): string | undefined =>
    text === '' || isExample(kind, text) ? undefined : words.badExample[language];
  return prompts.ask(words.example[language], { example: exampleWords[kind], check });
}

const kindChoices = (language: Language) =>
  skeletonKinds.map((value) => ({ value, label: kindWords[value][language] }));

function quantityChoices(language: Language) {
  return measured().map((value) => {
    const { name, unit } = quantityOf(value);
    const label = `${name[language] ?? name.en} (${value}${unit === '1' ? '' : `, ${unitLabel(unit)}`})`;
    return { value, label };
  });
}

/** Those that a formula can give. */
const measured = (): readonly QuantityName[] =>
  Object.keys(quantities)
    .filter(isQuantity)
    .filter((name) => quantityOf(name).kind !== 'string');

function wrongId(id: string, known: readonly string[]): Words | undefined {
  if (!idPattern.test(id)) return words.badId;
  return known.includes(id) ? words.taken : undefined;
}

type Said = { -readonly [Key in keyof SkeletonOrder]?: SkeletonOrder[Key] };

function saidIn(call: Call, known: readonly string[]): Said {
  const said: Said = {};
  const [id] = call.args;
  const [kind, line, quantity, example] = ['kind', 'line', 'quantity', 'example'].map((name) => optionOf(call, name));
  if (id !== undefined) {
    const wrong = wrongId(id, known);
    if (wrong) throw usage(call, { en: `\`${id}\`: ${wrong.en}`, zh: `\`${id}\`：${wrong.zh}` });
    said.id = id;
  }
  if (kind !== undefined) said.kind = kindNamed(kind, call);
  if (line !== undefined) {
    if (!parseLineSettings(line))
      throw usage(call, { en: `\`${line}\` is not a serial line`, zh: `\`${line}\` 不是串口参数` });
    said.line = line;
  }
  if (quantity !== undefined) {
    if (!isQuantity(quantity)) throw usage(call, noQuantity(quantity));
    said.quantity = quantity;
  }
  if (example !== undefined) {
    if (said.kind && !isExample(said.kind, example)) throw usage(call, words.badExample);
    said.example = example;
  }
  return said;
}

function kindNamed(written: string, call: Call): SkeletonKind {
  const kind = skeletonKinds.find((known) => known === written);
  if (kind) return kind;
  const list = skeletonKinds.join(', ');
  throw usage(call, { en: `--kind is one of: ${list}`, zh: `--kind 可为：${list}` });
}

function noQuantity(written: string): Words {
  const hint = didYouMean(written, measured());
  return {
    en: `there is no quantity \`${written}\`${hint ? `; ${hint.en}` : ''}`,
    zh: `没有量 \`${written}\`${hint ? `；${hint.zh}` : ''}`,
  };
}

function missing({ id, kind, quantity }: Said): Words {
  const list = [
    ...(id === undefined ? ['<maker>/<model>'] : []),
    ...(kind === undefined ? ['--kind'] : []),
    ...(quantity === undefined ? ['--quantity'] : []),
  ].join(', ');
  return { en: `missing: ${list}; on a terminal they are asked for`, zh: `缺少：${list}；在终端中运行时会逐项询问` };
}

/** Where --out says; else in the folder of one's own profiles, where a profile is found by its name. */
function fileFor(call: Call, { config, profiles }: Glance, id: string): string {
  const out = optionOf(call, 'out');
  if (out !== undefined) return resolve(out);
  const base = config === undefined ? '.' : dirname(config);
  return join(profiles ?? resolve(base, ownFolder), `${id}.yaml`);
}
