import type { Text } from './alarm.ts';

/** One value of a device (SensorThings: Datastream) as subscribers see it. */
export interface ChannelDescription {
  readonly quantity: string;
  readonly unit: string;
  readonly name?: Text;
  readonly datum?: string;
  readonly resolution?: number;
  /** Beyond these a value is `bad`, `range`: the sensor or the physical world ends there. Canonical unit. */
  readonly limits?: readonly [min: number, max: number];
  /** Longest time between readings, milliseconds; absent for sources that send when they like. */
  readonly every?: number;
  /** The tests that its values go through beyond these limits: what `good` stands for. Absent: none. */
  readonly tests?: readonly string[];
  /** The calibration in force; valid until, Unix milliseconds. */
  readonly calibration?: { readonly id: string; readonly validUntil: number };
}

/** A place on WGS 84 and in words. */
export interface Place {
  readonly lat?: number;
  readonly lon?: number;
  readonly label?: string;
}

/** What is published, retained, about a device; the receiver's key to its readings. */
export interface DeviceDescription {
  readonly v: 1;
  readonly device: string;
  /** Changes when anything else here does. */
  readonly rev: string;
  readonly name?: Text;
  readonly profile: string;
  readonly place?: Place;
  readonly labels?: Readonly<Record<string, string>>;
  /** That of all its channels. */
  readonly every?: number;
  readonly channels: Readonly<Record<string, ChannelDescription>>;
  readonly commands?: Readonly<Record<string, { readonly kind: 'boolean' | 'number' }>>;
}

export const deviceStates = ['online', 'stale', 'fault', 'service', 'offline'] as const;
export type DeviceState = (typeof deviceStates)[number];

export interface DeviceStatus {
  readonly state: DeviceState;
  /** Unix milliseconds. */
  readonly since: number;
  readonly why?: string;
  /** When a service ends by itself, Unix milliseconds. */
  readonly until?: number;
}
