import { seeded } from './fakes/fault-disk.ts';
import {
  connectPacket,
  disconnectPacket,
  packet,
  pingPacket,
  pubackPacket,
  pubcompPacket,
  publishPacket,
  pubrecPacket,
  pubrelPacket,
  subscribePacket,
  unsubscribePacket,
} from './raw-mqtt.ts';

/** Values that parsers stumble over. */
const awkwardBytes = [0x00, 0x01, 0x02, 0x10, 0x23, 0x2b, 0x2f, 0x30, 0x62, 0x7f, 0x80, 0xc0, 0xed, 0xff];

const soundTexts = ['a', 'free/x', 'free/水', 'free/x/y/z', 'lamppost/1/lp/ingest/pump'];

const awkwardTexts = [
  '',
  '#',
  '+/+',
  'free/#',
  '$SYS/#',
  '$lamppost',
  '__proto__',
  'constructor',
  'a\u0000b',
  '\uffff',
  '/'.repeat(20),
  'x'.repeat(300),
  'lamppost/1/lp/command/siren/on',
  'lamppost/1/lp/status',
  'lamppost/1/other/ingest/pump',
];

/** Makes up connections: sound and unsound packets in every order, then mutated. The same seed says the same again. */
export class MqttFuzzer {
  readonly #chance: () => number;

  constructor(seed: number) {
    this.#chance = seeded(seed);
  }

  /** What one connection sends, write by write. */
  connection(): readonly Buffer[] {
    const packets = Array.from({ length: this.#below(8) }, () => this.#packet());
    if (this.#below(20) > 0) packets.unshift(this.#connect());
    let bytes: Buffer = Buffer.concat(packets);
    const mutations = this.#below(2) === 0 ? 0 : 1 + this.#below(3);
    for (let count = 0; count < mutations; count++) bytes = this.#mutate(bytes);
    const cut = this.#below(bytes.length + 1);
    return this.#below(2) === 0 ? [bytes] : [bytes.subarray(0, cut), bytes.subarray(cut)];
  }

  #below(count: number): number {
    return Math.floor(this.#chance() * count);
  }

  #pick<T>(from: readonly T[], otherwise: T): T {
    return from[this.#below(from.length)] ?? otherwise;
  }

  #text(): string {
    return this.#pick(this.#below(3) === 0 ? awkwardTexts : soundTexts, 'a');
  }

  #filter(): string {
    return this.#below(2) === 0 ? this.#text() : this.#pick(['#', '+/+', 'free/#', '$SYS/#', 'lamppost/#'], '#');
  }

  #id(): number {
    return this.#below(12) === 0 ? 0 : this.#pick([1, 1, 1, 2, 3, 65_535], 1);
  }

  #connect(): Buffer {
    const will = { topic: this.#text(), payload: 'gone', qos: this.#below(3), retain: this.#below(2) === 0 };
    return connectPacket({
      clientId: this.#below(3) === 0 ? this.#text() : `fuzz-${this.#below(50)}`,
      clean: this.#below(3) > 0,
      ...(this.#below(4) === 0 ? { will } : {}),
      ...(this.#below(8) === 0 ? { name: this.#text(), password: this.#text() } : {}),
      level: this.#pick([4, 4, 4, 4, 4, 4, 4, 4, 5, 0x84], 4),
      keepAliveSeconds: this.#below(3),
    });
  }

  #packet(): Buffer {
    const id = this.#id();
    switch (this.#below(12)) {
      case 0:
      case 1:
      case 2:
        return this.#publish(id);
      case 3:
        return subscribePacket(id, { [this.#filter()]: this.#below(3), [this.#filter()]: this.#below(3) });
      case 4:
        return unsubscribePacket(id, this.#filter(), this.#text());
      case 5:
        return pubackPacket(id);
      case 6:
        return pubrecPacket(id);
      case 7:
        return Buffer.concat([pubrelPacket(id), pubrelPacket(id)]);
      case 8:
        return pubcompPacket(id);
      case 9:
        return pingPacket;
      case 10:
        return this.#pick([disconnectPacket, this.#connect(), pingPacket, pingPacket], pingPacket);
      default:
        return this.#below(3) > 0
          ? publishPacket({ topic: 'lamppost/1/lp/ingest/pump', qos: this.#below(3), id })
          : packet(this.#below(256), Buffer.from(Array.from({ length: this.#below(9) }, () => this.#below(256))));
    }
  }

  #publish(id: number): Buffer {
    const [qos, retain] = [this.#below(3), this.#below(3) === 0];
    const dup = this.#below(qos === 0 ? 12 : 3) === 0;
    return publishPacket({ topic: this.#text(), payload: 'x'.repeat(this.#below(40)), qos, id, retain, dup });
  }

  #mutate(bytes: Buffer): Buffer {
    const at = this.#below(bytes.length);
    const to = Math.min(bytes.length, at + 1 + this.#below(12));
    switch (this.#below(7)) {
      case 0:
        return patched(bytes, at, (bytes[at] ?? 0) ^ (1 << this.#below(8)));
      case 1:
        return patched(bytes, at, this.#pick(awkwardBytes, 0));
      case 2:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
      case 3:
        return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
      case 4:
        return Buffer.concat([bytes.subarray(0, at), this.#packet(), bytes.subarray(at)]);
      case 5:
        return bytes.subarray(0, at);
      default:
        return patched(bytes, 1, this.#pick(awkwardBytes, 0));
    }
  }
}

function patched(bytes: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(bytes);
  if (at < changed.length) changed[at] = value;
  return changed;
}
