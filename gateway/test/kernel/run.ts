import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { cpio } from './cpio.ts';
import { guestKernel, type GuestKernel } from './kernel.ts';

/**
 * `npm run test:kernel`: the contract suites for GPIO and I2C on the interfaces of Debian's kernel, in a virtual machine
 * without any hardware. Where it cannot run it says why in one line and ends well. The guest sees the host's files
 * read-only, so that it runs this very checkout with this very Node.
 */

const tools = ['qemu-system-x86_64', 'apt-get', 'dpkg-deb', 'make', 'gcc', 'tar', 'xz'];
/** A machine emulated on a busy host takes a while; the suites take about half a minute. */
const mostMs = 420_000;
/** So many tests there are at least: a suite that ran nothing has proved nothing. */
const leastTests = 17;

const isThere = (tool: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((directory) => existsSync(join(directory, tool)));

const missing = (): readonly string[] => tools.filter((tool) => !isThere(tool));

function log(line: string): void {
  process.stdout.write(`test:kernel: ${line}\n`);
}

/** Debian as root gets qemu by itself, as `npm test` gets its own tools; LAMPPOST_PROVISION=0 turns it off. */
function provision(): void {
  const wanted = missing();
  const isDebian = process.getuid?.() === 0 && existsSync('/etc/debian_version');
  if (!wanted.includes('qemu-system-x86_64') || !isDebian || process.env['LAMPPOST_PROVISION'] === '0') return;
  log('installing qemu-system-x86');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'qemu-system-x86'], {
    env,
    stdio: 'ignore',
  });
}

function initramfs({ busybox, modules }: GuestKernel): Buffer {
  const order = modules.map((path) => {
    const name = basename(path, '.ko');
    return name === 'i2c-stub' ? `${name} chip_addr=0x50` : name;
  });
  return cpio([
    { path: 'bin' },
    { path: 'dev' },
    { path: 'modules' },
    { path: 'init', content: readFileSync(join(import.meta.dirname, 'init.sh')) },
    { path: 'bin/busybox', content: readFileSync(busybox) },
    { path: 'modules/order', content: Buffer.from(`${order.join('\n')}\n`) },
    ...modules.map((path) => ({ path: `modules/${basename(path)}`, content: readFileSync(path) })),
  ]);
}

/** Runs the machine until it switches itself off. @returns everything that it said. */
function boot(kernel: GuestKernel, initrd: string): Promise<string> {
  const guest = join(import.meta.dirname, 'guest.ts');
  const append = `console=ttyS0 quiet panic=-1 lamppost.node=${process.execPath} lamppost.guest=${guest}`;
  const share = 'local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap';
  const machine = ['-machine', 'q35,accel=tcg', '-cpu', 'max', '-m', '1024', '-no-reboot', '-nographic', '-nodefaults'];
  const what = ['-kernel', kernel.image, '-initrd', initrd, '-append', append, '-virtfs', share, '-serial', 'stdio'];
  const qemu = spawn('qemu-system-x86_64', [...machine, ...what], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  qemu.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    process.stdout.write(text);
  });
  const giveUp = setTimeout(() => qemu.kill('SIGKILL'), mostMs);
  return new Promise((resolve, reject) => {
    qemu.once('error', reject);
    qemu.once('close', () => {
      clearTimeout(giveUp);
      resolve(said);
    });
  });
}

/** What the guest said of its tests. */
function verdict(said: string): { readonly isPassed: boolean; readonly words: string } {
  const count = (what: string): number => Number(new RegExp(`^ℹ ${what} (\\d+)`, 'm').exec(said)?.[1] ?? 0);
  const [passed, failed] = [count('pass'), count('fail')];
  const isPassed = failed === 0 && passed >= leastTests && /^kernel-rig: exit 0/m.test(said);
  return { isPassed, words: `${passed} passed, ${failed} failed` };
}

async function main(): Promise<void> {
  const why = process.platform !== 'linux' || process.arch !== 'x64' ? 'it needs Linux on x64' : undefined;
  if (why === undefined) provision();
  const without = why ?? (missing().length > 0 ? `not installed: ${missing().join(', ')}` : undefined);
  if (without !== undefined) {
    log(`skipped (${without})`);
    return;
  }
  const kernel = guestKernel(log);
  if (!kernel) return;
  const directory = mkdtempSync(join(tmpdir(), 'lamppost-kernel-'));
  try {
    const initrd = join(directory, 'initrd');
    writeFileSync(initrd, initramfs(kernel));
    const began = performance.now();
    const { isPassed, words } = verdict(await boot(kernel, initrd));
    log(`${words} on ${basename(kernel.image)}, ${Math.round((performance.now() - began) / 1000)} s`);
    process.exitCode = isPassed ? 0 : 1;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

await main();
