import { describe, expect, test } from 'vitest';
import {
  availableMemory,
  busyShare,
  chronyError,
  cpuTime,
  modemSignal,
  supplyVoltage,
  throttling,
  timesyncError,
} from './parse.ts';

const row = (leap: string): string =>
  `CB00710F,203.0.113.15,3,1710000000.123456789,-0.000006523,-0.000006747,0.000035822,-3.225,0.000,0.129,0.013639022,0.001100737,64.2,${leap}\n`;

describe('what a machine says of itself', () => {
  // proc(5), the format of /proc/meminfo
  test('memory that programs could still have', () => {
    const text =
      'MemTotal:        3884436 kB\nMemFree:          182732 kB\nMemAvailable:    2964812 kB\nBuffers: 88 kB\n';
    expect(availableMemory(text)).toBe(3_035_967_488);
    expect(availableMemory('MemTotal: 1 kB\n')).toBeUndefined();
  });

  // proc(5), the format of /proc/stat
  test('the share of time in which the cores were busy, since the last look', () => {
    const before = cpuTime('cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 100 0 50 800 50 0 0 0 0 0\n');
    const now = cpuTime('cpu  160 0 90 1680 70 0 0 0 0 0\ncpu0 160 0 90 1680 70 0 0 0 0 0\n');
    expect(before).toEqual({ busy: 150, all: 1000 });
    expect(before && now && busyShare(before, now)).toBeCloseTo(0.1);
    expect(before && busyShare(before, before)).toBeUndefined();
    expect(cpuTime('cpufreq')).toBeUndefined();
  });

  // chronyc(1) 4.3, "tracking", as `-c` writes its values
  test('the error of a clock that chrony keeps, and none while it does not', () => {
    expect(chronyError(row('Normal'))).toBeCloseTo(0.007927, 6);
    expect(chronyError(row('Not synchronised'))).toBeUndefined();
    expect(chronyError('506 Cannot talk to daemon\n')).toBeUndefined();
  });

  // timedatectl(1) of systemd 252, "timesync-status"
  test('the error of a clock that systemd-timesyncd keeps, and none before its first packet', () => {
    const text = `       Server: 203.0.113.123 (0.debian.pool.ntp.org)
Poll interval: 34min 8s (min: 32s; max 34min 8s)
         Leap: normal
      Version: 4
      Stratum: 2
    Reference: C0248F86
    Precision: 1us (-24)
Root distance: 15.083ms (max: 5s)
       Offset: -1.125ms
        Delay: 24.911ms
       Jitter: 3.166ms
 Packet count: 57
    Frequency: +8.250ppm
`;
    expect(timesyncError(text)).toBeCloseTo(0.016208, 6);
    expect(
      timesyncError('       Server: n/a\nPoll interval: 0 (min: 32s; max 34min 8s)\n Packet count: 0\n'),
    ).toBeUndefined();
  });

  // Raspberry Pi documentation, "vcgencmd", get_throttled
  test.for([
    ['throttled=0x0\n', { isUndervoltage: false, isThrottled: false }],
    ['throttled=0x50000\n', { isUndervoltage: false, isThrottled: false }],
    ['throttled=0x50005\n', { isUndervoltage: true, isThrottled: true }],
    ['throttled=0x80008\n', { isUndervoltage: false, isThrottled: true }],
    ['VCHI initialization failed\n', undefined],
  ] as const)('what a Raspberry Pi says of its supply now, not of what once was: %o', ([text, expected]) => {
    expect(throttling(text)).toEqual(expected);
  });

  // Raspberry Pi documentation, "vcgencmd", pmic_read_adc on a Pi 5
  test('the supply voltage of a Raspberry Pi 5', () => {
    expect(supplyVoltage('     EXT5V_V volt(24)=5.15468000V\n')).toBe(5.15468);
    expect(supplyVoltage('error=1 error_msg="Command not registered"\n')).toBeUndefined();
  });

  // ModemManager, mmcli(1), --output-keyvalue
  test('the signal of a modem', () => {
    const text = 'modem.generic.state                  : connected\nmodem.generic.signal-quality.value   : 67\n';
    expect(modemSignal(text)).toBe(67);
    expect(modemSignal('error: couldn’t find modem\n')).toBeUndefined();
  });
});
