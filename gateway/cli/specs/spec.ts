import type { Run } from '../context.ts';
import type { Words } from '../../platform/problem.ts';

export interface OptionSpec {
  /** As commander reads it: `-c, --config <file>`. */
  readonly flags: string;
  readonly says: Words;
}

/** One command as people see it. Its code is loaded when it is called. */
export interface CommandSpec {
  readonly name: string;
  readonly says: Words;
  /** As commander reads them: `<id>`, `[file]`, `[filter...]`. */
  readonly args?: readonly (readonly [name: string, says: Words])[];
  readonly options?: readonly OptionSpec[];
  readonly load?: () => Promise<Run>;
  readonly commands?: readonly CommandSpec[];
}
