/** What a device says to its address: yes, no, or nothing while it holds the clock low for ever. */
export type I2cAnswer = 'ack' | 'nack' | 'hold';

/** A device on the bus, as the bus sees it: one call for each thing that happens on the two wires. */
export interface I2cDevice {
  /** A start condition and this device's address. */
  begin(direction: 'read' | 'write'): I2cAnswer;
  /** True acknowledges the byte. */
  write(byte: number): boolean;
  read(): number;
}

/**
 * The usual sensor: a set of 256 registers and a pointer. The first byte of a write sets the pointer, further bytes
 * and all reads move it on.
 */
export class RegisterFile implements I2cDevice {
  readonly registers: Uint8Array = new Uint8Array(256);
  readonly #onWrite: (register: number, value: number) => void;
  #pointer = 0;
  #expectsPointer = false;

  /** @param onWrite - called after the host has written a register, so that a device can act on it. */
  constructor(onWrite: (register: number, value: number) => void = () => {}) {
    this.#onWrite = onWrite;
  }

  begin(direction: 'read' | 'write'): I2cAnswer {
    this.#expectsPointer = direction === 'write';
    return 'ack';
  }

  write(byte: number): boolean {
    if (this.#expectsPointer) {
      this.#pointer = byte;
      this.#expectsPointer = false;
      return true;
    }
    const register = this.#advance();
    this.registers[register] = byte;
    this.#onWrite(register, byte);
    return true;
  }

  read(): number {
    return this.registers[this.#advance()] ?? 0;
  }

  #advance(): number {
    const register = this.#pointer;
    this.#pointer = (register + 1) & 0xff;
    return register;
  }
}
