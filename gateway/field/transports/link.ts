import type { LineSettings } from '../../profiles/connect.ts';

/** Where a device's bytes come from, as a field child knows it: simulated devices are behind a local socket. */
export type LinkSource =
  | { readonly kind: 'serial'; readonly path: string; readonly line: LineSettings }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** A port of ours that the device dials. */
  | { readonly kind: 'listen'; readonly host: string; readonly port: number }
  | { readonly kind: 'local'; readonly path: string };

/**
 * An open way to a device.
 *
 * Contract, checked for every transport by `gateway/test/contracts/link.ts`: `onData` gets each byte once and in order,
 * and none after `close`; `ended` resolves once, with the reason, however the link ends, and a lost cable never throws;
 * while paused nothing is read; after `close` the port is free.
 */
export interface Link {
  write(bytes: Uint8Array): void;
  onData(listener: (bytes: Uint8Array) => void): void;
  pause(): void;
  resume(): void;
  close(): Promise<void>;
  readonly ended: Promise<string>;
}

/** Opens a link, or throws: the reason is for people. */
export type OpenLink = (source: LinkSource) => Promise<Link>;
