import { execFile } from 'node:child_process';

/** Whether the system says that its wall clock is kept right by a time service. */
export type AskWitness = () => Promise<{ readonly isSynced: boolean }>;

/**
 * Asks systemd, which reports the kernel's own word (adjtimex, STA_UNSYNC) whichever time service runs. Where there is
 * no systemd nobody vouches for the clock.
 */
export const systemWitness: AskWitness = () =>
  new Promise((resolve) => {
    execFile('timedatectl', ['show', '--property=NTPSynchronized', '--value'], { timeout: 5000 }, (error, stdout) => {
      resolve({ isSynced: !error && stdout.trim() === 'yes' });
    });
  });
