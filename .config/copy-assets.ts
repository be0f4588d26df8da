import { cpSync, readFileSync, writeFileSync } from 'node:fs';

/** Puts beside what tsc made what it does not copy: the launcher, profiles, firmware, the demo's street. */
const root = new URL('..', import.meta.url).pathname;
const assets = [
  'gateway/lamppost.js',
  'device-profiles',
  'hardware/firmware/lamppost-node.hex',
  'hardware/simulator/street.yaml',
  'LICENSE',
];

for (const asset of assets) {
  cpSync(`${root}${asset}`, `${root}dist/${asset}`, { recursive: true, filter: (path) => !path.endsWith('.ts') });
}
const { name, version, license, type, bin, dependencies, optionalDependencies } = JSON.parse(
  readFileSync(`${root}package.json`, 'utf8'),
) as Record<string, unknown>;
const manifest = { name, version, license, type, bin, dependencies, optionalDependencies };
writeFileSync(`${root}dist/package.json`, `${JSON.stringify(manifest, undefined, 2)}\n`);
