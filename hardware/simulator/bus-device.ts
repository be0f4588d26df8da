import type { Clock } from '../../gateway/platform/clock.ts';

/** What can be wrong with a device on a bus; all of it can change at any time. */
export interface Trouble {
  /** Hears, and says nothing. */
  readonly isSilent?: boolean;
  /** Says nothing for so long, milliseconds; what it is asked meanwhile, it answers afterwards, one after the other. */
  readonly delayMs?: number;
  /** Refuses with this code. */
  readonly exception?: number;
  /** Answers under another device's address. */
  readonly answersAs?: number | string;
  /** Says this before each answer. */
  readonly garbage?: Uint8Array;
  /** Says only the first bytes of each answer. */
  readonly cutAt?: number;
}

/** A device that hears everything on its line. */
export interface BusDevice {
  trouble: Trouble;
  /** @returns its answers to the questions that end in these bytes; nothing to those of others. */
  hear(bytes: Uint8Array): readonly Uint8Array[];
}

/** Spoils an answer as the trouble says. */
export function spoilt(answer: Uint8Array, { garbage = new Uint8Array(), cutAt }: Trouble): Uint8Array {
  return Uint8Array.of(...garbage, ...answer.subarray(0, cutAt));
}

/** Joins devices to one line: each hears what comes, and answers in its time. */
export function joinLine(
  devices: readonly BusDevice[],
  { clock, send }: { readonly clock: Clock; readonly send: (bytes: Uint8Array) => void },
): (bytes: Uint8Array) => void {
  const freeMono = new Map<BusDevice, number>();
  return (bytes) => {
    for (const device of devices) {
      for (const answer of device.hear(bytes)) {
        const { delayMs = 0 } = device.trouble;
        const mono = clock.mono();
        const dueMono = Math.max(mono, freeMono.get(device) ?? 0) + delayMs;
        freeMono.set(device, dueMono);
        if (dueMono > mono) clock.after(dueMono - mono, () => send(answer));
        else send(answer);
      }
    }
  };
}
