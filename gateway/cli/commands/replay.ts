import { equals, judged, ranked } from '../../commission/candidates.ts';
import { captureKinds, type Capture } from '../../commission/capture.ts';
import { partialSetup } from '../../commission/partial-setup.ts';
import type { Outcome } from '../../commission/trial.ts';
import { tryCapture } from '../../commission/try-capture.ts';
import { exitCodes, gatewayError } from '../../model/errors.ts';
import type { Profiles } from '../../profiles/load.ts';
import type { Profile } from '../../profiles/profile.ts';
import { captureIn } from '../capture-file.ts';
import { ok, optionOf, usage, type Call, type Context } from '../context.ts';
import { outcomeLine, summaryLine, summaryOf } from '../replay-lines.ts';
import { partialSetupFrom } from '../setting-flags.ts';
import { loadProfile, profilesFor, profilesHere } from '../some-profiles.ts';
import { hexText } from '../../platform/hex.ts';

/** Runs what was captured through decoder and normalisation, as the gateway would. */
export async function replay(context: Context, call: Call): Promise<number> {
  const { language, isJson, out, say } = context;
  const capture = await captureIn(call.args[0] ?? '', kindIn(call));
  const profile = await profileOf(capture, await profilesHere(context), call);
  const partial = partialSetupFrom(call, profile);
  const trial = tryCapture(partial.setup, capture);
  if (!trial) throw usage(call, notAStream(profile.id));
  for (const outcome of trial.outcomes)
    out(isJson ? JSON.stringify(jsonOf(outcome)) : outcomeLine(outcome, profile, language));
  const summary = summaryOf(trial);
  if (isJson) out(JSON.stringify({ profile: profile.id, ...summary, waiting: partial.waiting }));
  else say(summaryLine(summary, profile.id, language));
  if (!isJson && partial.missing.length > 0) {
    const list = partial.missing.map((name) => `--setting ${name}=…`).join(' ');
    const waiting = partial.waiting.join(', ');
    say({ en: `${waiting} would need ${list}`, zh: `${waiting} 还需要 ${list}` }[language]);
  }
  return summary.messages > 0 ? ok : exitCodes.data;
}

export function kindIn(call: Call): (typeof captureKinds)[number] | undefined {
  const written = optionOf(call, 'as');
  const kind = captureKinds.find((known) => known === written);
  if (written === undefined || kind) return kind;
  const list = captureKinds.join(', ');
  throw usage(call, { en: `--as is one of: ${list}`, zh: `--as 可为：${list}` });
}

export const notAStream = (id: string): { readonly en: string; readonly zh: string } => ({
  en: `${id} has no bytes of its own to decode`,
  zh: `${id} 没有可解码的字节流`,
});

/** The one that is named; else the one that the capture or its bytes name. */
async function profileOf(capture: Capture, known: Profiles, call: Call): Promise<Profile> {
  const id = optionOf(call, 'profile') ?? capture.profile;
  if (id !== undefined) return loadProfile(known, id);
  const profiles = await profilesFor(known);
  const found = ranked(
    profiles.flatMap((profile) => {
      const partial = partialSetup(profile);
      const trial = tryCapture(partial.setup, capture);
      return (trial && judged(profile, partial, trial)) ?? [];
    }),
  );
  const [only, other] = equals(found);
  if (only && !other) return only.profile;
  const ids = (other ? equals(found) : found.slice(0, 3)).map(({ profile }) => profile.id).join(', ');
  throw gatewayError('PROFILE_UNCLEAR', {
    list: ids === '' ? { en: 'none of them', zh: '没有一个' } : ids,
    first: found[0]?.profile.id ?? '<maker>/<model>',
  });
}

function jsonOf({ bytes, ...outcome }: Outcome): object {
  return { ...outcome, bytes: hexText(bytes) };
}
