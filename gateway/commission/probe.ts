import type { Link } from '../field/transports/link.ts';
import { sleep, type Clock } from '../platform/clock.ts';
import type { LineSettings } from '../profiles/connect.ts';
import type { Profile } from '../profiles/profile.ts';
import { candidateFor, equals, ranked, type Candidate } from './candidates.ts';
import { lineText, type Piece } from './capture.ts';
import { askAll, type Ask } from './questioning.ts';

/** What a probe is doing now. */
export interface Progress {
  /** Absent where there is no line to set, as behind a TCP port. */
  readonly line?: string;
  /** Of `count` line settings this is number `index`, from 1. */
  readonly index: number;
  readonly count: number;
  readonly leftMs: number;
  readonly bytes: number;
  readonly isAsking: boolean;
}

export interface ProbeOptions {
  readonly profiles: readonly Profile[];
  /** Opens the port with these settings. @throws Error with words for people. */
  readonly open: (line: LineSettings) => Promise<Link>;
  /** A port that has no line settings of its own is listened to once, for all profiles. */
  readonly hasLine: boolean;
  readonly listenMs: number;
  /** Without sending anything. */
  readonly onlyListens?: boolean;
  /** Modbus addresses to try; those that the makers deliver, when empty. */
  readonly addresses?: readonly number[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Probed {
  /** Line settings that were tried, in order. */
  readonly tried: readonly string[];
  /** The one at which something was understood, else the first at which something was heard. */
  readonly line?: string;
  /** Everything that went over the port. */
  readonly pieces: readonly Piece[];
  readonly candidates: readonly Candidate[];
}

/** So many bytes of one line setting are kept: a flood shows what it is soon enough. */
const mostBytes = 16_384;
const progressEveryMs = 250;
const lookEveryMs = 10;
/** Silence before a question, longer than between the bytes of any frame. */
const betweenMs = 30;

/**
 * Listens at one line setting after the other, the most common first, then asks what the profiles of this setting ask,
 * and stops at the first one at which some profile explains what comes.
 */
export async function probe(options: ProbeOptions): Promise<Probed> {
  const groups = groupsOf(options);
  const startMono = options.clock.mono();
  const all: Piece[] = [];
  const tried: string[] = [];
  const weak: Candidate[] = [];
  for (const [index, { line, profiles }] of groups.entries()) {
    if (options.signal.aborted) break;
    const ear = new Ear(options, { line, startMono, place: { index: index + 1, count: groups.length } });
    if (options.hasLine) tried.push(lineText(line));
    const found = await ear.open(line, async () => {
      await ear.listen(options.listenMs);
      const heard = ranked(profiles.flatMap((profile) => candidateFor(profile, ear.received) ?? []));
      if (equals(heard).length > 0 || options.onlyListens) return heard;
      return ranked([...heard, ...(await askAll(profiles, ear.ask, options.addresses))]);
    });
    all.push(...ear.pieces);
    if (equals(found).length > 0)
      return { tried, ...(options.hasLine ? { line: lineText(line) } : {}), pieces: all, candidates: found };
    weak.push(...found);
  }
  const heard = all.find(({ way }) => way === 'rx')?.line;
  return { tried, ...(heard === undefined ? {} : { line: heard }), pieces: all, candidates: ranked(weak) };
}

interface Group {
  readonly line: LineSettings;
  readonly profiles: readonly Profile[];
}

/** Profiles by their line settings, the most common first. */
function groupsOf({ profiles, hasLine }: ProbeOptions): readonly Group[] {
  const groups = new Map<string, { line: LineSettings; profiles: Profile[] }>();
  for (const profile of profiles) {
    if (!('line' in profile.connect)) continue;
    const { line } = profile.connect;
    const key = hasLine ? lineText(line) : '';
    const group = groups.get(key) ?? { line, profiles: [] };
    group.profiles.push(profile);
    groups.set(key, group);
  }
  return [...groups.values()].toSorted((a, b) => b.profiles.length - a.profiles.length);
}

/** Which of the line settings it is, and since when the probe runs. */
interface Turn {
  readonly line: LineSettings;
  readonly startMono: number;
  readonly place: Pick<Progress, 'index' | 'count'>;
}

/** Listens to a port for a while. */
class Ear {
  readonly pieces: Piece[] = [];
  readonly #options: ProbeOptions;
  readonly #at: Turn;
  #link: Link | undefined;
  #bytes = 0;
  /** What came since the last question. */
  #answer: number[] = [];

  constructor(options: ProbeOptions, at: Turn) {
    this.#options = options;
    this.#at = at;
  }

  get received(): readonly Piece[] {
    return this.pieces.filter(({ way }) => way === 'rx');
  }

  async open<T>(line: LineSettings, work: () => Promise<T>): Promise<T> {
    const link = await this.#options.open(line);
    this.#link = link;
    link.onData((bytes) => this.#hear(bytes));
    try {
      return await work();
    } finally {
      await link.close();
    }
  }

  async listen(forMs: number): Promise<void> {
    const { clock, signal } = this.#options;
    const endMono = clock.mono() + forMs;
    while (clock.mono() < endMono && !signal.aborted) {
      this.#tell(endMono - clock.mono(), false);
      await this.#pause(Math.min(progressEveryMs, endMono - clock.mono()));
    }
  }

  readonly ask: Ask = async (question, { isAnswered, withinMs, left }) => {
    const { clock, signal } = this.#options;
    if (signal.aborted) return new Uint8Array();
    this.#tell(left * withinMs, true);
    await this.#pause(betweenMs);
    this.#answer = [];
    this.#keep('tx', question);
    this.#link?.write(question);
    const endMono = clock.mono() + withinMs;
    while (clock.mono() < endMono && !signal.aborted && !isAnswered(Uint8Array.from(this.#answer))) {
      await this.#pause(lookEveryMs);
    }
    return Uint8Array.from(this.#answer);
  };

  /** @throws Error when the link ends meanwhile. */
  async #pause(ms: number): Promise<void> {
    const { clock, signal } = this.#options;
    const lost = await Promise.race([sleep(clock, ms, signal), this.#link?.ended]);
    if (lost !== undefined) throw new Error(lost);
  }

  #hear(bytes: Uint8Array): void {
    const left = mostBytes - this.#bytes;
    this.#bytes += bytes.length;
    if (left <= 0) return;
    this.#keep('rx', bytes.slice(0, left));
    this.#answer.push(...bytes);
  }

  #keep(way: Piece['way'], bytes: Uint8Array): void {
    const { line, startMono } = this.#at;
    const ms = Math.round(this.#options.clock.mono() - startMono);
    this.pieces.push({ ms, way, bytes, ...(this.#options.hasLine ? { line: lineText(line) } : {}) });
  }

  #tell(leftMs: number, isAsking: boolean): void {
    const { line, place } = this.#at;
    const { hasLine, onProgress } = this.#options;
    onProgress?.({ ...(hasLine ? { line: lineText(line) } : {}), ...place, leftMs, bytes: this.#bytes, isAsking });
  }
}
