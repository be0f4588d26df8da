import type { Language } from '../model/errors.ts';
import { pointerTo, whatAndHint } from '../platform/problem.ts';
import type { Profile, Setting } from '../profiles/profile.ts';
import { datumSetting, setUp } from '../profiles/setup.ts';
import type { Answers, Guide } from './add-guide.ts';
import { unitLabel } from './format.ts';
import { needsDatum, plausible } from './profile-lines.ts';
import { back, type Back } from './prompts.ts';

/** No profile asks for more than this; each is a step of its own, so that one can go back to it. */
const mostSettings = 12;
export const settingNames: readonly number[] = Array.from({ length: mostSettings }, (_unused, index) => index);

/** Asks for one setting of the profile, in its own words. */
export async function askSettings(place: number, answers: Answers, guide: Guide): Promise<Answers | Back | undefined> {
  const { kind, settings = {} } = answers;
  if (!kind) return undefined;
  const { language } = guide.context;
  const name = [...Object.keys(kind.settings), ...(needsDatum(kind) ? [datumSetting] : [])][place];
  if (name === undefined || settings[name] !== undefined) return undefined;
  const setting = kind.settings[name];
  const given = await guide.prompts.ask(setting ? question(setting, language) : datum[language], {
    ...(setting?.default === undefined ? {} : { initial: amountText(setting.default, setting) }),
    example: setting ? amountText(plausible(setting), setting) : { en: 'road surface', zh: '路面' }[language],
    check: (answer) => wrongWith(kind, name, answer, language),
  });
  if (given === back) return back;
  const isUsual = setting?.default !== undefined && given === amountText(setting.default, setting);
  return isUsual ? answers : { ...answers, settings: { ...settings, [name]: given } };
}

const datum = { en: 'What is the height measured from?', zh: '高度从何处起算？' };

const amountText = (value: number, { unit }: Setting): string => (unit === '1' ? String(value) : `${value} ${unit}`);

function question({ ask, unit, min, max }: Setting, language: Language): string {
  const label = unitLabel(unit);
  if (min === undefined && max === undefined) return label === '' ? ask[language] : `${ask[language]} (${label})`;
  const range = [min, max].map((limit) => (limit === undefined ? '' : `${limit} ${label}`.trim())).join(' … ');
  return `${ask[language]} (${range})`;
}

/** What the configuration would say of this answer. */
function wrongWith(kind: Profile, name: string, answer: string, language: Language): string | undefined {
  const checked = setUp(kind, { [name]: answer });
  const problem = checked.ok ? undefined : checked.problems.find(({ pointer }) => pointer === pointerTo(name));
  return problem && whatAndHint(problem)[language];
}
