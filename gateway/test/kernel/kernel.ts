import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { reasonOf } from '../../model/errors.ts';

/** What the virtual machine starts from. */
export interface GuestKernel {
  readonly image: string;
  readonly busybox: string;
  /** Paths, in the order in which they are loaded. */
  readonly modules: readonly string[];
}

/** What the guest loads: for the host's files, I2C that is none, and GPIO that is none. */
const wantedModules = ['virtio_pci', '9pnet_virtio', '9p', 'i2c-dev', 'i2c-stub', 'gpio-sim-rig'];

/** Debian's kernel leaves `gpio-sim` out, so it is built from the kernel's own source package. */
const sourceFiles = ['drivers/gpio/gpio-sim.c', 'drivers/gpio/gpiolib.h', 'kernel/irq/irq_sim.c'];

/**
 * Debian's kernel with `gpio-sim`, from packages by name, about 225 MB of them once; 12 MB of it are kept in a folder of
 * the temp directory. Nothing of it is ours, nothing is installed.
 *
 * @returns `undefined`, and says so, where the packages cannot be had.
 * @throws when what they hold does not build.
 */
export function guestKernel(log: (line: string) => void): GuestKernel | undefined {
  const image = run('apt-cache', ['depends', 'linux-image-amd64']).match(/Depends: (linux-image-\S+)/)?.[1];
  const release = image?.replace('linux-image-', '');
  const [series] = release?.match(/^\d+\.\d+/) ?? [];
  if (image === undefined || release === undefined || series === undefined) {
    log('skipped (apt knows no linux-image-amd64)');
    return undefined;
  }
  const kept = join(tmpdir(), `lamppost-kernel-rig-${release}`);
  if (!existsSync(kept)) {
    const work = `${kept}.${process.pid}`;
    mkdirSync(work);
    try {
      if (!fetchPackages({ work, image, release, series, log })) return undefined;
      prepare({ work, release, series, log });
      rmSync(join(work, 'packages'), { recursive: true });
      renameSync(work, kept);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  const order = readFileSync(join(kept, 'order'), 'utf8').trim().split('\n');
  return {
    image: join(kept, 'vmlinuz'),
    busybox: join(kept, 'busybox'),
    modules: order.map((name) => join(kept, `${name}.ko`)),
  };
}

interface Preparation {
  readonly work: string;
  readonly release: string;
  readonly series: string;
  readonly log: (line: string) => void;
}

/** @returns whether they are there now. */
function fetchPackages({ work, image, release, series, log }: Preparation & { readonly image: string }): boolean {
  const common = `linux-headers-${release.replace(/-[^-]+$/, '-common')}`;
  const build = [`linux-headers-${release}`, common, `linux-kbuild-${series}`, `linux-source-${series}`];
  const names = [image, ...build, 'busybox-static'];
  log(`fetching ${names.join(', ')} (about 225 MB, once)`);
  mkdirSync(join(work, 'packages'));
  try {
    run('apt-get', ['download', '-qq', ...names], join(work, 'packages'));
    return true;
  } catch (error) {
    log(`skipped (a package cannot be had: ${reasonOf(error).trim().split('\n').at(-1)})`);
    return false;
  }
}

function prepare({ work, release, series, log }: Preparation): void {
  const packages = join(work, 'packages');
  const root = join(packages, 'root');
  mkdirSync(root);
  const source = `linux-source-${series}`;
  for (const deb of globSync('*.deb', { cwd: packages })) {
    if (!deb.startsWith(source)) run('dpkg-deb', ['-x', deb, root], packages);
  }
  log('building gpio-sim');
  const gpioSim = buildGpioSim({ packages, root, release, source });
  const all = globSync('lib/modules/*/kernel/**/*.ko', { cwd: root }).map((path) => join(root, path));
  const order = loadOrder(wantedModules, [...all, gpioSim]);
  for (const path of order) copyFileSync(path, join(work, basename(path)));
  writeFileSync(join(work, 'order'), order.map((path) => basename(path, '.ko')).join('\n'));
  copyFileSync(join(root, 'boot', `vmlinuz-${release}`), join(work, 'vmlinuz'));
  copyFileSync(join(root, 'bin', 'busybox'), join(work, 'busybox'));
}

/** Makes `gpio-sim` and the simulated interrupts that it needs into one module. */
function buildGpioSim(from: {
  readonly packages: string;
  readonly root: string;
  readonly release: string;
  readonly source: string;
}): string {
  const { packages, root, release, source } = from;
  const build = join(packages, 'gpio-sim');
  mkdirSync(build);
  const files = sourceFiles.map((file) => `${source}/${file}`);
  run(
    'sh',
    ['-c', `dpkg-deb --fsys-tarfile ${source}_*.deb | tar -xO ./usr/src/${source}.tar.xz > source.tar.xz`],
    packages,
  );
  run('tar', ['-xJf', 'source.tar.xz', '--strip-components=3', '-C', build, ...files], packages);
  // The one call in it that modules may not make, by the two that they may.
  const simulated = join(build, 'irq_sim.c');
  const text = readFileSync(simulated, 'utf8');
  writeFileSync(simulated, text.replace('irq_to_desc(irqnum)', 'irq_data_to_desc(irq_get_irq_data(irqnum))'));
  writeFileSync(join(build, 'Kbuild'), 'obj-m := gpio-sim-rig.o\ngpio-sim-rig-y := gpio-sim.o irq_sim.o\n');
  // The headers look for themselves where they would be installed.
  const headers = join(root, 'usr/src', `linux-headers-${release}`);
  const makefile = join(headers, 'Makefile');
  writeFileSync(makefile, readFileSync(makefile, 'utf8').replaceAll('/usr/src', join(root, 'usr/src')));
  run('make', ['-s', '-C', headers, `M=${build}`, 'modules']);
  return join(build, 'gpio-sim-rig.ko');
}

/** Every module after those that it says it depends on. */
function loadOrder(wanted: readonly string[], paths: readonly string[]): readonly string[] {
  const byName = new Map(paths.map((path) => [basename(path, '.ko').replaceAll('-', '_'), path]));
  const order = new Set<string>();
  const add = (name: string): void => {
    const path = byName.get(name.replaceAll('-', '_'));
    if (path === undefined) return; // built into the kernel
    const [, needs = ''] = /\0depends=([^\0]*)\0/.exec(readFileSync(path, 'latin1')) ?? [];
    for (const need of needs.split(',').filter(Boolean)) add(need);
    order.add(path);
  };
  for (const name of wanted) add(name);
  return [...order];
}

function run(command: string, args: readonly string[], cwd?: string): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
