import type { CommandRequest } from './requests.ts';

/** How a command ended, as published on `result/<device>/<name>`. */
export interface CommandResult {
  readonly id: string;
  readonly state: 'done' | 'refused' | 'expired' | 'failed';
  readonly why?: string;
  /** Unix milliseconds. */
  readonly at: number;
}

export interface CommandOptions {
  /** Whether a device has a command of this name. */
  readonly has: (device: string, name: string) => boolean;
  /** Does it. @returns why it could not be done. */
  readonly carryOut: (device: string, name: string, value: boolean) => Promise<string | undefined>;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Which command of which device, and how it came. */
export interface Order {
  readonly device: string;
  readonly name: string;
  readonly isRetained: boolean;
}

/** A command is good for so long unless it says otherwise. */
const defaultLifeMs = 10_000;

/**
 * Carries out a command, or says why not. Retained commands would be repeated at every start and late ones come as a
 * surprise: both are refused.
 */
export async function runCommand(
  { device, name, isRetained }: Order,
  request: CommandRequest,
  { has, carryOut, now }: CommandOptions,
): Promise<CommandResult> {
  const { id, value } = request;
  const until = request.until ?? now() + defaultLifeMs;
  const result = (state: CommandResult['state'], why?: string): CommandResult => ({
    id,
    state,
    ...(why === undefined ? {} : { why }),
    at: now(),
  });
  if (isRetained) return result('refused', 'commands must not be retained');
  if (!has(device, name)) return result('refused', `${device} has no command ${name}`);
  if (until < now()) return result('expired', 'it came too late');
  const why = await carryOut(device, name, value);
  return why === undefined ? result('done') : result('failed', why);
}
