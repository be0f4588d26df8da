import type { Calibration } from '../model/calibration.ts';
import { quantityOf } from '../model/quantity.ts';
import { readAmount } from '../platform/amount.ts';
import { pointerTo, unknownKey, type Problem } from '../platform/problem.ts';
import { unstatedDatum, type Profile, type Setting } from './profile.ts';

/** A profile with what the site knows filled in: all that is needed to make readings of a device's fields. */
export interface Setup {
  readonly profile: Profile;
  /** Each in its setting's unit. */
  readonly settings: Readonly<Record<string, number>>;
  /** What the heights are measured from, by channel. */
  readonly datums: Readonly<Record<string, string>>;
  /** The calibrations in force by channel; their owner may change the map between two readings. */
  readonly calibrations?: ReadonlyMap<string, Calibration>;
}

export type CheckedSetup =
  | { readonly ok: true; readonly setup: Setup }
  /** Pointers are relative to the group `settings`. */
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** The one setting that is words: what a height is measured from. */
export const datumSetting = 'datum';

const maxDatumLength = 128;

/** Checks the `settings` of a device as written in `lamppost.yaml` against its profile. */
export function setUp(profile: Profile, written: Readonly<Record<string, unknown>> = {}): CheckedSetup {
  const problems: Problem[] = [];
  const takesDatum = Object.values(profile.channels).some(
    ({ quantity, datum }) => quantityOf(quantity).datum && (datum ?? unstatedDatum) === unstatedDatum,
  );
  const known = [...Object.keys(profile.settings), ...(takesDatum ? [datumSetting] : [])];
  for (const key of Object.keys(written)) if (!known.includes(key)) problems.push(unknownKey('', key, known));
  const settings: Record<string, number> = {};
  for (const [name, setting] of Object.entries(profile.settings)) {
    const result = settingOf(name, setting, Object.hasOwn(written, name) ? written[name] : undefined);
    if (typeof result === 'number') settings[name] = result;
    else problems.push(result);
  }
  const datums = datumsOf(profile, takesDatum ? written[datumSetting] : undefined, problems);
  return problems.length === 0 ? { ok: true, setup: { profile, settings, datums } } : { ok: false, problems };
}

function settingOf(name: string, setting: Setting, written: unknown): number | Problem {
  const pointer = pointerTo(name);
  if (written === undefined) {
    if (setting.default !== undefined) return setting.default;
    const what = { en: `the setting \`${name}\` is missing`, zh: `缺少设置 \`${name}\`` };
    return { pointer: '', part: 'key', what, hint: setting.ask };
  }
  const read = readAmount(written, setting.unit);
  if (!read.ok) return { pointer, part: 'value', what: read.what, hint: read.hint };
  return beyond(name, setting, read.value) ?? read.value;
}

/** The problem with a value that cannot work, in the words of the profile. */
function beyond(name: string, setting: Setting, value: number): Problem | undefined {
  const { min = -Infinity, max = Infinity, unit } = setting;
  if (value >= min && value <= max) return undefined;
  const [limit, en, zh] = value < min ? [min, 'less', '小于'] : [max, 'more', '大于'];
  return {
    pointer: pointerTo(name),
    part: 'value',
    what: {
      en: `${name} ${value} ${unit} is ${en} than ${limit} ${unit}`,
      zh: `${name} 的 ${value} ${unit} ${zh} ${limit} ${unit}`,
    },
    ...(setting.beyond ? { hint: setting.beyond } : {}),
  };
}

function datumsOf(profile: Profile, written: unknown, problems: Problem[]): Readonly<Record<string, string>> {
  const isText = typeof written === 'string' && written.trim() !== '' && written.length <= maxDatumLength;
  if (written !== undefined && !isText) {
    problems.push({
      pointer: pointerTo(datumSetting),
      part: 'value',
      what: { en: 'the datum is a text', zh: '基准面须为文字' },
      hint: datumHint,
    });
  }
  const heights = Object.entries(profile.channels).filter(([, { quantity }]) => quantityOf(quantity).datum);
  const nameless = heights.filter(([, { datum }]) => datum === undefined).map(([channel]) => channel);
  if (written === undefined && nameless.length > 0) {
    problems.push({
      pointer: '',
      part: 'key',
      what: {
        en: `the setting \`datum\` is missing (${nameless.join(', ')})`,
        zh: `缺少设置 \`datum\`（${nameless.join('、')}）`,
      },
      hint: datumHint,
    });
  }
  const stated = isText ? written.trim() : unstatedDatum;
  return Object.fromEntries(
    heights.map(([channel, { datum = unstatedDatum }]) => [channel, datum === unstatedDatum ? stated : datum]),
  );
}

const datumHint = {
  en: 'say what the height is measured from, such as `datum: road surface`',
  zh: '请说明高度从何处起算，例如 `datum: 路面`',
};
