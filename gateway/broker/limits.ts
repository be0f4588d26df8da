const KiB = 1024;
const MiB = 1024 * KiB;

/** What one client, or all of them together, may take. Who goes beyond loses only what is said here. */
export const defaultLimits = {
  /** A packet that claims more ends its connection. */
  maxPacketBytes: 256 * KiB,
  /** A client that sends faster is not read for a while; it may save up one second's worth. */
  maxMessagesPerSecond: 2000,
  /** A client is not read while so much of what it sent waits to be kept. */
  maxParkedBytes: MiB,
  /** A client for which more waits does not read: it is cut off. */
  maxWaitingBytes: 8 * MiB,
  /** When more than this waits for all clients, the one for which most waits is cut off. */
  maxWaitingBytesInAll: 32 * MiB,
  /** Clients that are let in; as many more may be asking, and as many have said nothing yet. */
  maxClients: 100,
  /** A connection that has not said who it is ends. */
  connectMs: 5000,
  /** How long a client may wait for its PUBACK before it is told, by closing, that its message cannot be kept. */
  ackMs: 10_000,
  /** How often sessions are looked through and the rights of connected users asked for again. */
  upkeepMs: 5000,
  /** Messages of our own that may wait for delivery; then unretained ones of QoS 0 are left out. */
  maxPending: 10_000,
  /** Subscriptions beyond these are refused. */
  maxSubscriptions: 1000,
  maxSubscriptionsInAll: 10_000,
  /** QoS 2 messages that a client may have begun and not released; one more ends its connection. */
  maxUnreleased: 5000,
  /** Retained messages outside `lamppost/`; one more is delivered but not retained. */
  maxRetained: 10_000,
  maxRetainedBytes: 16 * MiB,
  /** Sessions that outlive their connection; beyond, the one that is away longest is forgotten. */
  maxSessions: 100,
  sessionMs: 24 * 3_600_000,
  /** What a session keeps for its client; beyond, the oldest message goes. */
  maxQueued: 1000,
  maxQueuedBytes: 2 * MiB,
} as const;

export type BrokerLimits = { readonly [Name in keyof typeof defaultLimits]: number };

/** MQTT 3.1.1 allows 65,535 bytes; real topics are far shorter, and each level costs memory. */
export const maxTopicBytes = 512;
export const maxTopicLevels = 16;
