// Installs the Debian packages that the tests with real parts need. Runs before `npm test`; anywhere but on Debian as
// root it does nothing and those tests are skipped by name. LAMPPOST_PROVISION=0 turns it off.
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, writeFileSync, chmodSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** tool on the PATH → Debian package, and what the tests do with it. */
const packages = [
  { tool: 'mosquitto', name: 'mosquitto', why: 'stands in for the city broker (its service stays off)' },
  { tool: 'mosquitto_sub', name: 'mosquitto-clients', why: 'an outside MQTT client' },
  { tool: 'socat', name: 'socat', why: 'makes virtual serial ports that can be unplugged' },
  { tool: 'openssl', name: 'openssl', why: 'makes certificates of a day for TLS' },
  { tool: 'avr-gcc', name: 'gcc-avr', why: 'rebuilds the firmware to compare it with the committed one' },
  { tool: 'avr-objcopy', name: 'binutils-avr', why: 'turns the rebuilt firmware into a hex file' },
  { tool: '/usr/lib/avr/include/avr/io.h', name: 'avr-libc', why: 'headers of the firmware' },
  { tool: 'make', name: 'make', why: 'builds the firmware' },
];

const searchPath = (process.env.PATH ?? '').split(delimiter).concat('/usr/sbin');

function isThere(tool) {
  if (tool.startsWith('/')) return existsSync(tool);
  return searchPath.some((directory) => {
    try {
      accessSync(join(directory, tool), constants.X_OK);
      return true;
    } catch {
      return false; // not in this directory
    }
  });
}

const missing = packages.filter(({ tool }) => !isThere(tool));
const canInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version') && isThere('apt-get');

if (missing.length > 0 && process.env.LAMPPOST_PROVISION === '0') {
  console.log(`Not installing ${missing.map(({ name }) => name).join(', ')}: LAMPPOST_PROVISION=0.`);
} else if (missing.length > 0 && !canInstall) {
  console.log('Some tests with real parts will be skipped; on Debian, `npm test` as root would install:');
  for (const { name, why } of missing) console.log(`  ${name}: ${why}`);
} else if (missing.length > 0) {
  console.log('Installing Debian packages for the tests with real parts (LAMPPOST_PROVISION=0 turns this off):');
  for (const { name, why } of missing) console.log(`  ${name}: ${why}`);
  install(missing.map(({ name }) => name));
}

function install(names) {
  // A policy file keeps the packages' services (mosquitto on port 1883) from being started by their installation.
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) {
    writeFileSync(policy, '#!/bin/sh\nexit 101\n');
    chmodSync(policy, 0o755);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'], env });
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env,
    });
  } catch (error) {
    console.error(`The packages could not be installed: ${error.message}`);
    process.exitCode = process.env.CI ? 1 : 0;
  } finally {
    if (ours) rmSync(policy);
  }
}
