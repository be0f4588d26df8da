import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { severities } from '../model/alarm.ts';
import { encodings } from '../model/delivery.ts';
import { idPattern, wordPattern } from '../model/names.ts';
import { reductions } from '../model/statistics.ts';
import schema from './config.schema.json' with { type: 'json' };
import { chineseHints } from './hints-zh.ts';

type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/** All schemas in a schema, with their paths. */
function* parts(node: unknown, path = ''): Generator<{ readonly path: string; readonly node: Node }> {
  if (Array.isArray(node)) for (const [index, one] of node.entries()) yield* parts(one, `${path}/${index}`);
  if (!isNode(node)) return;
  yield { path, node };
  for (const [key, value] of Object.entries(node)) yield* parts(value, `${path}/${key}`);
}

const all = [...parts(schema)];
const properties = all.flatMap(({ path, node }) =>
  isNode(node['properties'])
    ? Object.entries(node['properties']).map(([key, property]) => ({
        path: `${path}/${key}`,
        property: property as Node,
      }))
    : [],
);

describe('the schema of lamppost.yaml', () => {
  test('is a schema of draft 2020-12 and compiles in strict mode', () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false });
    expect(ajv.validateSchema(schema)).toBe(true);
    expect(() => ajv.compile(schema)).not.toThrow();
  });

  test('control: strict mode finds a keyword that does nothing', () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false });
    expect(() => ajv.compile({ ...schema, propertys: {} })).toThrow('propertys');
  });

  test('describes every property but the languages of a text, so that the file can be written from it', () => {
    const without = properties.filter(({ property }) => !('description' in property)).map(({ path }) => path);
    expect(without.filter((path) => !/\/(en|zh)$/.test(path))).toEqual([]);
    expect(properties.length).toBeGreaterThan(70);
  });

  test('knows no key that it does not name', () => {
    const open = all.filter(({ node }) => isNode(node['properties']) && node['additionalProperties'] !== false);
    expect(open.map(({ path }) => path)).toEqual([]);
  });

  test('bounds every list, text and group', () => {
    const unbounded = all.filter(({ node }) => {
      const isFixed = 'pattern' in node || 'enum' in node || 'const' in node;
      if (node['type'] === 'array') return !('maxItems' in node);
      if (node['type'] === 'string') return !isFixed && !('maxLength' in node);
      return false;
    });
    expect(unbounded.map(({ path }) => path)).toEqual([]);
  });

  test('has its hints in Chinese too, each of them and no other', () => {
    const descriptions = new Set(
      all.flatMap(({ node }) => (typeof node['description'] === 'string' ? [node['description']] : [])),
    );
    expect(Object.keys(chineseHints).toSorted()).toEqual([...descriptions].toSorted());
    expect(Object.values(chineseHints).filter((hint) => hint.trim() === '')).toEqual([]);
    expect(descriptions.size).toBeGreaterThan(60);
  });

  test('lists what the tables list', () => {
    const { alarms, devices, upstreams } = schema.properties;
    expect(alarms.items.properties.severity.enum).toEqual(severities);
    expect(upstreams.items.properties.encoding.enum).toEqual(encodings);
    expect(devices.items.properties.reduce.enum).toEqual(reductions);
    expect(devices.items.properties.id.pattern).toBe(idPattern.source);
    expect(alarms.items.properties.when.properties.channel.pattern).toBe(wordPattern.source);
  });
});
