import type { Hj212Grammar } from './grammar.ts';
import { within, type Report } from './report.ts';
import type { WrittenHj212 } from './written.ts';

/** Commands that carry figures of a moment; the others carry figures of a period. */
const momentCommand = 2011;

export function buildHj212({ kind, fields }: WrittenHj212, report: Report): Hj212Grammar {
  for (const [name, { value, cn }] of Object.entries(fields)) {
    if (cn === undefined || (value === 'Rtd') === (cn === momentCommand)) continue;
    within(
      report,
      'fields',
      name,
    )({
      at: ['cn'],
      what: { en: `packets of ${cn} carry no ${value}`, zh: `${cn} 数据包中没有 ${value}` },
      hint: {
        en: 'Rtd comes with 2011; Avg, Min, Max and Cou with 2051, 2061 and 2031',
        zh: 'Rtd 对应 2011；Avg、Min、Max、Cou 对应 2051、2061、2031',
      },
    });
  }
  return { kind, fields };
}
