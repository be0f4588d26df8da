import type { ErrorCode, ErrorParams } from '../../gateway/model/errors.ts';

/** What the demo's city has got. */
export interface CityView {
  readonly readings: number;
  readonly alarms: number;
  /** Whether its ledger has no hole up to the heads that it was told. */
  readonly isComplete: boolean;
  readonly missing: number;
}

export type ToCity =
  /** The city's broker listens on this port; its receiver keeps its ledger in the file. */
  | { readonly kind: 'start'; readonly port: number; readonly prefix: string; readonly ledgerFile: string }
  | { readonly kind: 'link'; readonly isUp: boolean }
  /** Save the ledger and end. */
  | { readonly kind: 'end' };

export type FromCity =
  /** Connections to `linkPort` reach the broker, but not while the link is cut. */
  | { readonly kind: 'ready'; readonly linkPort: number }
  /** A `GatewayError` in parts, or another reason. */
  | {
      readonly kind: 'failed';
      readonly why: string;
      readonly error?: { readonly code: ErrorCode; readonly params: ErrorParams };
    }
  | { readonly kind: 'view'; readonly view: CityView };
