import { Ingest } from '../../intake/ingest.ts';
import { Intake } from '../../intake/intake.ts';
import { Timekeeper } from '../../intake/timekeeper.ts';
import { AlarmEngine } from '../../alarms/engine.ts';
import { Journal } from '../../journal/journal.ts';
import type { Reading } from '../../model/reading.ts';
import { digest64 } from '../../platform/ids.ts';
import { silentLog } from '../../platform/log.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import type { FaultDisk } from '../fakes/fault-disk.ts';
import { testOptions } from '../journal/history.ts';
import { parseItems } from './publisher.ts';
import { descriptions, isSound } from './rig.ts';

/** One life of the core, from the ingest door to a disk that forgets: the real intake on the real journal. */
export class IngestOnDisk {
  readonly clock = new FakeClock();
  readonly journal: Journal;
  readonly ingest: Ingest;

  /** @param life - draws the epoch. */
  static async start(disk: FaultDisk, life: number): Promise<IngestOnDisk> {
    const clock = new FakeClock();
    const journal = await Journal.open({ ...testOptions(disk, clock, 1000 + life), upstreams: [] });
    return new IngestOnDisk(clock, journal);
  }

  private constructor(clock: FakeClock, journal: Journal) {
    this.clock = clock;
    this.journal = journal;
    const intake = new Intake({
      store: journal,
      alarms: new AlarmEngine([], new Set()),
      timekeeper: new Timekeeper(clock, 0),
      clock,
      log: silentLog,
      descriptions,
      watched: [],
      latest: [],
      openAlarms: [],
      sumEnds: [],
      sourceStates: [],
      isSound,
      reject: async () => false,
      onAccepted: () => {},
      onTransition: () => {},
      onStatus: () => {},
    });
    this.ingest = new Ingest({
      parse: parseItems,
      accept: (samples, attachments, awaited) => intake.accept(samples, attachments, awaited),
      hasSeen: (key) => journal.hasSeen(key),
      whenRoom: () => journal.whenRoom(),
      quarantine: async () => {},
      digest: digest64,
      mono: () => clock.mono(),
    });
  }

  /** Everything that is durable, in its order over all lives. */
  async stored(): Promise<readonly Reading[]> {
    const readings: Reading[] = [];
    for (const { epoch, head } of this.journal.epochs) {
      for (let next = 1; next <= head;) {
        for (const piece of await this.journal.read(epoch, next, head, { maxEntries: 5000, maxBytes: 1 << 26 })) {
          if (piece.kind === 'lines') {
            readings.push(...piece.lines.map(({ json }) => JSON.parse(json.toString()) as Reading));
          }
          next = piece.to + 1;
        }
      }
    }
    return readings;
  }
}
