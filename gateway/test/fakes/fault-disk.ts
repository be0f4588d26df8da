import { dirname } from 'node:path';
import type { Files, OpenFile } from '../../platform/files.ts';

/** A small seeded generator (mulberry32): the same seed gives the same disaster. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const sectorBytes = 512;

/** A file's bytes: what is on the medium, what the system shows, and which sectors differ. */
interface Inode {
  durable: Buffer;
  current: Buffer;
  readonly dirty: Set<number>;
}

/** A change of a directory that a power cut may undo until the directory is synced. */
type NameChange =
  | { readonly kind: 'link'; readonly directory: string; readonly path: string; readonly inode: Inode }
  | { readonly kind: 'unlink'; readonly directory: string; readonly path: string }
  | { readonly kind: 'rename'; readonly directory: string; readonly from: string; readonly to: string }
  | { readonly kind: 'mkdir'; readonly directory: string; readonly path: string };

/** What a machine finds on its disk after the power came back. */
export interface DiskImage {
  readonly directories: ReadonlySet<string>;
  readonly files: ReadonlyMap<string, Buffer>;
}

export const emptyImage: DiskImage = { directories: new Set(['/']), files: new Map() };

/** What happens to the n-th operation instead of what was asked. */
export type Fault =
  | { readonly kind: 'error'; readonly code: string }
  | { readonly kind: 'short'; readonly bytes: number };

/** Thrown by every operation after the power was cut. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut';
  constructor() {
    super('the power is off');
  }
}

/**
 * A disk that forgets: what was not synced may survive a power cut, vanish or tear, sector by sector, and names that
 * were not synced likewise. Every operation is counted, may be made to fail, and may be the last.
 */
export class FaultDisk implements Files {
  /** Operations that change or sync something, so far. */
  operations = 0;
  /** Called before operation `n`; may return a fault for it. */
  faultAt: (n: number, what: string) => Fault | undefined = () => undefined;
  /** Called after operation `n` was done: the place for a power cut. */
  afterOperation: (n: number) => void = () => {};
  freeBytes = 2 ** 40;
  /** A control: a disk whose `sync` does nothing must lose data. */
  ignoreSync = false;

  #isOff = false;
  readonly #directories: Set<string>;
  readonly #files: Map<string, Inode>;
  readonly #durableDirectories: Set<string>;
  readonly #durableFiles: Map<string, Inode>;
  #pending: NameChange[] = [];

  constructor(image: DiskImage = emptyImage) {
    this.#directories = new Set(image.directories);
    this.#durableDirectories = new Set(image.directories);
    this.#files = new Map();
    for (const [path, bytes] of image.files) {
      this.#files.set(path, { durable: bytes, current: bytes, dirty: new Set() });
    }
    this.#durableFiles = new Map(this.#files);
  }

  /** No operation succeeds any more. */
  cutPower(): void {
    this.#isOff = true;
  }

  /** What is left after a power cut right now, if chance (0..1 numbers) decides what survives. */
  imageAfterCut(chance: () => number): DiskImage {
    const directories = new Set(this.#durableDirectories);
    const names = new Map(this.#durableFiles);
    for (const change of survivingChanges(this.#pending, chance)) applyChange(change, directories, names);
    const contents = new Map<Inode, Buffer>();
    const files = new Map<string, Buffer>();
    for (const [path, inode] of names) {
      if (!directories.has(dirname(path))) continue;
      let bytes = contents.get(inode);
      if (!bytes) contents.set(inode, (bytes = survivingBytes(inode, chance)));
      files.set(path, bytes);
    }
    return { directories, files };
  }

  /** How many sectors and names a power cut would decide about. */
  get uncertain(): number {
    return [...this.#files.values()].reduce((sum, { dirty }) => sum + dirty.size, this.#pending.length);
  }

  /** What the running system sees, as after a kill of the process alone. */
  imageAfterKill(): DiskImage {
    return {
      directories: new Set(this.#directories),
      files: new Map([...this.#files].map(([path, inode]) => [path, Buffer.from(inode.current)])),
    };
  }

  /** Bytes of all files as the running system sees them. */
  get usedBytes(): number {
    return [...this.#files.values()].reduce((sum, { current }) => sum + current.length, 0);
  }

  async list(directory: string): Promise<readonly string[]> {
    this.#mustBeOn();
    if (!this.#directories.has(directory)) throw diskError('ENOENT', `list ${directory}`);
    const inside = (path: string): boolean => path !== directory && dirname(path) === directory;
    return [...this.#directories, ...this.#files.keys()]
      .filter(inside)
      .map((path) => path.slice(dirname(path).length).replace('/', ''));
  }

  async size(path: string): Promise<number> {
    this.#mustBeOn();
    return this.#inodeAt(path).current.length;
  }

  async free(): Promise<number> {
    this.#mustBeOn();
    return this.freeBytes;
  }

  async openRead(path: string): Promise<OpenFile> {
    this.#mustBeOn();
    return this.#open(this.#inodeAt(path));
  }

  async makeDir(directory: string): Promise<void> {
    if (this.#directories.has(directory)) return;
    const parent = dirname(directory);
    if (!this.#directories.has(parent)) await this.makeDir(parent);
    this.#operate('mkdir', () => {
      this.#directories.add(directory);
      this.#pending.push({ kind: 'mkdir', directory: parent, path: directory });
    });
  }

  async create(path: string): Promise<OpenFile> {
    return this.#operate('create', () => {
      if (!this.#directories.has(dirname(path))) throw diskError('ENOENT', `create ${path}`);
      const inode: Inode = { durable: Buffer.alloc(0), current: Buffer.alloc(0), dirty: new Set() };
      this.#files.set(path, inode);
      this.#pending.push({ kind: 'link', directory: dirname(path), path, inode });
      return this.#open(inode);
    });
  }

  async rename(from: string, to: string): Promise<void> {
    this.#operate('rename', () => {
      const inode = this.#inodeAt(from);
      this.#files.delete(from);
      this.#files.set(to, inode);
      this.#pending.push({ kind: 'rename', directory: dirname(to), from, to });
    });
  }

  async remove(path: string): Promise<void> {
    this.#operate('remove', () => {
      if (!this.#files.delete(path) && !this.#directories.delete(path)) throw diskError('ENOENT', `remove ${path}`);
      this.#pending.push({ kind: 'unlink', directory: dirname(path), path });
    });
  }

  async syncDir(directory: string): Promise<void> {
    this.#operate('syncDir', () => {
      if (this.ignoreSync) return;
      for (const change of this.#pending) {
        if (change.directory === directory) applyChange(change, this.#durableDirectories, this.#durableFiles);
      }
      this.#pending = this.#pending.filter((change) => change.directory !== directory);
    });
  }

  #open(inode: Inode): OpenFile {
    return {
      read: async (position, length) => {
        this.#mustBeOn();
        return Buffer.from(inode.current.subarray(position, position + length));
      },
      write: async (bytes, position) =>
        this.#operate('write', (most) => {
          const part = bytes.subarray(0, most);
          const size = Math.max(inode.current.length, position + part.length);
          const grown = Buffer.alloc(size);
          inode.current.copy(grown);
          grown.set(part, position);
          inode.current = grown;
          const lastSector = Math.floor((position + part.length - 1) / sectorBytes);
          for (let sector = Math.floor(position / sectorBytes); sector <= lastSector; sector++) inode.dirty.add(sector);
          return part.length;
        }),
      sync: async () =>
        this.#operate('sync', () => {
          if (this.ignoreSync) return;
          inode.durable = inode.current;
          inode.dirty.clear();
        }),
      close: async () => {},
    };
  }

  #inodeAt(path: string): Inode {
    const inode = this.#files.get(path);
    if (!inode) throw diskError('ENOENT', path);
    return inode;
  }

  #mustBeOn(): void {
    if (this.#isOff) throw new PowerCut();
  }

  #operate<T>(what: string, work: (most: number) => T): T {
    this.#mustBeOn();
    this.operations++;
    const fault = this.faultAt(this.operations, what);
    if (fault?.kind === 'error') throw diskError(fault.code, what);
    const result = work(fault?.kind === 'short' && what === 'write' ? fault.bytes : Number.MAX_SAFE_INTEGER);
    this.afterOperation(this.operations);
    return result;
  }
}

function applyChange(change: NameChange, directories: Set<string>, files: Map<string, Inode>): void {
  switch (change.kind) {
    case 'mkdir':
      directories.add(change.path);
      break;
    case 'link':
      files.set(change.path, change.inode);
      break;
    case 'unlink':
      if (!files.delete(change.path)) directories.delete(change.path);
      break;
    case 'rename': {
      const inode = files.get(change.from);
      if (!inode) break;
      files.delete(change.from);
      files.set(change.to, inode);
      break;
    }
  }
}

/** Journalling file systems keep names in order; others need not. Both happen. */
function survivingChanges(pending: readonly NameChange[], chance: () => number): readonly NameChange[] {
  if (pending.length === 0) return pending;
  if (chance() < 0.5) return pending.slice(0, Math.floor(chance() * (pending.length + 1)));
  return pending.filter(() => chance() < 0.5);
}

/**
 * Each sector that was not synced is new, old, or torn: new up to some byte, then old or noise. Noise never touches
 * bytes that the write left as they were: the medium is taken to be power-safe for what is not being changed, as SQLite
 * takes it (its PSOW property).
 */
function survivingBytes(inode: Inode, chance: () => number): Buffer {
  const { durable, current } = inode;
  if (inode.dirty.size === 0 && durable.length === current.length) return durable;
  const size = chance() < 0.5 ? current.length : Math.max(durable.length, Math.floor(chance() * current.length));
  const bytes = Buffer.alloc(size);
  durable.copy(bytes, 0, 0, size);
  for (const sector of inode.dirty) {
    const start = sector * sectorBytes;
    const fate = chance();
    if (start >= size || fate < 0.4) continue;
    const sectorEnd = Math.min(size, start + sectorBytes);
    const end = fate < 0.8 ? sectorEnd : start + Math.floor(chance() * (sectorEnd - start));
    current.copy(bytes, start, start, end);
    if (fate < 0.9) continue;
    for (let at = end; at < sectorEnd; at++) if (durable[at] !== current[at]) bytes[at] = Math.floor(chance() * 256);
  }
  return bytes;
}

function diskError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
