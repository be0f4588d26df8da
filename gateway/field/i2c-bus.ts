/**
 * An I2C bus, wherever it is: that of a node board, or one of this machine. Addresses have 7 bits.
 *
 * Contract: transfers are done one at a time and in the order in which they were asked for; one that fails rejects with
 * words for people and does not hinder the next. What lies between two transfers of one caller may be another's.
 */
export interface I2cBus {
  write(address: number, bytes: Uint8Array): Promise<void>;
  /** @param register - written before; `undefined`: what the device offers by itself, after a command. */
  read(address: number, register: number | undefined, length: number): Promise<Uint8Array>;
}
