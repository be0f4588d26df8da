import type { AlarmTransition } from '../../model/alarm.ts';
import type { Gap, Lane } from '../../model/delivery.ts';
import { RangeSet, type Range } from '../../model/ranges.ts';
import type { Reading } from '../../model/reading.ts';
import { entriesOf, violationsOf, type Violation } from './contract.ts';
import type { Correction, Received, ReceivedBatch, Summary } from './decode.ts';
import { EpochLedger, type EpochJson, type EpochReport } from './epoch-ledger.ts';

interface From {
  readonly gateway: string;
  readonly epoch: number;
  readonly seq: number;
  readonly lane: Lane;
}

/** Something that was not received before. */
export type Fresh =
  | (From & { readonly kind: 'reading'; readonly entry: Reading })
  | (From & { readonly kind: 'alarm'; readonly entry: AlarmTransition })
  /** Statistics in place of the numbers `from..to`. */
  | {
      readonly kind: 'summary';
      readonly gateway: string;
      readonly epoch: number;
      readonly from: number;
      readonly to: number;
      readonly summaries: readonly Summary[];
    }
  | { readonly kind: 'gap'; readonly gateway: string; readonly gap: Gap }
  | { readonly kind: 'correction'; readonly gateway: string; readonly correction: Correction };

/** What one message brings. */
export interface News {
  readonly fresh: readonly Fresh[];
  /** Entries that were there already: the price of "at least once". */
  readonly duplicates: number;
  readonly violations: readonly Violation[];
}

export interface GatewayReport {
  readonly gateway: string;
  /** Unknown until a status tells. */
  readonly state?: 'online' | 'offline';
  readonly isComplete: boolean;
  readonly epochs: readonly EpochReport[];
  readonly duplicates: number;
}

export interface LedgerReport {
  /** Every gateway said what there is, and all of it is there or accounted for. */
  readonly isComplete: boolean;
  readonly gateways: readonly GatewayReport[];
  /** How many messages broke the contract, and the last of them. */
  readonly violations: number;
  readonly lastViolations: readonly (Violation & { readonly gateway?: string })[];
}

export interface LedgerJson {
  readonly v: 1;
  readonly gateways: Readonly<
    Record<
      string,
      {
        readonly epochs: Readonly<Record<string, EpochJson>>;
        readonly notes: readonly Range[];
        readonly duplicates: number;
      }
    >
  >;
}

interface GatewayLedger {
  readonly epochs: Map<number, EpochLedger>;
  /** Numbers of the notes that arrived. */
  readonly notes: RangeSet;
  duplicates: number;
  /** A Will counts only for the session that is up. */
  session: string | undefined;
  state: 'online' | 'offline' | undefined;
}

const mostViolations = 100;

/**
 * The receiver's proof that nothing is missing: per gateway and epoch which numbers arrived, which are accounted for by
 * summaries or gaps, and how many there should be. Knows no transport and no time.
 */
export class Ledger {
  readonly #gateways = new Map<string, GatewayLedger>();
  #violations = 0;
  readonly #lastViolations: (Violation & { readonly gateway?: string })[] = [];

  static of({ gateways }: LedgerJson): Ledger {
    const ledger = new Ledger();
    for (const [gateway, { epochs, notes, duplicates }] of Object.entries(gateways)) {
      const known = ledger.#of(gateway);
      known.notes.addAll(notes);
      known.duplicates = duplicates;
      for (const [epoch, json] of Object.entries(epochs)) known.epochs.set(Number(epoch), new EpochLedger(json));
    }
    return ledger;
  }

  /** What a message would bring; changes nothing. */
  examine(received: Received): News {
    const violations = violationsOf(received);
    if (violations.some(({ isFatal }) => isFatal)) return { fresh: [], duplicates: 0, violations };
    switch (received.kind) {
      case 'batch':
        return { ...this.#examineBatch(received.gateway, received.lane, received.batch), violations };
      case 'gap': {
        const { gateway, gap } = received;
        return { fresh: this.#hasGap(gateway, gap) ? [] : [{ kind: 'gap', gateway, gap }], duplicates: 0, violations };
      }
      case 'correction': {
        const { gateway, correction } = received;
        const isKnown = this.#gateways.get(gateway)?.notes.has(correction.note) ?? false;
        return { fresh: isKnown ? [] : [{ kind: 'correction', gateway, correction }], duplicates: 0, violations };
      }
      case 'status':
      case 'device':
      case 'other':
      case 'bad':
        return { fresh: [], duplicates: 0, violations };
    }
  }

  /** Takes a message into account. @returns what it brought. */
  accept(received: Received): News {
    const news = this.examine(received);
    this.#noteViolations(received, news.violations);
    if (news.violations.some(({ isFatal }) => isFatal)) return news;
    switch (received.kind) {
      case 'batch': {
        const { epoch, from, to, summaries } = received.batch;
        const gateway = this.#of(received.gateway);
        gateway.duplicates += news.duplicates;
        if (summaries === undefined) this.#epochOf(gateway, epoch).addEntries(from, to);
        else this.#epochOf(gateway, epoch).addSummary(from, to);
        break;
      }
      case 'gap':
        this.#acceptGap(this.#of(received.gateway), received.gap);
        break;
      case 'correction':
        this.#of(received.gateway).notes.add(received.correction.note, received.correction.note);
        break;
      case 'status':
        this.#acceptStatus(this.#of(received.gateway), received.status);
        break;
      case 'device':
      case 'other':
      case 'bad':
        break;
    }
    return news;
  }

  report(): LedgerReport {
    const gateways = [...this.#gateways].map(([gateway, known]): GatewayReport => {
      const epochs = [...known.epochs].map(([epoch, ledger]) => ledger.report(epoch));
      const isComplete = epochs.length > 0 && epochs.every((epoch) => epoch.isComplete);
      const state = known.state === undefined ? {} : { state: known.state };
      return { gateway, ...state, isComplete, epochs, duplicates: known.duplicates };
    });
    return {
      isComplete: gateways.length > 0 && gateways.every((gateway) => gateway.isComplete),
      gateways,
      violations: this.#violations,
      lastViolations: this.#lastViolations,
    };
  }

  toJSON(): LedgerJson {
    const gateways = [...this.#gateways].map(([gateway, { epochs, notes, duplicates }]) => [
      gateway,
      {
        epochs: Object.fromEntries([...epochs].map(([epoch, known]) => [epoch, known.toJSON()])),
        notes: notes.ranges,
        duplicates,
      },
    ]);
    return { v: 1, gateways: Object.fromEntries(gateways) };
  }

  #examineBatch(gateway: string, lane: Lane, batch: ReceivedBatch): Pick<News, 'fresh' | 'duplicates'> {
    const { epoch, from, to, summaries } = batch;
    const known = this.#gateways.get(gateway)?.epochs.get(epoch);
    if (summaries !== undefined) {
      const isKnown = known?.hasSummaryOrBetter(from, to) ?? false;
      return { fresh: isKnown ? [] : [{ kind: 'summary', gateway, epoch, from, to, summaries }], duplicates: 0 };
    }
    const entries = entriesOf(batch);
    const fresh = entries
      .filter(([seq]) => !known?.entries.has(seq))
      .map(([seq, entry]): Fresh => {
        const from = { gateway, epoch, seq, lane };
        return 'rule' in entry ? { ...from, kind: 'alarm', entry } : { ...from, kind: 'reading', entry };
      });
    return { fresh, duplicates: entries.length - fresh.length };
  }

  #hasGap(gateway: string, { epoch, from, to, note }: Gap): boolean {
    const known = this.#gateways.get(gateway);
    if (!known) return false;
    if (note !== undefined) return known.notes.has(note);
    return to !== null && (known.epochs.get(epoch)?.hasGapOrBetter(from, to) ?? false);
  }

  #acceptGap(gateway: GatewayLedger, { epoch, from, to, why, note }: Gap): void {
    if (note !== undefined) gateway.notes.add(note, note);
    if (to !== null) this.#epochOf(gateway, epoch).addGap(why, from, to);
  }

  #acceptStatus(gateway: GatewayLedger, status: Extract<Received, { kind: 'status' }>['status']): void {
    if (status.state === 'offline') {
      // Until a session is known it may well be the Will of the last one.
      if (gateway.session === undefined || gateway.session === status.session) gateway.state = 'offline';
      return;
    }
    gateway.session = status.session;
    gateway.state = 'online';
    for (const [epoch, head] of Object.entries(status.epochs)) this.#epochOf(gateway, Number(epoch)).raiseHead(head);
  }

  #noteViolations(received: Received, violations: readonly Violation[]): void {
    const gateway = 'gateway' in received && received.gateway !== undefined ? { gateway: received.gateway } : {};
    if (violations.length > 0) this.#violations++;
    this.#lastViolations.push(...violations.map((violation) => ({ ...violation, ...gateway })));
    this.#lastViolations.splice(0, this.#lastViolations.length - mostViolations);
  }

  #of(gateway: string): GatewayLedger {
    let known = this.#gateways.get(gateway);
    if (!known) {
      known = { epochs: new Map(), notes: new RangeSet(), duplicates: 0, session: undefined, state: undefined };
      this.#gateways.set(gateway, known);
    }
    return known;
  }

  #epochOf({ epochs }: GatewayLedger, epoch: number): EpochLedger {
    let known = epochs.get(epoch);
    if (!known) epochs.set(epoch, (known = new EpochLedger()));
    return known;
  }
}
