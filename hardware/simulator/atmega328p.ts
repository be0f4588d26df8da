import type { CPUMemoryHook, EEPROMBackend } from 'avr8js';
import {
  adcConfig,
  AVRADC,
  AVRClock,
  AVREEPROM,
  AVRIOPort,
  AVRTimer,
  AVRUSART,
  AVRWatchdog,
  CPU,
  portBConfig,
  portCConfig,
  portDConfig,
  timer0Config,
  timer1Config,
  timer2Config,
  usart0Config,
  watchdogConfig,
} from 'avr8js';
import type { I2cDevice } from './i2c-device.ts';
import { connectI2c } from './i2c-bus.ts';
import { noise } from './noise.ts';

/** Arduino Uno and Nano. */
export const clockHz = 16_000_000;

/** Bytes: data sheet DS40002061, "Features". */
export const flashSize = 32_768;
export const ramSize = 2_048;
export const eepromSize = 1_024;
const ramStart = 0x100;

export const register = { mcusr: 0x54, smcr: 0x53, sreg: 0x5f } as const;

/** Bits of MCUSR (11.9.1): what woke the chip. */
export const resetFlag = { power: 0x01, external: 0x02, 'brown-out': 0x04, watchdog: 0x08 } as const;
export type ResetCause = keyof typeof resetFlag;

/** One life of the chip, from one reset to the next. */
export interface Chip {
  readonly cpu: CPU;
  readonly usart: AVRUSART;
  readonly adc: AVRADC;
  /** D, B, C: in the order of the Arduino's pin numbers. */
  readonly ports: readonly [AVRIOPort, AVRIOPort, AVRIOPort];
}

/** What outlives a reset, and what the chip is connected to. */
export interface Surroundings {
  readonly flash: Uint8Array;
  readonly eeprom: Uint8Array;
  readonly i2cDevices: ReadonlyMap<number, I2cDevice>;
  /** The watchdog bites. */
  onWatchdog(): void;
}

function eepromOver(image: Uint8Array): EEPROMBackend {
  return {
    readMemory: (address) => image[address] ?? 0xff,
    writeMemory: (address, value) => {
      image[address] = (image[address] ?? 0xff) & value;
    },
    eraseMemory: (address) => {
      image[address] = 0xff;
    },
  };
}

const rxComplete = {
  address: usart0Config.rxCompleteInterrupt,
  flagRegister: usart0Config.UCSRA,
  flagMask: 0x80,
  enableRegister: usart0Config.UCSRB,
  enableMask: 0x80,
  constant: true,
};
const receiverEnabled = 0x10;

/**
 * avr8js 0.21.1 forgets a received byte when the program writes UCSR0B, say to start sending, before it has taken
 * the byte (`usart.js`: a write that leaves RXEN set clears RXC). The chip does so only when RXEN goes off (20.11.3).
 */
function keepReceivedByte(cpu: CPU): void {
  const write = cpu.writeHooks[usart0Config.UCSRB];
  const hook: CPUMemoryHook = (value, old, address, mask) => {
    const waiting = (cpu.data[rxComplete.flagRegister] ?? 0) & rxComplete.flagMask;
    const done = write?.(value, old, address, mask);
    if (waiting && value & receiverEnabled) cpu.setInterruptFlag(rxComplete);
    return done;
  };
  cpu.writeHooks[usart0Config.UCSRB] = hook;
}

/** RAM when the power comes on: not zeros, and nothing that a program may rely on. */
const powerOnSeed = 1;

function newCpu(flash: Uint8Array, before: CPU | undefined, cause: ResetCause): CPU {
  const cpu = new CPU(new Uint16Array(flash.buffer), ramSize);
  const keeps = before !== undefined && cause !== 'power';
  cpu.data.set(keeps ? before.data.subarray(ramStart) : noise(powerOnSeed, ramSize), ramStart);
  // Reset flags add up until the program clears them.
  cpu.data[register.mcusr] = (keeps ? (before.data[register.mcusr] ?? 0) : 0) | resetFlag[cause];
  cpu.cycles = before?.cycles ?? 0;
  return cpu;
}

/**
 * Builds the chip as it comes out of a reset. A new one each time, because `cpu.reset()` of avr8js forgets the timers'
 * events but not that they were due: after it they stand still.
 */
export function buildChip(around: Surroundings, before: Chip | undefined, cause: ResetCause): Chip {
  const cpu = newCpu(around.flash, before?.cpu, cause);
  const ports = [portDConfig, portBConfig, portCConfig].map((config) => new AVRIOPort(cpu, config));
  const [d, b, c] = ports;
  if (!d || !b || !c) throw new Error('three ports were just made');
  for (const config of [timer0Config, timer1Config, timer2Config]) void new AVRTimer(cpu, config);
  const usart = new AVRUSART(cpu, usart0Config, clockHz);
  keepReceivedByte(cpu);
  const adc = new AVRADC(cpu, adcConfig);
  void new AVREEPROM(cpu, eepromOver(around.eeprom));
  connectI2c(cpu, around.i2cDevices, clockHz);
  void new AVRWatchdog(cpu, watchdogConfig, new AVRClock(cpu, clockHz));
  cpu.reset = () => around.onWatchdog();
  return { cpu, usart, adc, ports: [d, b, c] };
}
