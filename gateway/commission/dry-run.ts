import { isDeepStrictEqual } from 'node:util';
import { quantityOf } from '../model/quantity.ts';
import { createDecoder, isStreamGrammar } from '../field/decode/registry.ts';
import { numberInFile } from '../field/decode/number-file.ts';
import { playExchange } from './exchange.ts';
import { jsonReader } from '../field/decode/json.ts';
import { normaliseMessage } from '../field/normalise/message.ts';
import { normalise, type NormalisedValue } from '../field/normalise/normalise.ts';
import type { Fields } from '../profiles/grammar.ts';
import type { Example, ExampleReading, Profile, TopicMessage } from '../profiles/profile.ts';
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
    case 'files': {
      const fields = Object.entries(input.files).map(([field, text]) => [field, numberInFile(text)] as const);
      return { values: make(Object.fromEntries(fields)), rejected: [] };
    }
    case 'exchange': {
      const { polls, ...outcome } = playExchange(setup.profile.decode, input.exchange);
      return { values: polls.filter((fields) => Object.keys(fields).length > 0).flatMap(make), ...outcome };
    }
    case 'messages':
      return messagesOutcome(setup.profile, input.messages, make);
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

/** What a neighbour's messages give; its word on whether it is there gives nothing. */
function messagesOutcome(
  { decode }: Profile,
  messages: readonly TopicMessage[],
  make: (fields: Fields) => readonly NormalisedValue[],
): Outcome {
  if (decode.kind !== 'json') return { values: [], rejected: ['this profile reads no messages'] };
  const read = jsonReader(decode);
  const said = messages
    .filter(({ topic }) => Object.values(decode.fields).some((field) => field.topic === topic))
    .map(({ topic, payload }) => read(topic, new TextEncoder().encode(payload)));
  return {
    values: said.flatMap((fields) => (typeof fields === 'string' ? [] : make(fields))),
    rejected: said.filter((fields) => typeof fields === 'string'),
  };
}

function readingOf(profile: Profile, { channel, value, quality, why }: NormalisedValue): ExampleReading {
  const known = profile.channels[channel];
  const unit = known ? quantityOf(known.quantity).unit : '1';
  return { channel, value, unit, quality, ...(why ? { why } : {}) };
}
