import { writeFile } from 'node:fs/promises';
import { equals, type Candidate } from '../../commission/candidates.ts';
import { captureLines } from '../../commission/capture.ts';
import { probe as listen, type Probed, type Progress } from '../../commission/probe.ts';
import { GatewayError, gatewayError, reasonOf, type Language } from '../../model/errors.ts';
import { systemClock } from '../../platform/clock.ts';
import { parseLineSettings } from '../../profiles/line-settings.ts';
import type { LineSettings } from '../../profiles/connect.ts';
import type { Profile } from '../../profiles/profile.ts';
import { bytePort, type BytePort, unusable } from '../byte-port.ts';
import { failed, isGiven, ok, optionOf, secondsOf, type Call, type Context, usage } from '../context.ts';
import { lastValues, probeLines } from '../probe-lines.ts';
import { progressLine } from '../progress.ts';
import { deviceLines, knownDevice, type KnownDevice } from '../probe-device.ts';
import { profilesFor, profilesHere } from '../some-profiles.ts';
import { hexText } from '../../platform/hex.ts';

const defaultSeconds = 2.5;

/** Listens to a port and tells which devices could be there. */
export async function probe(context: Context, call: Call): Promise<number> {
  const { language, out, say, isJson } = context;
  const known = await knownDevice(context, call.args[0] ?? '');
  if (known === 'noPort') throw usage(call, noPort);
  if (known) return probeKnown(known, context, call);
  const port = await portOf(call);
  const profiles = await profilesFor(await profilesHere(context), {
    only: optionOf(call, 'profile'),
    line: lineOf(call),
  });
  const probed = await probePort(port, profiles, { context, call });
  const file = optionOf(call, 'capture');
  if (file !== undefined) {
    await keepCapture(file, probed, optionOf(call, 'profile'));
    say({ en: `The bytes are in ${file}.`, zh: `字节已存入 ${file}。` }[language]);
  }
  if (isJson) {
    out(JSON.stringify(jsonOf(port, probed)));
  } else {
    const options = { language, source: port.source, columns: process.stdout.columns };
    for (const line of probeLines(probed, options)) out(line);
  }
  return equals(probed.candidates).length > 0 ? ok : failed;
}

/** What a device of the configuration says now, step by step from its bytes to its readings. */
async function probeKnown(known: KnownDevice, context: Context, call: Call): Promise<number> {
  const { language, out, isJson } = context;
  const probed = await probePort(known.port, [known.profile], { context, call });
  const lines = deviceLines(probed, known, language);
  if (isJson) out(JSON.stringify(jsonOf(known.port, probed)));
  else
    for (const line of lines ?? probeLines(probed, { language, source: '', columns: process.stdout.columns }))
      out(line);
  return lines ? ok : failed;
}

const noPort = {
  en: 'this device has no serial or TCP port of its own to listen to; `lamppost tail` shows its readings',
  zh: '该设备没有可监听的串口或 TCP 端口；用 `lamppost tail` 查看其读数',
};

async function portOf(call: Call): Promise<BytePort> {
  const [written = ''] = call.args;
  const port = await bytePort(written);
  if (port) return port;
  throw usage(call, {
    en: `\`${written}\` is neither a port nor a device of the configuration; \`lamppost ports\` shows the ports`,
    zh: `\`${written}\` 既不是端口，也不是配置中的设备；用 \`lamppost ports\` 查看串口`,
  });
}

function lineOf(call: Call): LineSettings | undefined {
  const written = optionOf(call, 'line');
  if (written === undefined) return undefined;
  const line = parseLineSettings(written);
  if (line) return line;
  throw usage(call, {
    en: `\`${written}\` is not a serial line; write for example \`--line "9600 8N1"\``,
    zh: `\`${written}\` 不是串口参数，例如写作 \`--line "9600 8N1"\``,
  });
}

/** The Modbus addresses of `--scan 1-247`, or `--scan 5`. */
function addressesOf(call: Call): readonly number[] {
  const written = optionOf(call, 'scan');
  if (written === undefined) return [];
  const [, first, last = first] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(written) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (from >= 1 && to <= lastAddress && from <= to) return Array.from({ length: to - from + 1 }, (_, at) => from + at);
  throw usage(call, {
    en: `\`--scan ${written}\` is no range of addresses; write for example \`--scan 1-${lastAddress}\``,
    zh: `\`--scan ${written}\` 不是地址范围，例如写作 \`--scan 1-${lastAddress}\``,
  });
}

/** Of a Modbus slave. */
const lastAddress = 247;

/** Probes with a line on the terminal that says what is being tried. */
export async function probePort(
  port: BytePort,
  profiles: readonly Profile[],
  { context, call }: { readonly context: Context; readonly call: Call },
): Promise<Probed> {
  const progress = progressLine();
  const { language, signal } = context;
  try {
    return await listen({
      profiles,
      open: (line) => port.open(line),
      hasLine: port.hasLine,
      listenMs: secondsOf(call, defaultSeconds) * 1000,
      onlyListens: isGiven(call, 'onlyListen'),
      addresses: addressesOf(call),
      clock: systemClock,
      signal,
      onProgress: (now) => progress.show(progressText(now, language)),
    });
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw unusable(!port.hasLine, port.name, error);
  } finally {
    progress.clear();
  }
}

/** What is being listened for now. */
export function progressText({ line, index, count, leftMs, bytes, isAsking }: Progress, language: Language): string {
  const seconds = Math.ceil(leftMs / 1000);
  const words = {
    en: `${isAsking ? 'Asking' : 'Listening'}${line === undefined ? '' : ` at ${line}`} (${index} of ${count}), ${seconds} s left, ${bytes} bytes`,
    zh: `${isAsking ? '正在询问' : '正在监听'}${line === undefined ? '' : ` ${line}`}（${index}/${count}），剩余 ${seconds} 秒，已收 ${bytes} 字节`,
  };
  return words[language];
}

async function keepCapture(file: string, { pieces }: Probed, profile: string | undefined): Promise<void> {
  const capture = { pieces, ...(profile === undefined ? {} : { profile }) };
  try {
    await writeFile(file, `${captureLines(capture, new Date(systemClock.wall())).join('\n')}\n`);
  } catch (error) {
    throw gatewayError('FILE_UNWRITABLE', { path: file, reason: reasonOf(error) }, error);
  }
}

function jsonOf(port: BytePort, { tried, line, pieces, candidates }: Probed): object {
  const likely = equals(candidates).map(({ profile }) => profile.id);
  return {
    port: port.name,
    tried,
    ...(line === undefined ? {} : { line }),
    pieces: pieces.map(({ ms, way, bytes, line: at }) => ({ ms, [way]: hexText(bytes), line: at })),
    /** More than one: only the label on the device decides. */
    likely,
    candidates: candidates.map(candidateJson),
  };
}

function candidateJson(candidate: Candidate): object {
  const { profile, share, plausible, score, trial, partial, address } = candidate;
  return {
    profile: profile.id,
    share,
    plausible,
    score,
    ...(address === undefined ? {} : { address }),
    messages: trial.outcomes.filter(({ ok }) => ok).length,
    values: lastValues(candidate),
    waiting: partial.waiting,
    missing: partial.missing,
  };
}
