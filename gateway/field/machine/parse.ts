/**
 * What the tools and files of a Linux machine say, as numbers. Each gives `undefined` for what it does not understand
 * or what the machine does not know.
 */

/** `MemAvailable` of `/proc/meminfo` (proc(5)), in bytes. */
export function availableMemory(meminfo: string): number | undefined {
  const [, kibibytes] = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo) ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

/** Ticks of all cores since the start, out of the first line of `/proc/stat` (proc(5)). */
export interface CpuTime {
  readonly busy: number;
  readonly all: number;
}

/** Columns: user nice system idle iowait irq softirq steal (guest times are in user and nice). */
export function cpuTime(stat: string): CpuTime | undefined {
  const ticks = /^cpu +([\d ]+)$/m.exec(stat)?.[1]?.split(' ').slice(0, 8).map(Number);
  if (!ticks || ticks.length < 5) return undefined;
  const all = ticks.reduce((sum, tick) => sum + tick, 0);
  const [, , , idle = 0, ioWait = 0] = ticks;
  return { busy: all - idle - ioWait, all };
}

/** Share of the time between two looks, 0 to 1. */
export function busyShare(before: CpuTime, now: CpuTime): number | undefined {
  const all = now.all - before.all;
  return all > 0 ? Math.min(1, Math.max(0, (now.busy - before.busy) / all)) : undefined;
}

/**
 * `chronyc -n -c tracking`: seconds that the clock is off at most. The sum is chrony's own bound: |system time| + root
 * dispersion + half the root delay (chronyc(1), "tracking").
 */
export function chronyError(csv: string): number | undefined {
  const fields = csv.trim().split(',');
  const [systemTime, rootDelay, rootDispersion] = [fields[4], fields[10], fields[11]].map(Number);
  if (fields.length < 14 || fields[13] === 'Not synchronised') return undefined;
  const bound = Math.abs(systemTime ?? Number.NaN) + (rootDispersion ?? 0) + (rootDelay ?? 0) / 2;
  return Number.isFinite(bound) ? bound : undefined;
}

/**
 * `timedatectl timesync-status` of systemd-timesyncd (timedatectl(1)): |offset| + root distance, in seconds. The root
 * distance is half the root delay and the dispersion (RFC 5905, A.5.5.2).
 */
export function timesyncError(status: string): number | undefined {
  const offset = seconds(/^\s*Offset: (\S+)/m.exec(status)?.[1]);
  const distance = seconds(/^\s*Root distance: (\S+)/m.exec(status)?.[1]);
  return offset === undefined || distance === undefined ? undefined : Math.abs(offset) + distance;
}

/** A time span as systemd writes it: `+1.234ms`, `-421us`, `2.5s`. */
function seconds(written: string | undefined): number | undefined {
  const [, number, unit = ''] = /^([-+]?\d+(?:\.\d+)?)(us|ms|s|min)?$/.exec(written ?? '') ?? [];
  const size = { us: 1e-6, ms: 1e-3, s: 1, min: 60 }[unit];
  return number === undefined || size === undefined ? undefined : Number(number) * size;
}

/** `vcgencmd get_throttled`: what holds now (Raspberry Pi documentation, vcgencmd: bits 0 to 3; 16 to 19 are history). */
export interface Throttling {
  readonly isUndervoltage: boolean;
  /** Slowed down for its voltage or its heat. */
  readonly isThrottled: boolean;
}

export function throttling(said: string): Throttling | undefined {
  const [, hex] = /^throttled=0x([0-9a-fA-F]{1,8})$/m.exec(said.trim()) ?? [];
  if (hex === undefined) return undefined;
  const bits = Number.parseInt(hex, 16);
  return { isUndervoltage: (bits & 0b0001) !== 0, isThrottled: (bits & 0b1110) !== 0 };
}

/** `vcgencmd pmic_read_adc EXT5V_V`: the supply of a Raspberry Pi 5, in volts. */
export function supplyVoltage(said: string): number | undefined {
  const [, volts] = /EXT5V_V volt\(\d+\)=(\d+\.\d+)V/.exec(said) ?? [];
  return volts === undefined ? undefined : Number(volts);
}

/** `mmcli -m any --output-keyvalue` of ModemManager: per cent. */
export function modemSignal(said: string): number | undefined {
  const [, percent] = /^modem\.generic\.signal-quality\.value\s*: (\d{1,3})$/m.exec(said) ?? [];
  return percent === undefined ? undefined : Number(percent);
}
