import { stderr, stdin } from 'node:process';
import type { NewDevice } from '../../commission/new-device.ts';
import { gatewayError } from '../../model/errors.ts';
import { isId } from '../../model/names.ts';
import { deviceIn } from '../add-flags.ts';
import {
  additionLines,
  canBeRead,
  patience,
  readingLines,
  readOnce,
  rightDraft,
  silenceReason,
  type RightDraft,
} from '../add-steps.ts';
import { isGiven, ok, optionOf, secondsOf, type Call, type Context, usage } from '../context.ts';
import { doneLines } from '../add-done.ts';
import { siteHere, siteToMake, writeSite } from '../site.ts';

const defaultSeconds = 15;
const defaultGateway = 'lp-1';

/** Adds a device to the configuration: asks what is not said on a terminal, and shows a reading before it writes. */
export async function add(context: Context, call: Call): Promise<number> {
  const said = await deviceIn(call);
  const isComplete = said.id !== undefined && said.profile !== undefined && said.source !== undefined;
  if (!isComplete && stdin.isTTY && stderr.isTTY && !context.isJson) {
    const { guide } = await import('../add-guide.ts');
    return guide(context, said, { gateway: optionOf(call, 'gateway'), seconds: secondsOf(call, defaultSeconds) });
  }
  const device = complete(said, call);
  const site = (await siteHere(context)) ?? siteToMake(context, gatewayIn(call));
  const draft = await rightDraft(site, device);
  const samples = await shownReading(draft, context, call);
  const isDry = isGiven(call, 'dryRun');
  if (!isDry) await writeSite(site, draft.text, device.id);
  if (context.isJson) {
    context.out(JSON.stringify({ file: site.file, added: draft.added, samples, written: !isDry }));
    return ok;
  }
  if (isDry) {
    for (const line of additionLines(draft)) context.out(line);
    context.say({ en: 'Nothing was written.', zh: '未写入任何内容。' }[context.language]);
    return ok;
  }
  for (const line of await doneLines(site, draft, context)) context.say(line);
  return ok;
}

function complete(said: Partial<NewDevice>, call: Call): NewDevice {
  const { id, profile, source } = said;
  if (id === undefined || profile === undefined || source === undefined) {
    const missing = Object.entries({ id, profile, source }).flatMap(([name, value]) =>
      value === undefined ? [`--${name}`] : [],
    );
    const list = missing.join(', ');
    throw usage(call, {
      en: `missing: ${list}; on a terminal they are asked for`,
      zh: `缺少：${list}；在终端中运行时会逐项询问`,
    });
  }
  return { ...said, id, profile, source };
}

function gatewayIn(call: Call): string {
  const id = optionOf(call, 'gateway') ?? defaultGateway;
  if (isId(id)) return id;
  throw usage(call, {
    en: `\`--gateway ${id}\` is no id; take lower-case letters, digits and -`,
    zh: `\`--gateway ${id}\` 不是有效标识，请用小写字母、数字和 -`,
  });
}

/** @throws GatewayError DEVICE_SILENT */
async function shownReading(draft: RightDraft, context: Context, call: Call): Promise<readonly object[]> {
  if (!canBeRead(draft) || isGiven(call, 'unheard')) return [];
  const seconds = patience(draft, secondsOf(call, defaultSeconds));
  const reading = await readOnce(draft, context, seconds);
  if (reading.samples.length === 0) {
    const reason = { en: silenceReason(reading, 'en'), zh: silenceReason(reading, 'zh') };
    throw gatewayError('DEVICE_SILENT', { device: draft.device.id, seconds, reason });
  }
  if (!context.isJson) for (const line of readingLines(draft, reading, context.language)) context.out(line);
  return reading.samples;
}
