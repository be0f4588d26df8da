import type { Fields } from '../../gateway/profiles/grammar.ts';
import type { Street } from './world.ts';

/** How a serial sensor sees the street: the fields of its frame, as its profile names them. */
export interface SensorModel {
  /** Between two frames, milliseconds. */
  readonly frameEveryMs: number;
  /** @param settings - of the device, in the units of its profile; `random` is uniform in [0, 1). */
  readonly fields: (street: Street, settings: Readonly<Record<string, number>>, random: () => number) => Fields;
}

const spread = (random: () => number, width: number): number => (random() - 0.5) * width;

/** One row a profile that can be simulated. */
export const sensorModels: Readonly<Record<string, SensorModel>> = {
  'dfrobot/a02yyuw': {
    frameEveryMs: 200,
    fields: ({ depthMm, isLevelStuck }, { sensorHeight = 3000 }, random) => ({
      range: isLevelStuck ? 1777 : Math.round(Math.max(30, sensorHeight - depthMm + spread(random, 6))),
    }),
  },
  'plantower/pms5003': {
    frameEveryMs: 1000,
    fields: ({ pm2_5 }, _settings, random) => {
      const fine = Math.max(0, Math.round(pm2_5 + spread(random, 4)));
      return { pm1: Math.round(fine * 0.7), pm2_5: fine, pm10: Math.round(fine * 1.4) };
    },
  },
};
