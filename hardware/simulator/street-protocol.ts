import type { Component } from '../../gateway/profiles/connect.ts';
import type { Setup } from '../../gateway/profiles/setup.ts';
import type { Scenario } from './world.ts';

/** What is to be simulated: boards and buses with what is on them, and serial sensors. */
export interface StreetPlan {
  /** Where the sockets are: `<directory>/<name>.sock` speaks like the port of the thing. */
  readonly directory: string;
  readonly boards: readonly { readonly name: string; readonly parts: readonly BoardPart[] }[];
  readonly sensors: readonly { readonly name: string; readonly setup: Setup }[];
  /** Lines with several slaves or meters. */
  readonly buses: readonly { readonly name: string; readonly members: readonly BusMember[] }[];
}

export interface BusMember {
  readonly address: number | string;
  readonly setup: Setup;
}

export interface BoardPart {
  readonly component: Component;
  readonly pin?: number | string;
  readonly settings: Readonly<Record<string, number>>;
}

export type ToStreet =
  | { readonly kind: 'plan'; readonly plan: StreetPlan }
  | { readonly kind: 'scenario'; readonly scenario: Scenario }
  /** Pulls or plugs a cable. */
  | { readonly kind: 'plug'; readonly name: string; readonly isPlugged: boolean };

export type FromStreet = { readonly kind: 'ready' } | { readonly kind: 'alive' };
