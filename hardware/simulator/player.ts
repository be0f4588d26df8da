import { dlt645Frame, meterFrames } from '../../gateway/field/decode/dlt645.ts';
import { hj212Packet } from '../../gateway/field/decode/hj212.ts';
import { coilQuestion, rtuFrame } from '../../gateway/field/decode/modbus.ts';
import type { Example, Profile } from '../../gateway/profiles/profile.ts';

/** A question that a device knows, and what it answers. */
export interface Reply {
  readonly ask: Uint8Array;
  readonly answer: Uint8Array;
}

/** What a device says: by itself, again and again, or when it is asked. */
export interface Script {
  readonly frame?: Uint8Array;
  /** Each packet has a number of its own; one that comes again is no new one. */
  readonly isNumbered?: boolean;
  readonly replies: readonly Reply[];
}

/** Bytes of questions that are remembered: far more than any question has. */
const keptBytes = 512;

/**
 * What a simulated device of a profile says: what the profile's first example without fault shows. `undefined` where
 * no example shows bytes.
 */
export function scriptOf(profile: Profile): Script | undefined {
  const { input } = profile.examples.find(isWell) ?? {};
  switch (input?.kind) {
    case 'bytes':
      return scriptOfBytes(profile, input.bytes);
    case 'exchange':
      return { replies: [...input.exchange, ...echoes(profile, input.exchange[0]?.ask[0] ?? 1)] };
    default:
      return undefined;
  }
}

/** A device that is asked answers; the others talk by themselves. */
function scriptOfBytes({ connect, decode }: Profile, bytes: Uint8Array): Script {
  const ask = connect.kind === 'serial' ? connect.ask : undefined;
  return ask
    ? { replies: [{ ask, answer: bytes }] }
    : { frame: bytes, isNumbered: decode.kind === 'hj212', replies: [] };
}

/** A Modbus slave answers an order with the same bytes. */
function echoes({ commands, connect }: Profile, address: number): readonly Reply[] {
  if (connect.kind !== 'modbus') return [];
  const orders = Object.values(commands).flatMap(({ write }) =>
    write ? [true, false].map((isOn) => coilQuestion(write, isOn, address, 'rtu').ask(0)) : [],
  );
  return orders.map((order) => ({ ask: order, answer: order }));
}

/** The same device with another address on its bus. */
export function atAddress(script: Script, { connect }: Profile, address: number | string): Script {
  const moved = (bytes: Uint8Array): Uint8Array => {
    if (connect.kind === 'modbus') return rtuFrame(Number(address), bytes.subarray(1, -2));
    const [frame] = meterFrames(bytes).frames;
    return frame ? dlt645Frame(String(address), frame.code, frame.data) : bytes;
  };
  return { replies: script.replies.map(({ ask, answer }) => ({ ask: moved(ask), answer: moved(answer) })) };
}

/** Whether all that comes of an example is as it should be, so that it shows a device that works. */
export function isWell({ readings, isWarmingUp }: Example): boolean {
  return !isWarmingUp && readings.length > 0 && readings.every(({ quality }) => quality === 'good');
}

/** A device at the end of a line: it hears questions and gives the answers of its script. */
export class Player {
  readonly #script: Script;
  #heard: number[] = [];
  #said = 0;

  constructor(script: Script) {
    this.#script = script;
  }

  /** What it sends by itself the next time. */
  say(): Uint8Array | undefined {
    const { frame, isNumbered } = this.#script;
    return frame && isNumbered ? numbered(frame, this.#said++) : frame;
  }

  /** Hears bytes of the host; gives the answers to the questions that end in them. */
  hear(bytes: Uint8Array): readonly Uint8Array[] {
    const answers: Uint8Array[] = [];
    for (const byte of bytes) {
      this.#heard.push(byte);
      const reply = this.#script.replies.find(({ ask }) => endsWith(this.#heard, ask));
      if (!reply) continue;
      this.#heard = [];
      answers.push(reply.answer);
    }
    this.#heard = this.#heard.slice(-keptBytes);
    return answers;
  }
}

/** The packet of a data logger with a later number: HJ 212-2017, 6.3.2, `QN`, the time of asking to the millisecond. */
function numbered(packet: Uint8Array, step: number): Uint8Array {
  const data = String.fromCharCode(...packet.slice('##0000'.length, -'1C80\r\n'.length));
  return hj212Packet(data.replace(/(?<=QN=)\d{17}/, (number) => String(BigInt(number) + BigInt(step))));
}

function endsWith(heard: readonly number[], ask: Uint8Array): boolean {
  const from = heard.length - ask.length;
  return ask.length > 0 && from >= 0 && ask.every((byte, index) => heard[from + index] === byte);
}
