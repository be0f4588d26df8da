import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';
import { rootPath } from '../platform/root.ts';

/**
 * Who may import whom. A reading goes one way through the folders, and so do imports; stages never import each other:
 * they meet in `model` and are joined in `gateway.ts`. `main.ts` and `gateway.ts` may import everything.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  model: [],
  platform: ['model'],
  profiles: ['model', 'platform', 'device-profiles'],
  config: ['model', 'platform', 'profiles'],
  field: ['model', 'platform', 'profiles'],
  alarms: ['model'],
  quality: ['model', 'platform', 'profiles'],
  intake: ['model', 'platform', 'profiles'],
  journal: ['model', 'platform'],
  broker: ['model', 'platform'],
  forward: ['model', 'platform'],
  commission: ['model', 'platform', 'profiles', 'config', 'field', 'broker', 'intake'],
  web: ['model', 'platform'],
  cli: [
    'model',
    'platform',
    'profiles',
    'config',
    'commission',
    'field',
    'broker',
    'forward',
    'intake',
    'journal',
    'quality',
    'gateway',
    'hardware',
  ],
  hardware: ['model', 'platform', 'profiles', 'field', 'broker', 'forward'],
  'device-profiles': ['model', 'platform', 'profiles', 'field', 'commission'],
};

/** Each run-time package has one home, so that it can be replaced there. */
const homes: Readonly<Record<string, readonly string[]>> = {
  '@clack/prompts': ['gateway/cli/prompts.ts'],
  aedes: ['gateway/broker/broker.ts'],
  ajv: ['gateway/platform/validate.ts'],
  avr8js: ['hardware/simulator/'],
  commander: ['gateway/cli/cli.ts'],
  'csv-parse': ['gateway/cli/'],
  'firmata-io': ['gateway/field/transports/firmata.ts', 'hardware/simulator/test/'],
  'johnny-five': ['gateway/field/components.ts', 'hardware/simulator/test/'],
  koffi: ['gateway/field/transports/'],
  mqtt: ['gateway/platform/mqtt-wire.ts'],
  serialport: ['gateway/field/transports/'],
  'string-width': ['gateway/cli/format.ts'],
  yaml: ['gateway/platform/yaml.ts', 'gateway/platform/yaml-edit.ts'],
  'node:sqlite': ['gateway/journal/lock.ts'],
};

/** Folders that know no clock, no file, no socket and no chance. */
const pure = [
  'gateway/model/',
  'gateway/alarms/',
  'gateway/field/decode/',
  'gateway/field/normalise/',
  'gateway/quality/',
];
const impurities = /\b(Date\.now|new Date|setTimeout|setInterval|setImmediate|process\.|Math\.random|console\.)/;

interface Source {
  /** From the top folder, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly module: string;
  readonly imports: readonly string[];
}

function moduleOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  if (top !== 'gateway') return top;
  return second.includes('.') ? 'gateway' : second;
}

/** Everything a file imports: statically, dynamically, by re-export and by `require`. */
function importsOf(path: string, text: string): readonly string[] {
  const { module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const fixed = module.staticImports.map(({ moduleRequest }) => moduleRequest.value);
  const again = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
  );
  const called = [...text.matchAll(/\b(?:import|require)\('([^']+)'\)/g)].map(([, name = '']) => name);
  return [...fixed, ...again, ...called];
}

function sourcesIn(folder: string): readonly Source[] {
  return readdirSync(rootPath(folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.split(sep).join('/')}`)
    .filter((path) => /\.(ts|js)$/.test(path) && !path.includes('/node_modules/'))
    .map((path) => {
      const text = readFileSync(rootPath(path), 'utf8');
      return { path, text, module: moduleOf(path), imports: importsOf(path, text) };
    });
}

const isTest = ({ path }: Source): boolean =>
  path.endsWith('.test.ts') || path.startsWith('gateway/test/') || path.includes('/simulator/test/');

const sources = [...sourcesIn('gateway'), ...sourcesIn('hardware'), ...sourcesIn('device-profiles')];
const product = sources.filter((source) => !isTest(source));

/** The file that a relative import means, from the top folder. */
const target = (from: string, request: string): string =>
  relative(rootPath('.'), resolve(dirname(rootPath(from)), request))
    .split(sep)
    .join('/');

test('imports run one way', () => {
  const wrong: string[] = [];
  let looked = 0;
  for (const { path, module, imports } of product) {
    if (module === 'gateway') continue;
    for (const request of imports.filter((name) => name.startsWith('.'))) {
      looked++;
      const to = moduleOf(target(path, request));
      if (to !== module && !mayImport[module]?.includes(to)) wrong.push(`${path} -> ${to}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(looked).toBeGreaterThan(300);
});

test('the import table itself has no circle', () => {
  const reach = (module: string, seen: readonly string[]): readonly string[] =>
    seen.includes(module)
      ? [[...seen, module].join(' -> ')]
      : (mayImport[module] ?? []).flatMap((next) => reach(next, [...seen, module]));
  const allowed = ['profiles', 'device-profiles'];
  const circles = Object.keys(mayImport).flatMap((module) => reach(module, []));
  expect(circles.filter((circle) => !allowed.every((name) => circle.includes(name)))).toEqual([]);
});

test('every relative import leads to a file', () => {
  const missing = sources.flatMap(({ path, imports }) =>
    imports
      .filter((name) => name.startsWith('.') && !existsSync(rootPath(target(path, name))))
      .map((name) => `${path}: ${name}`),
  );
  expect(missing).toEqual([]);
});

test('each run-time package has one home', () => {
  const wrong: string[] = [];
  const used = new Set<string>();
  for (const { path, imports } of product) {
    for (const request of imports) {
      if (request.startsWith('.') || (request.startsWith('node:') && !(request in homes))) continue;
      const name = request.startsWith('@') ? request.split('/').slice(0, 2).join('/') : (request.split('/')[0] ?? '');
      used.add(name);
      if (!homes[name]?.some((home) => path.startsWith(home))) wrong.push(`${path} imports ${name}`);
    }
  }
  expect(wrong).toEqual([]);
  expect([...used].toSorted()).toEqual(Object.keys(homes).toSorted());
});

test('every dependency of the package is used', () => {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(rootPath('package.json'), 'utf8')) as {
    dependencies: object;
    optionalDependencies: object;
  };
  const optional = Object.keys(optionalDependencies).filter((name) => !name.startsWith('node-'));
  expect(
    Object.keys(homes)
      .filter((name) => !name.startsWith('node:'))
      .toSorted(),
  ).toEqual([...Object.keys(dependencies), ...optional].toSorted());
});

test('pure folders know no clock, no file, no socket and no chance', () => {
  const inPure = product.filter(({ path }) => pure.some((folder) => path.startsWith(folder)));
  const wrong = inPure.flatMap(({ path, text, imports }) => [
    ...imports.filter((name) => name.startsWith('node:')).map((name) => `${path} imports ${name}`),
    ...(impurities.exec(withoutComments(text)) ?? []).slice(0, 1).map((word) => `${path} uses ${word}`),
  ]);
  expect(wrong).toEqual([]);
  expect(inPure.length).toBeGreaterThan(20);
});

test('it looked at every folder, and the README names them all', () => {
  const readme = readFileSync(rootPath('gateway/README.md'), 'utf8');
  const folders = readdirSync(rootPath('gateway'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = folders.map(({ name }) => name).filter((name) => !['docs', 'test'].includes(name));
  expect(names.filter((name) => !(name in mayImport))).toEqual([]);
  expect(names.filter((name) => !readme.includes(`\`${name}/\``))).toEqual([]);
  expect(names.filter((name) => !product.some(({ module }) => module === name))).toEqual([]);
  expect(product.length).toBeGreaterThan(120);
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/.*$/gm, '');
}
