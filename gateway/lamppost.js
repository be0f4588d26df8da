#!/usr/bin/env -S node --max-semi-space-size=2
// The launcher: plain JavaScript that any Node can read. Lamppost needs Node 24; where the running one is older, the one
// that was installed beside it (packages node-linux-*) takes over. The flag keeps V8 from holding on to some MB of
// young memory that a gateway never fills; measured, it costs no time.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const needed = [24, 11];
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const here = dirname(fileURLToPath(import.meta.url));

if (major > needed[0] || (major === needed[0] && minor >= needed[1])) {
  const entry = ['main.js', 'main.ts'].map((name) => join(here, name)).find(existsSync);
  await import(entry);
} else {
  const node = bundledNode();
  if (node === undefined) {
    console.error(
      `Lamppost needs Node ${needed.join('.')} or later; this is ${process.versions.node}. ` +
        `Run \`npm ci\` in its folder, which brings one along, or install Node 24 from nodejs.org. / ` +
        `Lamppost 需要 Node ${needed.join('.')} 或更高版本；请在其目录运行 \`npm ci\`，或从 nodejs.org 安装 Node 24。`,
    );
    process.exit(69);
  }
  // The channel tells the other process when this one is gone, however it went.
  const child = spawn(node, [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => {
    // The terminal sends it to both; the other one decides.
  });
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

function bundledNode() {
  const require = createRequire(import.meta.url);
  try {
    const folder = dirname(require.resolve(`node-${process.platform}-${process.arch}/package.json`));
    const node = join(folder, 'bin', 'node');
    return existsSync(node) ? node : undefined;
  } catch {
    return undefined; // not installed for this machine
  }
}
