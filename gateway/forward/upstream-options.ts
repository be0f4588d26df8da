import type { Encoding } from '../model/delivery.ts';
import type { DeviceDescription } from '../model/device.ts';
import type { Clock } from '../platform/clock.ts';
import type { Ids } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Dial, WireOptions } from '../platform/wire.ts';
import type { DeliveryLog } from './delivery-log.ts';

/** Everything that one upstream is made of. */
export interface UpstreamOptions {
  readonly gateway: string;
  readonly upstream: string;
  readonly wire: Omit<WireOptions, 'clientId' | 'protocol' | 'will'>;
  readonly protocol: 4 | 5;
  readonly prefix: string;
  readonly encoding: Encoding;
  /** `now`: what the journal holds when the upstream is new goes as one gap per epoch. */
  readonly start: 'oldest' | 'now';
  readonly log: DeliveryLog;
  readonly dial: Dial;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Log;
  /** Time as written into messages, Unix milliseconds. */
  readonly now: () => number;
  /** Asked on every connection, after `poke` and once a minute. */
  readonly devices: () => readonly DeviceDescription[];
}
