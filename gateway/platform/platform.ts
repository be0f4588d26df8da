import { forkChild, type StartChild } from './children.ts';
import { systemClock, type Clock } from './clock.ts';
import { systemFiles, type Files } from './files.ts';
import { systemIds, type Ids } from './ids.ts';
import type { Log } from './log.ts';
import { dialMqtt } from './mqtt-wire.ts';
import { systemWitness, type AskWitness } from './time-witness.ts';
import type { Dial } from './wire.ts';

/** Everything outside the gateway that it touches. */
export interface Platform {
  readonly clock: Clock;
  readonly files: Files;
  readonly ids: Ids;
  readonly log: Log;
  readonly startChild: StartChild;
  readonly dial: Dial;
  readonly askWitness: AskWitness;
}

export function systemPlatform(log: Log): Platform {
  return {
    clock: systemClock,
    files: systemFiles,
    ids: systemIds,
    log,
    startChild: forkChild,
    dial: dialMqtt,
    askWitness: systemWitness,
  };
}
