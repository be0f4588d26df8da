/** What the weather and the people do. `stuck`: the level sensor sends the same number for ever. */
export const scenarios = ['dry', 'cloudburst', 'stuck'] as const;
export type Scenario = (typeof scenarios)[number];

/** The street as it is at one moment; what sensors look at. */
export interface Street {
  readonly rainMmPerHour: number;
  /** Water on the road of the underpass, millimetres. */
  readonly depthMm: number;
  readonly celsius: number;
  /** Relative humidity of the air. */
  readonly percent: number;
  readonly pascal: number;
  /** Fine dust, µg/m³. */
  readonly pm2_5: number;
  readonly isLevelStuck: boolean;
}

/** Zhengzhou had 201.9 mm in the hour from 16:00 on 20 July 2021. */
const cloudburstMmPerHour = 200;
/** Drains take the first 20 mm/h; the rest gathers in the underpass from a basin 260 times its size. */
const drainMmPerHour = 20;
const basin = 260;
/** What the pump takes out of the underpass, millimetres an hour. */
const pumpMmPerHour = 12_000;
const deepestMm = 1200;
/** How quickly the rain sets in and ends, as a share per second. */
const onset = 0.2;

/** A small street with weather: steps in seconds, the same for the same seed. */
export class World {
  scenario: Scenario = 'dry';
  readonly #random: () => number;
  #seconds = 0;
  #rain = 0;
  #depth = 0;
  #celsius = 18;
  #pm = 35;

  /** @param random - uniform in [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  get now(): Street {
    return {
      rainMmPerHour: this.#rain,
      depthMm: this.#depth,
      celsius: this.#celsius,
      percent: Math.min(100, 60 + this.#rain / 4),
      pascal: 101_325 - 300 * Math.sin(this.#seconds / 3600) - this.#rain * 4,
      pm2_5: this.#pm,
      isLevelStuck: this.scenario === 'stuck',
    };
  }

  step(seconds: number): void {
    this.#seconds += seconds;
    const share = Math.min(1, onset * seconds);
    const wanted = this.scenario === 'cloudburst' ? cloudburstMmPerHour : 0;
    this.#rain += (wanted - this.#rain) * share;
    if (this.#rain < 0.01) this.#rain = 0;
    const inflow = Math.max(0, this.#rain - drainMmPerHour) * basin;
    const outflow = this.#depth > 0 ? pumpMmPerHour : 0;
    this.#depth = Math.min(deepestMm, Math.max(0, this.#depth + ((inflow - outflow) / 3600) * seconds));
    this.#celsius += (18 + 4 * Math.sin(this.#seconds / 7200) - this.#rain / 40 - this.#celsius) * 0.02 * seconds;
    const clean = this.#rain > 1 ? 8 : 35;
    this.#pm = Math.max(1, this.#pm + (clean - this.#pm) * 0.05 * seconds + (this.#random() - 0.5) * seconds);
  }
}
