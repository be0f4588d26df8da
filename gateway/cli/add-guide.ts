import { draftDevice, freeName, type NewDevice, type Site } from '../commission/new-device.ts';
import { parseYaml } from '../platform/yaml.ts';
import { GatewayError } from '../model/errors.ts';
import { isId } from '../model/names.ts';
import type { Profile } from '../profiles/profile.ts';
import {
  additionLines,
  canBeRead,
  patience,
  readingLines,
  readOnce,
  silenceReason,
  type RightDraft,
} from './add-steps.ts';
import { askAddress, askProfile, askSource, problemText } from './add-where.ts';
import { askSettings, settingNames } from './add-settings.ts';
import { doneLines } from './add-done.ts';
import { failed, ok, type Context } from './context.ts';
import { back, Left, Prompts, type Back } from './prompts.ts';
import { siteHere, siteToMake, writeSite } from './site.ts';
import { asTyped } from './typed-name.ts';
import type { Candidate } from '../commission/candidates.ts';

/** What is known so far. */
export interface Answers extends Partial<NewDevice> {
  readonly gateway?: string | undefined;
  /** What the probe of the port found. */
  readonly candidates?: readonly Candidate[];
  readonly kind?: Profile;
}

export interface Guide {
  readonly prompts: Prompts;
  readonly context: Context;
  readonly site: Site;
  readonly seconds: number;
}

/** `quietly`: learnt without a question, so nothing to go back to. `undefined`: there is nothing to ask here. */
export type Result = Answers | { readonly quietly: Answers } | Back | undefined;

/** One question. */
type Step = (answers: Answers, guide: Guide) => Promise<Result>;

const words = {
  keys: {
    en: 'Enter goes on, Esc goes back a step, Ctrl+C leaves; nothing is written before the end.',
    zh: '回车继续，Esc 返回上一步，Ctrl+C 退出；到最后一步才写入文件。',
  },
  left: { en: 'Left; nothing was written.', zh: '已退出，未写入任何内容。' },
  noName: { en: 'lower-case letters, digits and -, such as underpass-7', zh: '小写字母、数字和 -，如 underpass-7' },
  taken: { en: 'this id is taken already', zh: '该标识已被占用' },
  gateway: {
    en: 'There is no lamppost.yaml yet. What is this gateway called?',
    zh: '尚无 lamppost.yaml。本网关的标识是？',
  },
  id: { en: 'What is the device called in topics and commands?', zh: '设备标识（用于主题和命令）？' },
  name: { en: 'A name for people? (may stay empty)', zh: '显示名称？（可留空）' },
  every: { en: 'Time between readings?', zh: '读数间隔？' },
  silent: { en: 'No reading came', zh: '没有读数' },
  what: { en: 'What now?', zh: '下一步？' },
  again: { en: 'listen once more', zh: '再次监听' },
  change: { en: 'change an answer (one step back)', zh: '修改设置（返回上一步）' },
  anyway: { en: 'add it all the same', zh: '仍然添加' },
  write: { en: 'write it into lamppost.yaml', zh: '写入 lamppost.yaml' },
  leave: { en: 'leave without writing', zh: '不写入并退出' },
  reads: { en: 'The first reading:', zh: '首个读数：' },
  writes: { en: 'This goes into lamppost.yaml:', zh: '将写入 lamppost.yaml：' },
} as const;

/** Asks for everything that the flags did not say, shows a reading, and writes at the very end. @returns the exit code. */
export async function guide(
  context: Context,
  said: Partial<NewDevice>,
  { gateway, seconds }: { readonly gateway: string | undefined; readonly seconds: number },
): Promise<number> {
  const { language, say } = context;
  const prompts = new Prompts(language);
  const here = await siteHere(context);
  const site = here ?? siteToMake(context, gateway ?? 'lp-1');
  prompts.open();
  try {
    say(words.keys[language]);
    const start: Answers = { ...said, gateway: here ? undefined : gateway };
    const steps = here || gateway !== undefined ? questions : [askGateway, ...questions];
    const made = await walk(steps, start, { prompts, context, site, seconds });
    if (!made) return failed;
    await writeSite(made.site, made.draft.text, made.draft.device.id);
    for (const line of await doneLines(made.site, made.draft, context)) say(line);
    return ok;
  } catch (error) {
    if (!(error instanceof Left)) throw error;
    say(words.left[language]);
    return failed;
  } finally {
    prompts.close();
  }
}

interface Made {
  readonly site: Site;
  readonly draft: RightDraft;
}

/** Through the steps, forth and back, to a device that somebody has agreed to. */
async function walk(steps: readonly Step[], start: Answers, given: Guide): Promise<Made | undefined> {
  /** The steps that asked something, each with what was known before it. */
  const trail: { readonly index: number; readonly before: Answers }[] = [];
  let answers = start;
  let guide = given;
  for (let index = 0; ; index++) {
    const step = steps[index];
    if (!step) {
      const outcome = await finish(answers, guide);
      if (outcome !== back) return outcome;
    } else {
      const result = await step(answers, guide);
      if (result === undefined) continue;
      if (result !== back && 'quietly' in result) {
        answers = result.quietly;
        continue;
      }
      if (result !== back) {
        trail.push({ index, before: answers });
        answers = result;
        if (result.gateway !== undefined) guide = { ...guide, site: siteToMake(given.context, result.gateway) };
        continue;
      }
    }
    const last = trail.pop();
    if (!last && step === undefined) throw new Left(); // everything was said by flags, and it does not work so
    if (last) answers = last.before;
    index = (last?.index ?? 0) - 1;
  }
}

const askGateway: Step = async ({ ...answers }, { prompts, context: { language } }) => {
  const given = await prompts.ask(words.gateway[language], { initial: 'lp-1', check: idCheck([], language) });
  return given === back ? back : { ...answers, gateway: given };
};

const askId: Step = async (answers, { prompts, context: { language }, site }) => {
  if (answers.id !== undefined) return undefined;
  const taken = idsIn(site.text);
  const model = answers.profile?.split('/')[1]?.slice(0, 48) ?? 'device';
  const check = idCheck(taken, language);
  const id = await prompts.ask(words.id[language], { initial: freeName(model, taken), check });
  return id === back ? back : { ...answers, id };
};

const idCheck =
  (taken: readonly string[], language: 'en' | 'zh') =>
  (id: string): string | undefined =>
    isId(id) ? (taken.includes(id) ? words.taken[language] : undefined) : words.noName[language];

function idsIn(text: string): readonly string[] {
  const yaml = parseYaml(text);
  const { devices } = (yaml.ok ? (yaml.data ?? {}) : {}) as { readonly devices?: readonly { readonly id?: unknown }[] };
  return Array.isArray(devices) ? devices.map((device: { readonly id?: unknown }) => String(device.id)) : [];
}

const askName: Step = async (answers, { prompts, context: { language } }) => {
  if (answers.name !== undefined) return undefined;
  const name = await prompts.ask(words.name[language], {});
  if (name === back) return back;
  return name === '' ? answers : { ...answers, name };
};

const askEvery: Step = async (answers, { prompts, context: { language } }) => {
  const { kind, every } = answers;
  if (every !== undefined || kind?.everyMs === undefined) return undefined;
  const usual = timeText(kind.everyMs);
  const given = await prompts.ask(words.every[language], { initial: usual });
  if (given === back) return back;
  return given === '' || given === usual ? answers : { ...answers, every: given };
};

const timeText = (ms: number): string =>
  ms % 60_000 === 0 ? `${ms / 60_000}min` : ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;

const questions: readonly Step[] = [
  askSource,
  askProfile,
  askAddress,
  ...settingNames.map(
    (place): Step =>
      (answers, guide) =>
        askSettings(place, answers, guide),
  ),
  askId,
  askName,
  askEvery,
];

/** Checks, reads, shows, and asks whether to write. */
async function finish(answers: Answers, guide: Guide): Promise<Made | Back | undefined> {
  const { prompts, context, site } = guide;
  const { language } = context;
  const { id = '', profile = '', source = '', name, every, settings } = answers;
  const device: NewDevice = {
    id,
    profile,
    source,
    ...(name === undefined ? {} : { name }),
    ...(every === undefined ? {} : { every }),
    ...(settings === undefined ? {} : { settings }),
  };
  const drafted = await draftDevice(site, device);
  if (!drafted.ok) {
    prompts.warn(drafted.problems.flatMap((problem) => problemText(problem, language)));
    return back;
  }
  if (canBeRead(drafted)) {
    const heard = await readUntilContent(drafted, guide);
    if (heard !== true) return heard;
  }
  prompts.show([words.writes[language], '', ...additionLines(drafted)]);
  const choice = await prompts.choose(words.what[language], [
    { value: 'write', label: words.write[language] },
    { value: 'back', label: words.change[language] },
    { value: 'leave', label: words.leave[language] },
  ]);
  if (choice === 'leave') throw new Left();
  return choice === 'write' ? { site, draft: drafted } : back;
}

async function readUntilContent(draft: RightDraft, { prompts, context, seconds }: Guide): Promise<true | Back> {
  const { language } = context;
  for (;;) {
    const reading = await readOnce(draft, context, patience(draft, seconds)).catch((error: unknown) => {
      if (!(error instanceof GatewayError)) throw error;
      prompts.warn([error.says(language), asTyped(`→ ${error.remedy(language)}`)]);
      return undefined;
    });
    if (context.signal.aborted) throw new Left();
    if (reading && reading.samples.length > 0) {
      prompts.show([words.reads[language], '', ...readingLines(draft, reading, language)]);
      return true;
    }
    if (reading) prompts.warn([words.silent[language] + silenceReason(reading, language)]);
    const choice = await prompts.choose(words.what[language], [
      { value: 'again', label: words.again[language] },
      { value: 'back', label: words.change[language] },
      { value: 'anyway', label: words.anyway[language] },
      { value: 'leave', label: words.leave[language] },
    ]);
    if (choice === 'leave') throw new Left();
    if (choice === 'anyway') return true;
    if (choice !== 'again') return back;
  }
}
