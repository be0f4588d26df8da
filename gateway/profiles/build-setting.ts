import { readAmount } from '../platform/amount.ts';
import { amountIn, buildUnit } from './build-amount.ts';
import type { Setting } from './profile.ts';
import { within, type Report } from './report.ts';
import { datumSetting } from './setup.ts';
import type { WrittenSetting } from './written.ts';

export function buildSetting(written: WrittenSetting, report: Report, name: string): Setting {
  const { ask, beyond } = written;
  const unit = buildUnit(written.unit, within(report, 'unit'));
  if (!unit) return { unit: '1', ask };
  const read = (key: 'default' | 'min' | 'max') => {
    const amount = written[key];
    return amount === undefined ? {} : { [key]: amountIn(readAmount(amount, unit), within(report, key)) };
  };
  const setting: Setting = {
    unit,
    ask,
    ...(beyond ? { beyond } : {}),
    ...read('default'),
    ...read('min'),
    ...read('max'),
  };
  if (name === datumSetting) {
    report({
      at: [],
      part: 'key',
      what: { en: '`datum` is built in', zh: '`datum` 是内置设置' },
      hint: { en: 'remove it', zh: '请删除' },
    });
  }
  checkLimits(setting, report);
  return setting;
}

function checkLimits(setting: Setting, report: Report): void {
  const { min = -Infinity, max = Infinity, default: usual = min, beyond } = setting;
  if (min >= max) report({ at: ['max'], what: { en: '`max` is not more than `min`', zh: '`max` 须大于 `min`' } });
  else if (usual < min || usual > max) {
    report({
      at: ['default'],
      what: { en: 'the default lies beyond `min` and `max`', zh: '默认值超出 `min` 和 `max`' },
    });
  }
  if (!beyond && (setting.min !== undefined || setting.max !== undefined)) {
    report({
      at: [],
      part: 'key',
      what: { en: '`beyond` is missing', zh: '缺少 `beyond`' },
      hint: {
        en: 'tell the technician why a value beyond min or max cannot work',
        zh: '请说明超出 min 或 max 的值为何不可行',
      },
    });
  }
}
