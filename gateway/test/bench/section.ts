/** How a section is asked to measure. */
export interface BenchOptions {
  /** Shorter loads, for a first look. */
  readonly isQuick: boolean;
  /** How often each contestant is measured, in turn. */
  readonly rounds: number;
  readonly print: (text: string) => void;
}

/** One part of the bench: measures something, prints a table, and never judges by times. */
export type Section = (options: BenchOptions) => Promise<void>;
