import type { Calibration } from '../model/calibration.ts';
import { withDevicesOf, type ChildPlan } from './protocol.ts';

/** The calibrations in force of a child's devices: the setups of its plan see each change, and nothing starts anew. */
export class LiveCalibrations {
  readonly #byDevice = new Map<string, Map<string, Calibration>>();

  /** The same plan, its devices following what is set here. */
  follow(plan: ChildPlan): ChildPlan {
    return withDevicesOf(plan, (device) => {
      const calibrations = new Map(device.setup.calibrations);
      this.#byDevice.set(device.device, calibrations);
      return { ...device, setup: { ...device.setup, calibrations } };
    });
  }

  set(device: string, calibrations: ReadonlyMap<string, Calibration>): void {
    const live = this.#byDevice.get(device);
    live?.clear();
    for (const [channel, calibration] of calibrations) live?.set(channel, calibration);
  }
}
