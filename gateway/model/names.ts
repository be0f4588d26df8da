/** Devices, gateways, rules, boards, upstreams: they appear in topics, file names and URLs. */
export const idPattern = /^[a-z0-9-]{1,64}$/;
/** Channels, quantities, settings, frame fields. */
export const wordPattern = /^[a-z0-9_]{1,64}$/;

export const isId = (text: string): boolean => idPattern.test(text);
export const isWord = (text: string): boolean => wordPattern.test(text);

/** No channel may be called so: they are keys of an ingest message. */
export const reservedChannels: readonly string[] = ['at', 'ref'];
