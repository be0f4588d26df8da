/** A file of an archive, by its path without a leading `/`; a directory has no content. */
export interface ArchivedFile {
  readonly path: string;
  readonly content?: Uint8Array;
}

/** A cpio archive as Linux takes it for its first file system: format `newc` of cpio(5), all files executable. */
export function cpio(files: readonly ArchivedFile[]): Buffer {
  const parts = files.flatMap(({ path, content }, index) =>
    entry({ path, content, inode: index + 1, mode: content ? 0o100_755 : 0o040_755 }),
  );
  return Buffer.concat([...parts, ...entry({ path: 'TRAILER!!!', content: undefined, inode: 0, mode: 0 })]);
}

function entry(file: {
  readonly path: string;
  readonly content: Uint8Array | undefined;
  readonly inode: number;
  readonly mode: number;
}): readonly Uint8Array[] {
  const { path, content = new Uint8Array(), inode, mode } = file;
  const name = Buffer.from(`${path}\0`);
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, 0];
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
  return [padded(Buffer.concat([header, name])), padded(content)];
}

/** To a multiple of four bytes. */
function padded(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
