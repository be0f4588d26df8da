import { setTimeout as pause } from 'node:timers/promises';
import { inForce, type CalibrationRecord } from '../../model/calibration.ts';
import type { DeviceDescription } from '../../model/device.ts';
import { GatewayError, gatewayError } from '../../model/errors.ts';
import { quantityOf } from '../../model/quantity.ts';
import type { Words } from '../../platform/problem.ts';
import { addEntry, openBench, subjectOf } from '../calibration-bench.ts';
import {
  draftOf,
  lineText,
  newId,
  pointRows,
  readPoint,
  recordOf,
  type Comparison,
  type Draft,
} from '../calibration-draft.ts';
import { guided, live, type Work } from '../calibration-guide.ts';
import { paperwork } from '../calibration-paper.ts';
import { withGateway } from '../client.ts';
import { failed, isGiven, listOf, ok, usage, type Call, type Context } from '../context.ts';
import { terminalDialog, type Dialog } from '../dialog.ts';
import { table } from '../format.ts';

/** Holds a sensor against an instrument and writes down what came of it; a running gateway follows by itself. */
export async function calibrate(context: Context, call: Call): Promise<number> {
  const name = call.args[0] ?? '';
  const bench = await openBench(context);
  const work: Work = { context, call, bench, subject: subjectOf(bench, name), name };
  if (listOf(call, 'point').length > 0) return finish(work, await given(work));
  const dialog = terminalDialog(context.language);
  if (!dialog) throw usage(call, nobodyToAsk);
  try {
    return await finish(work, await guided(work, dialog), dialog);
  } finally {
    dialog.close();
  }
}

/** From comparisons to a record. @param dialog - who is asked for what is missing. @returns the exit code. */
async function finish(work: Work, comparisons: readonly Comparison[] | undefined, dialog?: Dialog): Promise<number> {
  const { context, subject, bench } = work;
  if (!comparisons) return gaveUp(context);
  const draft = draftOrRefusal(work, comparisons);
  show(work, draft);
  const about = await paperwork(work, dialog);
  if (!about) return gaveUp(context);
  const at = Date.now();
  const record = recordOf(subject, draft, { ...about, at, id: newId(at, bench.entries) });
  await addEntry(bench, record);
  if (context.isJson) context.out(JSON.stringify(record));
  await sayWhetherUsed(work, record);
  return ok;
}

const nobodyToAsk: Words = {
  en: "there is nobody to ask; give --point '0 cm=1.2 cm', twice for gain and offset",
  zh: "非交互终端；请给出 --point '0 cm=1.2 cm'，给两次可得增益和偏移",
};

function gaveUp({ say, language }: Context): number {
  say({ en: 'Nothing was written.', zh: '未写入任何内容。' }[language]);
  return failed;
}

/** The points of the command line; what is not said there is taken live. */
async function given(work: Work): Promise<readonly Comparison[]> {
  const { call, subject, bench, name } = work;
  const points = listOf(call, 'point').map((text) => {
    const read = readPoint(text, subject.quantity);
    if (read.ok) return read;
    throw usage(call, { en: `--point \`${text}\`: ${read.what.en}`, zh: `--point \`${text}\`：${read.what.zh}` });
  });
  // Who reads a value off the gateway reads it as it is calibrated now.
  const current = inForce(bench.entries).get(name);
  const comparisons: Comparison[] = [];
  for (const { reference, shown } of points) {
    comparisons.push(
      shown === undefined
        ? await withGateway(work.context, call, (client) => live(client, work, reference))
        : { reference, shown, by: current },
    );
  }
  return comparisons;
}

/** @throws GatewayError CALIBRATION_REFUSED */
function draftOrRefusal({ call, subject, name }: Work, comparisons: readonly Comparison[]): Draft {
  const result = draftOf(subject, comparisons);
  if (!result.ok) throw gatewayError('CALIBRATION_REFUSED', { channel: name, reason: result.why });
  const { doubt } = result.draft;
  if (doubt && !isGiven(call, 'force')) {
    throw gatewayError('CALIBRATION_REFUSED', { channel: name, reason: { en: doubt.en, zh: doubt.zh } });
  }
  return result.draft;
}

function show({ subject, context, name }: Work, draft: Draft): void {
  const { say, language } = context;
  const { unit } = quantityOf(subject.quantity);
  say(`${name}: ${lineText(draft.line, unit, language)}`);
  for (const row of table(pointRows(subject, draft, language))) say(`  ${row}`);
}

const usedWithinMs = 6000;

/** A running gateway looks at the file every other second, and its description of the device tells what it has found. */
async function sayWhetherUsed({ context, call, subject, name }: Work, { id }: CalibrationRecord): Promise<void> {
  const { device, channel } = subject;
  const { say, language } = context;
  const isUsed = await withGateway(context, call, async (client) => {
    let found = false;
    await client.listen([`device/${device}`], ({ content }) => {
      found ||= (content as DeviceDescription).channels[channel]?.calibration?.id === id;
    });
    for (const end = Date.now() + usedWithinMs; !found && Date.now() < end;) await pause(50);
    return found;
  }).catch((error: unknown) => {
    if (!(error instanceof GatewayError)) throw error;
    return false; // it is written down, whether or not somebody runs who reads it
  });
  const words = isUsed
    ? { en: `${id} is in force: ${name} is calibrated.`, zh: `${id} 已生效：${name} 已校准。` }
    : {
        en: `${id} is written down; the gateway takes it when it runs.`,
        zh: `${id} 已写入；网关运行后生效。`,
      };
  say(words[language]);
}
