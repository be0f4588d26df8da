import { isDeepStrictEqual } from 'node:util';
import { quantityOf } from '../model/quantity.ts';
import { createDecoder, isStreamGrammar } from '../field/decode/registry.ts';
import { playExchange } from './exchange.ts';
import { normaliseMessage } from '../field/normalise/message.ts';
import { normalise, type NormalisedValue } from '../field/normalise/normalise.ts';
import type { Example, ExampleReading, Fields, Profile } from '../profiles/profile.ts';
import { setUp, type Setup } from '../profiles/setup.ts';

/** What a profile makes of one of its examples, through the same decoder and normalisation as the real device. */
export interface DryRun {
  readonly readings: readonly ExampleReading[];
  /** Why input was thrown away, if some was. */
  readonly rejected: readonly string[];
  /** The readings are those that the example demands. */
  readonly passed: boolean;
}

export function dryRun(profile: Profile, example: Example): DryRun {
  const checked = setUp(profile, example.settings);
  if (!checked.ok) return { readings: [], rejected: checked.problems.map(({ what }) => what.en), passed: false };
  const { values, rejected, isAskedWrong = false } = valuesOf(checked.setup, example);
  const readings = values.map((value) => readingOf(profile, value));
  return { readings, rejected, passed: !isAskedWrong && isDeepStrictEqual(readings, example.readings) };
}

interface Outcome {
  readonly values: readonly NormalisedValue[];
  readonly rejected: readonly string[];
  /** The example asks what we would not. */
  readonly isAskedWrong?: boolean;
}

function valuesOf(setup: Setup, { input, isWarmingUp }: Example): Outcome {
  const make = (fields: Fields): readonly NormalisedValue[] => normalise(setup, fields, { isWarmingUp });
  switch (input.kind) {
    case 'fields':
      return { values: make(input.fields), rejected: [] };
    case 'exchange': {
      const { polls, ...outcome } = playExchange(setup.profile.decode, input.exchange);
      return { values: polls.filter((fields) => Object.keys(fields).length > 0).flatMap(make), ...outcome };
    }
    case 'message': {
      const message = normaliseMessage(setup, input.message);
      return message.ok
        ? { values: message.items.flatMap(({ values }) => values), rejected: [] }
        : { values: [], rejected: [message.why] };
    }
    case 'bytes': {
      const { decode } = setup.profile;
      const decoded = isStreamGrammar(decode) ? createDecoder(decode).push(input.bytes) : [];
      return {
        values: decoded.flatMap((result) => (result.ok ? make(result.fields) : [])),
        rejected: decoded.flatMap((result) => (result.ok ? [] : [result.why])),
      };
    }
  }
}

function readingOf(profile: Profile, { channel, value, quality, why }: NormalisedValue): ExampleReading {
  const known = profile.channels[channel];
  const unit = known ? quantityOf(known.quantity).unit : '1';
  return { channel, value, unit, quality, ...(why ? { why } : {}) };
}
