import { stat } from 'node:fs/promises';
import { freedomOf, inForce, type Calibration, type CalibrationRecord } from '../model/calibration.ts';
import { reasonOf } from '../model/errors.ts';
import type { Sample } from '../model/reading.ts';
import { joinedReasons, worstQuality } from '../model/statistics.ts';
import type { Log } from '../platform/log.ts';
import type { Setup } from '../profiles/setup.ts';
import { readCalibrations, type ReadCalibrations } from './calibration-file.ts';
import type { Timekeeper } from './timekeeper.ts';

/** A device as far as its calibrations go. */
export interface CalibratedDevice {
  readonly id: string;
  readonly setup: Setup;
}

/**
 * Which calibration of each channel is in force, as the file says. Who holds the map of a device always sees the
 * current ones: a setup that carries it needs no restart.
 */
export class CalibrationBook {
  readonly #path: string;
  readonly #log: Log;
  readonly #setups: ReadonlyMap<string, Setup>;
  readonly #byDevice: ReadonlyMap<string, Map<string, Calibration>>;
  /** Until when each calibration that ever was in force is valid: readings with an earlier one may be on their way. */
  readonly #validUntil = new Map<string, number>();
  #version = '';
  #isLooking = false;

  constructor(path: string, devices: readonly CalibratedDevice[], log: Log) {
    this.#path = path;
    this.#log = log;
    this.#setups = new Map(devices.map(({ id, setup }) => [id, setup]));
    this.#byDevice = new Map(devices.map(({ id }) => [id, new Map<string, Calibration>()]));
  }

  /** By channel; the map itself stays the same and changes. */
  of(device: string): ReadonlyMap<string, Calibration> {
    return this.#byDevice.get(device) ?? none;
  }

  /** A device whose setup always carries the calibrations in force. */
  follow<T extends CalibratedDevice>(device: T): T {
    return { ...device, setup: { ...device.setup, calibrations: this.of(device.id) } };
  }

  /** Reads the file where it has changed. @returns the devices whose calibrations are others now. */
  async look(): Promise<readonly string[]> {
    if (this.#isLooking) return [];
    this.#isLooking = true;
    try {
      const version = await versionOf(this.#path);
      if (version === this.#version) return [];
      const read = await readCalibrations(this.#path);
      this.#version = version;
      return this.#apply(read);
    } catch (error) {
      // What was in force stays so: a reading is not to change its meaning because a disk hiccups.
      if (this.#version !== unreadable) {
        this.#log.warn('calibrations cannot be read', { path: this.#path, reason: reasonOf(error) });
      }
      this.#version = unreadable;
      return [];
    } finally {
      this.#isLooking = false;
    }
  }

  /** A sample whose calibration has run out is doubtful, if we know what time it is. What is bad already stays as it is. */
  judge(sample: Sample, timekeeper: Pick<Timekeeper, 'now' | 'state'>): Sample {
    const { calibration, quality, why } = sample;
    if (calibration === undefined || timekeeper.state === 'unset') return sample;
    if (quality === 'bad' || quality === 'missing') return sample;
    if (timekeeper.now() <= (this.#validUntil.get(calibration) ?? Infinity)) return sample;
    return {
      ...sample,
      quality: worstQuality([quality, 'suspect']),
      why: joinedReasons([why, ['calibration_expired']]),
    };
  }

  #apply({ entries, problems }: ReadCalibrations): readonly string[] {
    for (const { line, what } of problems.slice(0, mostToldLines)) {
      this.#log.warn('a calibration cannot be used', { path: this.#path, line, reason: what.en });
    }
    const more = problems.length - mostToldLines;
    if (more > 0) this.#log.warn('more lines of calibrations cannot be used', { path: this.#path, lines: more });
    for (const entry of entries) {
      if (entry.kind === 'calibration') this.#validUntil.set(entry.id, entry.validUntil);
    }
    const current = [...inForce(entries).values()].filter((record) => this.#fits(record));
    return [...this.#byDevice].flatMap(([device, known]) => {
      const next = new Map(
        current.filter((record) => record.device === device).map((one) => [one.channel, shortOf(one)]),
      );
      if (isSame(known, next)) return [];
      known.clear();
      for (const [channel, calibration] of next) known.set(channel, calibration);
      return [device];
    });
  }

  /** Whether a record is about a channel that is there, and still measures what it did. */
  #fits({ id, device, channel, quantity }: CalibrationRecord): boolean {
    const setup = this.#setups.get(device);
    if (!setup) return false; // a device that was taken out, and may come back
    const found = Object.hasOwn(setup.profile.channels, channel) ? setup.profile.channels[channel] : undefined;
    if (found?.quantity === quantity && freedomOf(found.quantity) !== 'none') return true;
    this.#log.warn('a calibration does not fit its channel', { id, device, channel, quantity });
    return false;
  }
}

/** Of a file that is none of ours each line is damaged. */
const mostToldLines = 5;
const none: ReadonlyMap<string, Calibration> = new Map();
const unreadable = 'unreadable';

const shortOf = ({ id, gain, offset, validUntil }: CalibrationRecord): Calibration => ({
  id,
  gain,
  offset,
  validUntil,
});

/** A record never changes, so its id says it all. */
function isSame(a: ReadonlyMap<string, Calibration>, b: ReadonlyMap<string, Calibration>): boolean {
  return a.size === b.size && [...a].every(([channel, { id }]) => b.get(channel)?.id === id);
}

async function versionOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined); // whatever is the matter shows when it is read
  return found ? `${found.ino} ${found.size} ${found.mtimeMs}` : 'absent';
}
