import { usualServiceMs } from '../intake/maintenance.ts';
import { freedomOf } from '../model/calibration.ts';
import type { DeviceStatus } from '../model/device.ts';
import { GatewayError, gatewayError } from '../model/errors.ts';
import { quantityOf } from '../model/quantity.ts';
import type { Words } from '../platform/problem.ts';
import type { Bench } from './calibration-bench.ts';
import { readPoint, type Comparison, type Subject } from './calibration-draft.ts';
import { connectGateway, type GatewayClient } from './client.ts';
import type { Call, Context } from './context.ts';
import type { Dialog } from './dialog.ts';
import { valueText } from './format.ts';
import { LiveReadings } from './live-value.ts';

/** What a calibration works on. */
export interface Work {
  readonly context: Context;
  readonly call: Call;
  readonly bench: Bench;
  readonly subject: Subject & { readonly everyMs: number | undefined };
  /** `device/channel`. */
  readonly name: string;
}

/** Readings that make one point: fast sensors give more in the same time. */
const wantedReadings = (everyMs = 0): number => (everyMs <= 2000 ? 5 : everyMs <= 10_000 ? 3 : 1);
const leastWaitMs = 30_000;

/** One point, as the gateway shows it now. @throws GatewayError CALIBRATION_REFUSED when nothing comes. */
export async function live(client: GatewayClient, work: Work, reference: number, dialog?: Dialog): Promise<Comparison> {
  const { subject, bench, context, name } = work;
  const { device, channel, everyMs = 0, quantity } = subject;
  const readings = await LiveReadings.of(client, device, channel);
  const isSum = freedomOf(quantity) === 'gain';
  readings.clear();
  const { language, signal } = context;
  if (isSum && dialog) await dialog.confirm(pour[language]);
  const count = isSum ? readings.count + 1 : wantedReadings(everyMs);
  const late = AbortSignal.timeout(Math.max(leastWaitMs, (count + 2) * everyMs));
  const wait = (): Promise<void> => readings.until(count, AbortSignal.any([signal, late]));
  if (dialog) await dialog.busy(waiting(name)[language], wait);
  else await wait();
  const value = readings.value(bench.entries, isSum);
  if (!value) throw gatewayError('CALIBRATION_REFUSED', { channel: name, reason: nothingCame });
  return { reference, shown: value.shown, by: value.by };
}

const nothingCame: Words = { en: 'no value came from the sensor', zh: '传感器没有送来数值' };
const pour: Words = {
  en: 'Pour the water now, slowly. Has the last tip fallen?',
  zh: '现在缓慢注水。最后一次翻斗是否已完成？',
};
const waiting = (name: string): Words => ({ en: `${name} is read …`, zh: `正在读取 ${name} …` });

/** Point by point with somebody who stands at the sensor; the device is in service meanwhile. */
export async function guided(work: Work, dialog: Dialog): Promise<readonly Comparison[] | undefined> {
  const { context, call, subject } = work;
  const client = await connectGateway(context, call);
  let isOurService = false;
  try {
    isOurService = await intoService(client, work, dialog);
    const comparisons: Comparison[] = [];
    for (;;) {
      const reference = await askReference(work, dialog, comparisons.length);
      if (reference === undefined) return undefined;
      if (reference === 'enough') return comparisons;
      const comparison = await live(client, work, reference, dialog);
      comparisons.push(comparison);
      const shown = valueText(
        Number(comparison.shown.toPrecision(6)),
        quantityOf(subject.quantity).unit,
        context.language,
      );
      context.say(`  ${work.name}: ${shown}`);
      if (comparisons.length >= mostPoints) return comparisons;
    }
  } finally {
    if (isOurService) await client.ask('maintenance', { device: subject.device, off: true }).catch(sayIt(context));
    await client.close();
  }
}

const mostPoints = 10;

/** @returns whether a service began that has to be ended again. */
async function intoService(
  client: GatewayClient,
  { subject: { device }, context }: Work,
  dialog: Dialog,
): Promise<boolean> {
  const [told] = await client.retained(`status/${device}`);
  if ((told?.content as DeviceStatus | undefined)?.state === 'service') return false;
  const question = {
    en: `Put ${device} into service meanwhile, so that nobody takes the comparison for weather?`,
    zh: `比对期间将 ${device} 设为维护状态，以免数据被误用？`,
  };
  if (!(await dialog.confirm(question[context.language]))) return false;
  await client.ask('maintenance', { device, forMs: usualServiceMs });
  return true;
}

const sayIt =
  ({ say, language }: Context) =>
  (error: unknown): void => {
    if (!(error instanceof GatewayError)) throw error;
    say(`${error.says(language)} [${error.code}]`);
  };

async function askReference(
  { subject: { quantity }, context: { language } }: Work,
  dialog: Dialog,
  have: number,
): Promise<number | 'enough' | undefined> {
  const { unit } = quantityOf(quantity);
  const [example, number] = [`1${unit === '1' ? '' : ` ${unit}`}`, have + 1];
  const question = {
    en: `Point ${number}: what does the instrument show, such as \`${example}\`?${have > 0 ? ' (empty: no more points)' : ''}`,
    zh: `第 ${number} 点：标准器读数（例如 \`${example}\`）${have > 0 ? '（留空：结束）' : ''}`,
  };
  const answer = await dialog.text(question[language], {
    check: (text) => {
      if (text === '' && have > 0) return undefined;
      const read = readPoint(text, quantity);
      return read.ok ? undefined : read.what[language];
    },
  });
  if (answer === undefined) return undefined;
  const read = readPoint(answer, quantity);
  return read.ok ? read.reference : 'enough';
}
