/** What the demo's city has got. */
export interface CityView {
  readonly readings: number;
  readonly alarms: number;
  readonly duplicates: number;
  /** Whether its ledger has no hole up to the heads that it was told. */
  readonly isComplete: boolean;
  readonly missing: number;
}

export type ToCity =
  /** The city's broker listens on this port. */
  { readonly kind: 'start'; readonly port: number } | { readonly kind: 'link'; readonly isUp: boolean };

export type FromCity =
  /** Connections to `linkPort` reach the broker, but not while the link is cut. */
  | { readonly kind: 'ready'; readonly linkPort: number }
  | { readonly kind: 'failed'; readonly why: string; readonly remedy?: string }
  | { readonly kind: 'view'; readonly view: CityView };
