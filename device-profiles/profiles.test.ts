import { globSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { dryRun } from '../gateway/commission/dry-run.ts';
import { quantities } from '../gateway/model/quantity.ts';
import { qualities, reasons } from '../gateway/model/reading.ts';
import { checkProfile } from '../gateway/profiles/check.ts';
import { genericIds } from '../gateway/profiles/generic.ts';
import { components } from '../gateway/profiles/connect.ts';
import { checksumSizes, hj212Commands, hj212Values, integerTypes, nmeaTypes } from '../gateway/profiles/grammar.ts';
import { windowStats } from '../gateway/profiles/profile.ts';
import schema from './schema/profile.schema.json' with { type: 'json' };

const here = import.meta.dirname;
const files = globSync('*/*.yaml', { cwd: here }).toSorted();

describe.each(files)('%s', (file) => {
  const id = file.slice(0, -'.yaml'.length);
  const checked = checkProfile(readFileSync(`${here}/${file}`, 'utf8'), id);

  test('is a profile, named after its file', () => {
    expect(checked.ok ? [] : checked.problems).toEqual([]);
  });

  test.each(checked.ok ? checked.profile.examples.map((example) => [example.name, example] as const) : [])(
    'gives the readings of its example: %s',
    (_name, example) => {
      expect(checked.ok && dryRun(checked.profile, example).readings).toEqual(example.readings);
      expect(checked.ok && dryRun(checked.profile, example).passed).toBe(true);
    },
  );
});

test('looks at all profiles there are', () => {
  expect(files.length).toBeGreaterThanOrEqual(6);
});

test('no file hides a profile that is made from the quantity table', () => {
  expect(files.filter((file) => genericIds().includes(file.slice(0, -'.yaml'.length)))).toEqual([]);
});

describe('the schema of profiles', () => {
  test('is a schema of draft 2020-12', () => {
    const ajv = new Ajv2020({ discriminator: true, allowUnionTypes: true, strictRequired: false });
    expect(ajv.validateSchema(schema)).toBe(true);
    expect(() => ajv.compile(schema)).not.toThrow();
  });

  test('lists what the tables list', () => {
    const { channel, derived, field, reading, reason } = schema.$defs;
    const [, board] = schema.properties.connect.oneOf;
    const [frame] = schema.properties.decode.oneOf;
    expect(channel.properties.quantity.enum).toEqual(Object.keys(quantities));
    expect(channel.properties.stat.enum).toEqual(windowStats);
    expect(field.properties.type.enum).toEqual(Object.keys(integerTypes));
    expect(reading.properties.quality.enum).toEqual(qualities);
    expect(reason.enum).toEqual(reasons);
    expect(board?.properties.component?.enum).toEqual(Object.keys(components));
    expect(frame?.properties.checksum?.properties.kind.enum).toEqual(Object.keys(checksumSizes));
    expect(derived.additionalProperties).toBe(false);
    const { nmeaField, hj212Field } = schema.$defs;
    expect(nmeaField.properties.type.enum).toEqual(nmeaTypes);
    expect(hj212Field.properties.value.enum).toEqual(Object.keys(hj212Values));
    expect(hj212Field.properties.cn.enum).toEqual(hj212Commands);
  });

  test('describes every property, so that a profile can be written from it', () => {
    const undescribed = propertiesWithout('description', schema);
    expect(undescribed.seen).toBeGreaterThan(60);
    expect(undescribed.without).toEqual([]);
  });
});

/** Paths of properties that say nothing about themselves; the tag of a union speaks for itself. */
function propertiesWithout(keyword: string, root: unknown): { readonly seen: number; readonly without: string[] } {
  const without: string[] = [];
  let seen = 0;
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'properties') {
        for (const [name, property] of Object.entries(value as Record<string, object>)) {
          seen++;
          if (!(keyword in property) && !('const' in property) && !('$ref' in property))
            without.push(`${path}/${name}`);
        }
      }
      visit(value, `${path}/${key}`);
    }
  };
  visit(root, '');
  return { seen, without };
}
