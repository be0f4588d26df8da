import type { LoadedConfig } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import type { Words } from '../platform/problem.ts';
import type { AskWitness } from '../platform/time-witness.ts';
import type { Dial } from '../platform/wire.ts';

/** What one look at the machine or its surroundings found. */
export interface Finding {
  /** Stable, for programs. */
  readonly id: string;
  /** Which one, where there are several: a path, a device, an upstream. */
  readonly subject?: string;
  readonly state: 'ok' | 'warn' | 'fail' | 'skip';
  readonly saw: Words;
  /** One command, or one step, that mends it. */
  readonly mend?: Words;
}

/** What the checks start from. */
export interface Facts {
  /** Path of the configuration; absent where there is none and the defaults count. */
  readonly file?: string;
  readonly config?: LoadedConfig;
  /** Absent without a sound configuration: then only the machine can be checked. */
  readonly settings?: Settings;
  /** Where the gateway's broker should be and who it is, as far as even a faulty configuration tells. */
  readonly broker: { readonly host: string; readonly port: number };
  readonly gateway?: string;
  readonly dial: Dial;
  readonly askWitness: AskWitness;
}

export interface Check {
  readonly id: string;
  readonly name: Words;
  /** A check that finds nothing to look at gives nothing, or says why with `skip`. */
  readonly look: (facts: Facts) => Promise<readonly Finding[]>;
}
