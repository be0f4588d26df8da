import type { Span } from '../../forward/pending.ts';
import { settle } from '../fakes/fake-clock.ts';
import type { FakeSession, Sent } from '../fakes/fake-wire.ts';
import { contentOf, ForwardRig, summaryOf } from './rig.ts';
import type { Step } from './steps.ts';

interface RaisedAlarm extends Span {
  /** How many messages had been sent when it was raised. */
  readonly sentBefore: number;
}

/** Runs a schedule and watches that nothing is sent twice without need and nothing overtakes an alarm. */
export class World {
  readonly rig: ForwardRig;
  readonly faults: string[] = [];
  readonly raised: RaisedAlarm[] = [];
  readonly sent: { readonly sent: Sent; readonly session: FakeSession; readonly covers: Span | undefined }[] = [];
  #epoch = 1000;

  constructor(receiveMaximum: number) {
    this.rig = new ForwardRig();
    this.rig.random = 0.5;
    this.rig.wire.limits = { receiveMaximum };
    this.rig.wire.onSent = (sent, session) => this.#watch(sent, session);
  }

  async take(step: Step): Promise<void> {
    const { rig } = this;
    const { waiting = [] } = rig.wire.sessions.at(-1) ?? {};
    const chosen = (which: number): Sent | undefined => waiting[which % waiting.length];
    switch (step.do) {
      case 'readings':
        rig.log.readings(step.count, step.bytes);
        break;
      case 'alarm': {
        const sentBefore = this.sent.length;
        const seq = rig.log.alarm(step.state, step.isCritical ? 'critical' : 'info', `rule-${step.rule}`);
        this.raised.push({ epoch: this.#epoch, from: seq, to: seq, sentBefore });
        break;
      }
      case 'ack':
        for (const sent of waiting.slice(step.which % (waiting.length + 1)).slice(0, step.count)) rig.deliver(sent);
        break;
      case 'take': {
        const sent = chosen(step.which);
        if (sent) rig.ledger.accept(contentOf(sent));
        rig.wire.sessions.at(-1)?.drop();
        break;
      }
      case 'refuse':
        chosen(step.which)?.refuse(step.because);
        break;
      case 'drop':
        rig.wire.sessions.at(-1)?.drop();
        break;
      case 'pass':
        await rig.clock.advance(step.ms);
        break;
      case 'lose':
        this.#lose(step.at, step.count);
        break;
      case 'restart':
        this.#epoch += 1000;
        await rig.restart(this.#epoch);
        break;
    }
    await settle();
  }

  /** From now on the broker takes everything: how it all ends. */
  async finish(): Promise<void> {
    const { rig } = this;
    const watch = rig.wire.onSent;
    rig.wire.onSent = (sent, session) => {
      watch(sent, session);
      rig.deliver(sent);
    };
    for (const sent of rig.wire.sessions.at(-1)?.waiting ?? []) rig.deliver(sent);
    for (let round = 0; round < 60; round++) {
      await rig.clock.advance(10_000);
      const { waiting } = rig.forwarder.view;
      if (waiting.alarm + waiting.live + waiting.backfill === 0) break;
    }
    await rig.clock.advance(60_000); // a last status tells the heads
  }

  /** Numbers of the current life that nobody has yet may be lost to the budget; alarms are not. */
  #lose(at: number, count: number): void {
    const { log } = this.rig;
    const from = (at % Math.max(1, log.durableHead)) + 1;
    const to = Math.min(log.durableHead, from + count - 1);
    const own = log.upstream('city').deliveredOf(this.#epoch);
    const wanted = [...own.gaps(from, to)];
    const isAlarm = this.raised.some(({ epoch, from: seq }) => epoch === this.#epoch && seq >= from && seq <= to);
    const isFlying = this.rig.wire.sessions.at(-1)?.waiting.length !== 0;
    if (from <= to && wanted.length === 1 && !isAlarm && !isFlying) log.lose(from, to, 'budget', this.#epoch);
  }

  #watch(sent: Sent, session: FakeSession): void {
    const content = contentOf(sent);
    const covers = content.kind === 'batch' ? content.batch : content.kind === 'gap' ? content.gap : undefined;
    const span = covers && covers.to !== null ? { epoch: covers.epoch, from: covers.from, to: covers.to } : undefined;
    if (content.kind === 'bad') this.faults.push(content.why);
    if (span) this.#watchSpan(span, session);
    this.sent.push({ sent, session, covers: span });
  }

  #watchSpan(span: Span, session: FakeSession): void {
    const { epoch, from, to } = span;
    const own = this.rig.log.upstream('city').deliveredOf(epoch);
    if (!own.within(from, to).next().done) this.faults.push(`${from}..${to} was acked and is sent again`);
    for (const other of this.sent) {
      if (other.session !== session || other.sent.isSettled || !other.covers) continue;
      if (overlap(other.covers, span)) this.faults.push(`${from}..${to} is on its way already`);
    }
  }

  /** What was sent between the raising of an alarm and the alarm, but for other alarms and a good-bye. */
  get overtaken(): readonly string[] {
    return this.raised.flatMap((alarm) => {
      const first = this.sent.findIndex(({ covers }) => covers && overlap(covers, alarm));
      const between = this.sent.slice(alarm.sentBefore, first).filter((one) => !this.#isUrgent(one));
      return between.map(({ sent }) => `${summaryOf(sent)} before alarm ${alarm.from}`);
    });
  }

  /** An alarm, or the gap in the place of one that was refused. */
  #isUrgent({ sent, covers }: { readonly sent: Sent; readonly covers: Span | undefined }): boolean {
    if (covers) return this.raised.some((alarm) => overlap(covers, alarm));
    return summaryOf(sent) === 'status offline';
  }

  /** Epochs that the receiver cannot prove to be complete up to their true head. */
  get unproven(): readonly string[] {
    const reports = this.rig.ledger.report().gateways[0]?.epochs ?? [];
    return this.rig.log.epochs.flatMap(({ epoch, head }) => {
      const report = reports.find((known) => known.epoch === epoch);
      const isProven = head === 0 || (report?.isComplete === true && report.head === head);
      return isProven ? [] : [`epoch ${epoch}, head ${head}: ${JSON.stringify(report)}`];
    });
  }
}

const overlap = (a: Span, b: Span): boolean => a.epoch === b.epoch && a.from <= b.to && a.to >= b.from;
