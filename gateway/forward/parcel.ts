import type { Span } from './pending.ts';

/** One message for the wire. */
export type Parcel =
  | (Numbered & { readonly kind: 'batch' | 'gap' })
  /** `at`: when the (first) transition happened, Unix milliseconds. */
  | (Numbered & { readonly kind: 'alarm'; readonly at: number })
  | Bulletin;

interface Message {
  readonly topic: string;
  readonly payload: Buffer | string;
}

interface Numbered extends Message {
  /** The numbers that this message stands for. */
  readonly covers: Span;
}

/** Says something about the gateway; stands for no numbers. */
export interface Bulletin extends Message {
  readonly kind: 'bulletin';
  readonly isRetained: boolean;
  readonly onAck: () => void;
}
