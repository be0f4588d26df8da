/** An Intel HEX file that is not whole. Says the line, so that a person can look. */
function broken(line: number, why: string): Error {
  return new Error(`not a usable Intel HEX file, line ${line}: ${why}`);
}

const dataRecord = 0x00;
const endRecord = 0x01;
/** Where a PC would start the program: nothing to a chip that starts at its reset vector. */
const startRecords: readonly number[] = [0x03, 0x05];

/** The bytes of one record, length and checksum included, once both are right. */
function parseRecord(text: string, line: number): Uint8Array {
  if (!/^:([0-9a-f]{2}){5,}$/i.test(text)) throw broken(line, 'not a colon and pairs of hex digits');
  const bytes = Uint8Array.from(text.slice(1).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const [count = 0] = bytes;
  if (bytes.length !== count + 5) throw broken(line, `says ${count} data bytes, has ${bytes.length - 5}`);
  const sum = bytes.reduce((total, byte) => total + byte, 0) & 0xff;
  if (sum !== 0) throw broken(line, `checksum is off by ${sum}`);
  return bytes;
}

/**
 * Reads an Intel HEX file into an image of the flash.
 *
 * @param size - bytes of flash; what the file leaves out stays 0xff, as in an erased chip.
 * @throws when a record is malformed, its checksum is wrong, it lies outside the flash, or the end record is missing
 *   (a file that was cut short). Records for addresses over 64 KiB are refused: no chip here has them.
 * @see Intel, Hexadecimal Object File Format Specification, revision A, 1988.
 */
export function parseHex(text: string, size: number): Uint8Array {
  const image = new Uint8Array(size).fill(0xff);
  const lines = text.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    const record = parseRecord(line, index + 1);
    const [, high = 0, low = 0, type = endRecord] = record;
    if (type === endRecord) return image;
    if (startRecords.includes(type)) continue;
    if (type !== dataRecord) throw broken(index + 1, `record type ${type} is not for this chip`);
    const address = high * 256 + low;
    const data = record.subarray(4, -1);
    if (address + data.length > size) throw broken(index + 1, `data beyond the ${size} bytes of flash`);
    image.set(data, address);
  }
  throw broken(lines.length, 'the end record is missing');
}
