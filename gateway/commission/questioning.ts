import { anyAddress, meterFrames } from '../field/decode/dlt645.ts';
import { fieldsOf, type Found, type Question } from '../field/decode/question.ts';
import { questionsTo, type BusAddress } from '../field/decode/questions.ts';
import { normalise } from '../field/normalise/normalise.ts';
import type { Fields } from '../profiles/grammar.ts';
import type { Profile } from '../profiles/profile.ts';
import { candidateFor, judged, type Candidate } from './candidates.ts';
import { partialSetup } from './partial-setup.ts';
import { hexText } from '../platform/hex.ts';

/**
 * Sends a question and gives what came until `isAnswered` says that it is enough, or until the time is over.
 *
 * @param left - how many more questions are to come, for somebody who waits.
 */
export type Ask = (
  question: Uint8Array,
  wanted: {
    readonly isAnswered: (received: Uint8Array) => boolean;
    readonly withinMs: number;
    readonly left: number;
  },
) => Promise<Uint8Array>;

/** A slave that does not begin to answer within this is not there. */
const answerMs = 400;
/** For a scan of many addresses, with one short question each. */
const scanMs = 150;
/** A sensor that measures when it is asked takes longer. */
const sensorMs = 700;
/** A meter refuses what it has not got (DL/T 645-2007, 7.1): after so much silence there is none. Cheap slaves do not. */
const mostSilent = 2;
/** The address of a slave whose maker does not say which it has. */
const usualAddress = 1;

/** Asks a line for the devices of some profiles; what only listens or changes the device is left out. */
export async function askAll(
  profiles: readonly Profile[],
  ask: Ask,
  addresses: readonly number[] = [],
): Promise<readonly Candidate[]> {
  return [
    ...(await askSensors(profiles, ask)),
    ...(await askSlaves(ofKind(profiles, 'modbus'), ask, addresses)),
    ...(await askAt(ofKind(profiles, 'dlt645'), anyAddress, ask)),
  ];
}

const ofKind = (profiles: readonly Profile[], kind: Profile['connect']['kind']): readonly Profile[] =>
  profiles.filter(({ connect }) => connect.kind === kind);

/** Sensors alone on their line that answer one question; those with the same question are asked once. */
async function askSensors(profiles: readonly Profile[], ask: Ask): Promise<readonly Candidate[]> {
  const asked = profiles.flatMap((profile) =>
    profile.connect.kind === 'serial' && profile.connect.ask ? [{ profile, question: profile.connect.ask }] : [],
  );
  const groups = Object.values(Object.groupBy(asked, ({ question }) => hexText(question)));
  const found: Candidate[] = [];
  for (const [index, group = []] of groups.entries()) {
    const question = group[0]?.question;
    if (!question) continue;
    const wanted = { isAnswered: () => false, withinMs: sensorMs, left: groups.length - index };
    const bytes = await ask(question, wanted);
    found.push(...group.flatMap(({ profile }) => candidateFor(profile, [{ ms: 0, bytes }]) ?? []));
  }
  return found;
}

async function askSlaves(
  profiles: readonly Profile[],
  ask: Ask,
  addresses: readonly number[],
): Promise<readonly Candidate[]> {
  if (profiles.length === 0) return [];
  const found: Candidate[] = [];
  const there = addresses.length > 0 ? await present(profiles, addresses, ask) : [];
  for (const address of there) found.push(...(await askAt(profiles, address, ask)));
  if (addresses.length > 0) return found;
  const usual = Map.groupBy(profiles, ({ connect }) => (connect.kind === 'modbus' && connect.address) || usualAddress);
  for (const [address, own] of usual) found.push(...(await askAt(own, address, ask)));
  return found;
}

/** The addresses at which somebody answers anything: whoever cannot do what is asked says so (Modbus V1.1b3, 7). */
async function present(
  profiles: readonly Profile[],
  addresses: readonly number[],
  ask: Ask,
): Promise<readonly number[]> {
  const found: number[] = [];
  for (const [index, address] of addresses.entries()) {
    const [question] = distinct(profiles.flatMap((profile) => harmless(profile, address)));
    if (!question) continue;
    const wanted = { isAnswered: answers(question), withinMs: scanMs, left: addresses.length - index };
    if (answers(question)(await ask(question.ask(0), wanted))) found.push(address);
  }
  return found;
}

/** Some reads change the device, such as counters that begin anew: nobody who only looks may do that. */
const harmless = ({ decode }: Profile, address: BusAddress): readonly Question[] =>
  questionsTo(decode, address).filter(({ isDestructive }) => !isDestructive);

/** Each once, those that most profiles ask first. */
function distinct(questions: readonly Question[]): readonly Question[] {
  const groups = [...Map.groupBy(questions, (question) => hexText(question.ask(0))).values()];
  return groups.toSorted((a, b) => b.length - a.length).flatMap(([question]) => question ?? []);
}

const answers =
  (question: Question) =>
  (received: Uint8Array): boolean =>
    question.read(received, 0).kind !== 'none';

/** One device, asked everything that some profile would ask it, each question once. */
async function askAt(profiles: readonly Profile[], address: BusAddress, ask: Ask): Promise<readonly Candidate[]> {
  const received = new Map<string, Uint8Array>();
  const questions = distinct(profiles.flatMap((profile) => harmless(profile, address)));
  let silent = 0;
  for (const [index, question] of questions.entries()) {
    const bytes = question.ask(0);
    const wanted = { isAnswered: answers(question), withinMs: answerMs, left: questions.length - index };
    const answer = await ask(bytes, wanted);
    received.set(hexText(bytes), answer);
    silent = answer.length === 0 ? silent + 1 : 0;
    if (address === anyAddress && silent >= mostSilent) break;
  }
  return profiles.flatMap((profile) => heardAt(profile, address, received) ?? []);
}

/** What the answers are to one profile; `undefined` when it understands none of them. */
function heardAt(
  profile: Profile,
  address: BusAddress,
  received: ReadonlyMap<string, Uint8Array>,
): Candidate | undefined {
  const heard = harmless(profile, address).map((question): Heard => {
    const bytes = received.get(hexText(question.ask(0))) ?? new Uint8Array();
    return { question, bytes, found: question.read(bytes, 0) };
  });
  const understood = heard.filter(({ found }) => found.kind === 'answer');
  if (understood.length === 0) return undefined;
  const fields = understood.reduce<Fields>(
    (all, { question, found }) => ({ ...all, ...fieldsOf(question, found) }),
    {},
  );
  const partial = partialSetup(profile);
  const bytes = Uint8Array.from(understood.flatMap(({ bytes }) => [...bytes]));
  const values = normalise(partial.setup, fields, { isWarmingUp: false });
  const trial = {
    outcomes: [{ ok: true, ms: 0, bytes, fields, values } as const],
    good: understood.length,
    garbage: heard.length - understood.length,
  };
  const candidate = judged(profile, partial, trial);
  return candidate && { ...candidate, address: addressOf(address, bytes) };
}

interface Heard {
  readonly question: Question;
  readonly bytes: Uint8Array;
  readonly found: Found;
}

/** A meter that was asked by nobody's name tells its own. */
function addressOf(asked: BusAddress, answer: Uint8Array): BusAddress {
  return asked === anyAddress ? (meterFrames(answer).frames.at(-1)?.address ?? asked) : asked;
}
