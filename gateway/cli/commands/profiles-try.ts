import { bytesFromText, type Capture } from '../../commission/capture.ts';
import type { Outcome } from '../../commission/trial.ts';
import { tryCapture } from '../../commission/try-capture.ts';
import { explain } from '../../field/normalise/explain.ts';
import { exitCodes } from '../../model/errors.ts';
import type { Setup } from '../../profiles/setup.ts';
import { captureIn } from '../capture-file.ts';
import { ok, optionOf, usage, type Call, type Context } from '../context.ts';
import { explanationLines, outcomeLine, summaryLine, summaryOf } from '../replay-lines.ts';
import { partialSetupFrom } from '../setting-flags.ts';
import { loadProfile, profilesHere } from '../some-profiles.ts';
import { kindIn, notAStream } from './replay.ts';
import { hexText } from '../../platform/hex.ts';

const inputs = ['bytes', 'text', 'capture'] as const;

/** Whether a profile is to be tried on bytes from the command line instead of its examples. */
export const hasOwnBytes = (call: Call): boolean => inputs.some((input) => optionOf(call, input) !== undefined);

/** A profile on bytes of somebody's own: bytes, fields, derived values, values, readings, each with its number. */
export async function testOnBytes(context: Context, call: Call): Promise<number> {
  const { language, isJson, out, say } = context;
  const [name] = call.args;
  if (name === undefined || call.args.length > 1) throw usage(call, oneProfile);
  const profile = await loadProfile(await profilesHere(context), name);
  const partial = partialSetupFrom(call, profile);
  const capture = await captureOf(call);
  const trial = tryCapture(partial.setup, capture);
  if (!trial) throw usage(call, notAStream(profile.id));
  for (const [index, outcome] of trial.outcomes.entries()) {
    const explanation = outcome.ok ? explain(partial.setup, outcome.fields) : undefined;
    if (isJson) out(JSON.stringify({ ...outcome, bytes: hexText(outcome.bytes), ...explanation }));
    else if (!explanation) out(outcomeLine(outcome, profile, language));
    else {
      if (index > 0) out('');
      for (const line of explanationLines({ bytes: outcome.bytes, explanation }, profile, language)) out(line);
    }
  }
  const summary = summaryOf(trial);
  const why = trial.outcomes.length === 0 ? repeatedly(partial.setup, capture) : undefined;
  if (why && !isJson) out(outcomeLine(why, profile, language));
  say(summaryLine(summary, profile.id, language));
  if (partial.missing.length > 0) {
    const [waiting, list] = [
      partial.waiting.join(', '),
      partial.missing.map((name) => `--setting ${name}=…`).join(' '),
    ];
    say({ en: `${waiting} would need ${list}`, zh: `${waiting} 还需要 ${list}` }[language]);
  }
  return summary.messages > 0 ? ok : exitCodes.data;
}

/**
 * What a decoder says of bytes that it does not understand when they come again and again: of one frame alone it says
 * nothing yet, for more may follow.
 */
function repeatedly(setup: Setup, { pieces }: Capture): Outcome | undefined {
  const again = Array.from({ length: times }, () => pieces).flat();
  const said = tryCapture(setup, { pieces: again })?.outcomes.find(({ ok }) => !ok);
  if (!said || said.ok) return undefined;
  const bytes = Uint8Array.from(pieces.flatMap((piece) => [...piece.bytes]));
  return { ...said, bytes, skipped: bytes.length };
}

const times = 64;

async function captureOf(call: Call): Promise<Capture> {
  const [hex, text, file] = inputs.map((input) => optionOf(call, input));
  if (file !== undefined) return captureIn(file, kindIn(call));
  const bytes = hex === undefined ? Buffer.from(unescaped(text ?? ''), 'latin1') : bytesFromText(hex);
  if (bytes) return { pieces: [{ ms: 0, way: 'rx', bytes }] };
  throw usage(call, {
    en: `\`--bytes ${hex}\` is not hexadecimal; write for example \`--bytes "FF 07 A1 A7"\``,
    zh: `\`--bytes ${hex}\` 不是十六进制，例如写作 \`--bytes "FF 07 A1 A7"\``,
  });
}

/** A shell passes `\r` as two characters. */
function unescaped(text: string): string {
  const meant: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '\\': '\\' };
  return text.replaceAll(/\\([rnt\\])/g, (_whole, letter: string) => meant[letter] ?? letter);
}

const oneProfile = {
  en: 'bytes are tried on one profile; name it',
  zh: '字节只能用一个档案测试，请指定档案',
};
