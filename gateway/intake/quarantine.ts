/** What could not be understood, and why. */
export interface QuarantineEntry {
  /** Unix milliseconds. */
  readonly at: number;
  readonly device: string;
  readonly why: string;
  /** The bytes, in hex, or as text where they are text. */
  readonly hex?: string;
  readonly text?: string;
  /** How many bytes there were, where only the first ones are kept. */
  readonly bytes?: number;
  readonly ref?: string;
}

/** A message's bytes are kept so far. */
const keptBytes = 4096;
const longestWhy = 512;

/** Puts bytes into an entry, as text where they are printable. */
export function quarantineEntry(
  {
    at,
    device,
    why,
    ref,
  }: { readonly at: number; readonly device: string; readonly why: string; readonly ref?: string | undefined },
  bytes: Uint8Array,
): QuarantineEntry {
  const kept = bytes.subarray(0, keptBytes);
  const isCut = kept.length < bytes.length;
  // A character that was cut in two at the end is no reason to call the rest binary.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(kept, { stream: isCut });
  const isText = !/[\p{Cc}\ufffd]/u.test(text.replaceAll(/[\r\n\t]/g, ''));
  return {
    at,
    device,
    why: why.slice(0, longestWhy),
    ...(isText ? { text } : { hex: Buffer.from(kept).toString('hex') }),
    ...(isCut ? { bytes: bytes.length } : {}),
    ...(ref === undefined ? {} : { ref }),
  };
}
