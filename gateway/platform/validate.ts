import { Ajv2020, type AnySchemaObject, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { didYouMean, pointerTo, same, shown, unknownKey, type Problem, type Words } from './problem.ts';

/** Everything that is wrong with a document, in plain words; empty when it follows the schema. */
export type Validate = (data: unknown) => readonly Problem[];

/**
 * Makes a check from a JSON Schema (2020-12). Compiled at the first use.
 *
 * For good words a schema has a `description` at each property (it becomes the hint), unions either carry
 * `discriminator` or are `anyOf` whose branches differ clearly (the branch with the fewest problems is explained), and
 * objects say `additionalProperties: false`.
 */
export function compileSchema(schema: AnySchemaObject): Validate {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    discriminator: true,
    // Compiling is a part of every start. What it would find wrong with our own schemas, their tests find.
    strict: false,
    meta: false,
    validateSchema: false,
    inlineRefs: false,
    code: { optimize: false },
  });
  const definitions: unknown = schema['$defs'] ?? {};
  const compiled = new WeakMap<AnySchemaObject, ValidateFunction>();
  const check: CheckPart = (part, data) => {
    const validate = compiled.get(part) ?? ajv.compile(part === schema ? schema : { $defs: definitions, ...part });
    compiled.set(part, validate);
    return validate(data) ? [] : explained(validate.errors ?? [], check);
  };
  return (data) => check(schema, data);
}

/** Makes a check that only says yes or no, for the hot path: compiled at once, and as fast as ajv can. */
export function compileTest(schema: AnySchemaObject): (data: unknown) => boolean {
  const validate = new Ajv2020({ strict: false, meta: false, validateSchema: false }).compile(schema);
  return (data) => validate(data) === true;
}

/** Checks a value against the schema or one branch of a union in it. */
type CheckPart = (part: AnySchemaObject, data: unknown) => readonly Problem[];

/** A union reports each branch that does not fit; we keep the branch that was meant. */
function explained(errors: readonly ErrorObject[], check: CheckPart): readonly Problem[] {
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const inUnion = (error: ErrorObject): boolean =>
    unions.some(({ instancePath: path }) => error.instancePath === path || error.instancePath.startsWith(`${path}/`));
  return [
    ...errors.filter((error) => !inUnion(error)).flatMap(problemOf),
    ...outermost(unions).flatMap((union) => unionProblems(union, check)),
  ];
}

function outermost(unions: readonly ErrorObject[]): readonly ErrorObject[] {
  return unions.filter(
    (union, index) =>
      !unions.some(
        (other, position) =>
          union.instancePath.startsWith(`${other.instancePath}/`) ||
          (other.instancePath === union.instancePath && position > index),
      ),
  );
}

function unionProblems(union: ErrorObject, check: CheckPart): readonly Problem[] {
  const schemas = union.schema as readonly AnySchemaObject[];
  const strange = strangeKeys(union.data, schemas);
  if (strange.length > 0)
    return strange.map((key) => unknownKey(union.instancePath, key, [...new Set(schemas.flatMap(keysOf))]));
  const branches = schemas.map((branch) => check(branch, union.data));
  const fitting = branches.filter(
    (problems) => !problems.some(({ pointer, part }) => pointer === '' && part === 'value'),
  );
  const [best] = fitting.toSorted((a, b) => a.length - b.length);
  // An empty group is as near to one branch as to another.
  const isEmpty = isObject(union.data) && Object.keys(union.data).length === 0;
  if (best && best.length > 0 && !isEmpty)
    return best.map((problem) => ({ ...problem, pointer: union.instancePath + problem.pointer }));
  return [
    {
      pointer: union.instancePath,
      part: 'value',
      what: {
        en: `${shown(union.data)} has none of the forms that are allowed here`,
        zh: `${shown(union.data)} 不符合此处允许的任何形式`,
      },
      ...hintFrom(describing(union)),
    },
  ];
}

/** The keys of a group that has none of any branch: nobody can tell which one was meant. */
function strangeKeys(data: unknown, branches: readonly AnySchemaObject[]): readonly string[] {
  const areAllKnown = branches.every((branch) => branch['type'] !== 'object' || keysOf(branch).length > 0);
  if (!isObject(data) || !areAllKnown || branches.some((branch) => '$ref' in branch)) return [];
  const known = new Set(branches.flatMap(keysOf));
  const keys = Object.keys(data);
  return known.size === 0 || keys.some((key) => known.has(key)) ? [] : keys;
}

/** The errors inside these tell more than they do. */
const silent: ReadonlySet<string> = new Set(['if', 'propertyNames']);

function problemOf(error: ErrorObject): readonly Problem[] {
  if (silent.has(error.keyword)) return [];
  if (error.propertyName === undefined) return [explain(error)];
  return [{ ...explain(error), pointer: error.instancePath + pointerTo(error.propertyName), part: 'key' }];
}

const problemAt = (error: ErrorObject, what: Words, hint: { readonly hint?: Words } = {}): Problem => ({
  pointer: error.instancePath,
  part: 'value',
  what,
  ...hint,
});

const typeNames: Readonly<Record<string, Words>> = {
  string: { en: 'a text', zh: '文字' },
  number: { en: 'a number', zh: '数字' },
  integer: { en: 'a whole number', zh: '整数' },
  boolean: { en: 'true or false', zh: 'true 或 false' },
  object: { en: 'a group of `key: value`', zh: '一组“键: 值”' },
  array: { en: 'a list', zh: '列表' },
  null: { en: 'nothing', zh: '空' },
};

/** Which way a comparison failed, and what was compared. */
const bounds: Readonly<Record<string, readonly [limit: Words, unit: keyof typeof counted]>> = {
  minimum: [{ en: 'at least', zh: '不得小于' }, 'value'],
  maximum: [{ en: 'at most', zh: '不得大于' }, 'value'],
  exclusiveMinimum: [{ en: 'more than', zh: '必须大于' }, 'value'],
  exclusiveMaximum: [{ en: 'less than', zh: '必须小于' }, 'value'],
  minLength: [{ en: 'at least', zh: '至少' }, 'characters'],
  maxLength: [{ en: 'at most', zh: '至多' }, 'characters'],
  minItems: [{ en: 'at least', zh: '至少' }, 'entries'],
  maxItems: [{ en: 'at most', zh: '至多' }, 'entries'],
  minProperties: [{ en: 'at least', zh: '至少' }, 'keys'],
  maxProperties: [{ en: 'at most', zh: '至多' }, 'keys'],
};

/** What a bound is about, and how many there are in the value. */
const counted = {
  value: { words: undefined, count: (data: unknown) => data },
  characters: { words: { en: 'characters', zh: '个字符' }, count: (data: unknown) => Array.from(String(data)).length },
  entries: {
    words: { en: 'entries', zh: '个条目' },
    count: (data: unknown) => (Array.isArray(data) ? data.length : 0),
  },
  keys: { words: { en: 'keys', zh: '个键' }, count: (data: unknown) => Object.keys(isObject(data) ? data : {}).length },
};

function explain(error: ErrorObject): Problem {
  const params: Readonly<Record<string, unknown>> = error.params;
  if (Object.hasOwn(bounds, error.keyword)) return outOfBound(error, String(params['limit']));
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(error.instancePath, String(params['additionalProperty']), keysOf(error.parentSchema));
    case 'unevaluatedProperties':
      return unknownKey(error.instancePath, String(params['unevaluatedProperty']), keysOf(error.parentSchema));
    case 'required':
    case 'dependentRequired':
      return missingKey(error, String(params['missingProperty']));
    case 'type':
      return wrongType(error);
    case 'enum':
      return notAllowed(error, error.data, error.schema as readonly unknown[]);
    case 'const':
      return notAllowed(error, error.data, [error.schema]);
    case 'discriminator':
      return wrongKind(error, String(params['tag']));
    case 'pattern':
      return badlyWritten(error);
    case 'uniqueItems':
      return problemAt(error, { en: 'an entry of this list is there twice', zh: '列表中有重复的条目' });
    default:
      return problemAt(error, same(error.message ?? error.keyword), hintFrom(describing(error)));
  }
}

function outOfBound(error: ErrorObject, limit: string): Problem {
  const [than, unit] = bounds[error.keyword] ?? [same(error.keyword), 'value'];
  const { words, count } = counted[unit];
  const found = shown(count(error.data));
  const what = words
    ? {
        en: `there are ${found} ${words.en} here, but there must be ${than.en} ${limit}`,
        zh: `此处有 ${found} ${words.zh}，${than.zh}须有 ${limit} ${words.zh}`,
      }
    : { en: `${found} must be ${than.en} ${limit}`, zh: `${found} ${than.zh} ${limit}` };
  return problemAt(error, what, hintFrom(describing(error)));
}

function badlyWritten(error: ErrorObject): Problem {
  const text = shown(error.propertyName ?? error.data);
  const what = { en: `${text} is not written as it should be`, zh: `${text} 的写法不正确` };
  return problemAt(error, what, hintFrom(describing(error) ?? `it must match ${String(error.schema)}`));
}

function missingKey(error: ErrorObject, key: string): Problem {
  const what = { en: `\`${key}\` is missing`, zh: `缺少 \`${key}\`` };
  const hint = hintFrom(descriptionOf(propertiesOf(error.parentSchema)[key]));
  return { ...problemAt(error, what, hint), part: 'key' };
}

function wrongType(error: ErrorObject): Problem {
  const wanted = [error.schema].flat().map((type) => typeNames[String(type)] ?? same(String(type)));
  const what = {
    en: `${shown(error.data)} is not ${wanted.map(({ en }) => en).join(' or ')}`,
    zh: `${shown(error.data)} 不是${wanted.map(({ zh }) => zh).join('或')}`,
  };
  return problemAt(error, what, slipOf(error) ?? hintFrom(describing(error)));
}

/** Slips of the keyboard that turn a value into another type. */
function slipOf(error: ErrorObject): { readonly hint: Words } | undefined {
  const { data, schema } = error;
  const wanted: readonly unknown[] = [schema].flat();
  const [, example] = /such as (\d+ ?(?!or\b)[A-Za-z]+)/.exec(describing(error) ?? '') ?? [];
  if (typeof data === 'number' && example !== undefined) {
    return { hint: { en: `write it with its unit, such as ${example}`, zh: `请带上单位，例如 ${example}` } };
  }
  if (typeof data === 'string' && wanted.includes('integer') && /^\d+$/.test(data)) {
    return { hint: { en: `write it without quotes: ${data}`, zh: `请去掉引号：${data}` } };
  }
  if (wanted.includes('array')) return { hint: { en: 'begin each entry with `- `', zh: '每个条目以 `- ` 开头' } };
  if (wanted.includes('string') && (typeof data === 'number' || typeof data === 'boolean')) {
    return { hint: { en: `put it in quotes: '${data}'`, zh: `请加引号：'${data}'` } };
  }
  if (!wanted.includes('object') || typeof data !== 'string') return undefined;
  if (data.includes('：')) return { hint: { en: 'type the colon in half-width, `: `', zh: '请使用半角冒号加空格' } };
  return /^\w+:\S/.test(data) ? { hint: { en: 'put a space after the colon', zh: '冒号后请加空格' } } : undefined;
}

function notAllowed(error: ErrorObject, value: unknown, allowed: readonly unknown[]): Problem {
  const words = allowed.map((choice) => (typeof choice === 'string' ? choice : shown(choice)));
  const list = words.join(', ');
  const hint =
    (typeof value === 'string' ? didYouMean(value, words) : undefined) ??
    (words.length <= 30 ? { en: `allowed: ${list}`, zh: `允许的值：${list}` } : undefined);
  const what = { en: `${shown(value)} is not known here`, zh: `不认识 ${shown(value)}` };
  return problemAt(error, what, hint ? { hint } : hintFrom(describing(error)));
}

/** A union is told apart by one key, its tag. */
function wrongKind(error: ErrorObject, tag: string): Problem {
  const branches: unknown = error.parentSchema?.['oneOf'];
  const kinds = (Array.isArray(branches) ? branches : []).map((branch) => constOf(propertiesOf(branch)[tag]));
  const value: unknown = isObject(error.data) ? error.data[tag] : undefined;
  if (value !== undefined) {
    return { ...notAllowed(error, value, kinds), pointer: error.instancePath + pointerTo(tag) };
  }
  const list = kinds.join(', ');
  const what = { en: `\`${tag}\` is missing`, zh: `缺少 \`${tag}\`` };
  return { ...problemAt(error, what, { hint: { en: `one of ${list}`, zh: `可选：${list}` } }), part: 'key' };
}

const constOf = (schema: unknown): unknown => (isObject(schema) ? schema['const'] : undefined);

function propertiesOf(schema: unknown): Readonly<Record<string, unknown>> {
  const properties: unknown = isObject(schema) ? schema['properties'] : undefined;
  return isObject(properties) ? properties : {};
}

function keysOf(schema: unknown): readonly string[] {
  return Object.keys(propertiesOf(schema));
}

function descriptionOf(schema: unknown): string | undefined {
  const description: unknown = isObject(schema) ? schema['description'] : undefined;
  return typeof description === 'string' ? description : undefined;
}

const describing = (error: ErrorObject): string | undefined => descriptionOf(error.parentSchema);

/** A schema's description says what belongs there; it exists in English only. */
function hintFrom(description: string | undefined): { readonly hint?: Words } {
  return description === undefined ? {} : { hint: same(description) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
