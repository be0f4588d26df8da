import { closest } from '../model/closest.ts';
import { same, type Words } from '../platform/problem.ts';
import { refuse, type Refused } from './refused.ts';

/**
 * Arithmetic over named numbers, as profiles write it: `(ratio * supply - 0.5) / 4 * fullScale`.
 * `+ - * /`, parentheses, minus before a value, decimal numbers, names; comparisons `< <= > >= == !=`, which are 1 when
 * they hold and 0 when not; `min(a, b, …)`, `max(a, b, …)`, `abs(a)`, `floor(a)`, `sqrt(a)`, `bit(a, n)`: bit n of a
 * whole number, and `if(condition, a, b)`. Nothing else: a profile is data and can never run code.
 */
export interface Formula {
  readonly text: string;
  /** Every name it uses, once each, in the order of their first use. */
  readonly names: readonly string[];
  readonly root: Expression;
}

type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'negative'; readonly of: Expression }
  | { readonly kind: 'binary'; readonly operator: Operator; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'call'; readonly call: FunctionName; readonly args: readonly Expression[] };

export type ParsedFormula = { readonly ok: true; readonly formula: Formula } | Refused;

const operators = {
  '+': (a: number, b: number): number => a + b,
  '-': (a: number, b: number): number => a - b,
  '*': (a: number, b: number): number => a * b,
  '/': (a: number, b: number): number => a / b,
  '<=': (a: number, b: number): number => Number(a <= b),
  '>=': (a: number, b: number): number => Number(a >= b),
  '<': (a: number, b: number): number => Number(a < b),
  '>': (a: number, b: number): number => Number(a > b),
  '==': (a: number, b: number): number => Number(a === b),
  '!=': (a: number, b: number): number => Number(a !== b),
};
const comparisons: readonly Operator[] = ['<=', '>=', '<', '>', '==', '!='];
type Operator = keyof typeof operators;

interface Function {
  /** Absent: one or more. */
  readonly takes?: number;
  readonly of: (values: readonly number[]) => number;
}

const functions = {
  min: { of: (values) => Math.min(...values) },
  max: { of: (values) => Math.max(...values) },
  abs: { takes: 1, of: ([value = Number.NaN]) => Math.abs(value) },
  floor: { takes: 1, of: ([value = Number.NaN]) => Math.floor(value) },
  sqrt: { takes: 1, of: ([value = Number.NaN]) => Math.sqrt(value) },
  bit: { takes: 2, of: ([value = Number.NaN, place = Number.NaN]) => Math.floor(value / 2 ** place) % 2 },
  if: {
    takes: 3,
    of: ([holds = Number.NaN, yes = Number.NaN, no = Number.NaN]) =>
      Number.isNaN(holds) ? Number.NaN : holds === 0 ? no : yes,
  },
} as const satisfies Record<string, Function>;
type FunctionName = keyof typeof functions;

/** Longest text and deepest nesting: far above any sensor, far below any harm. */
export const maxFormulaLength = 400;
export const maxFormulaDepth = 32;

/** Characters that input methods and data sheets put in place of ours. */
const lookAlikes: Readonly<Record<string, string>> = {
  '×': '*',
  '·': '*',
  '÷': '/',
  '−': '-',
  '–': '-',
  '（': '(',
  '）': ')',
  '，': ',',
  '。': '.',
};

/** Whether a text can stand in a formula as a name. */
export function isFormulaName(text: string): boolean {
  return /^[A-Za-z]\w{0,63}$/.test(text) && !isFunction(text);
}

const isFunction = (name: string): name is FunctionName => Object.hasOwn(functions, name);

/** The formula that is one name: what a channel takes when it says nothing else. */
export function nameAsFormula(name: string): Formula {
  return { text: name, names: [name], root: { kind: 'name', name } };
}

/** Reads a formula; a text that is not one comes back with the place and the reason. */
export function parseFormula(text: string): ParsedFormula {
  if (text.length > maxFormulaLength) {
    return refuse(maxFormulaLength, {
      en: `the formula is longer than ${maxFormulaLength} characters`,
      zh: `公式超过 ${maxFormulaLength} 个字符`,
    });
  }
  const parser = new Parser(text);
  const root = parser.whole();
  return root ? { ok: true, formula: { text, names: [...parser.names], root } } : parser.refusal;
}

/**
 * The value of a formula, or `undefined` when there is none: a name without a value, a division by zero, a result
 * beyond what a double can hold.
 */
export function evaluate(formula: Formula, valueOf: (name: string) => number | undefined): number | undefined {
  const result = valueIn(formula.root, valueOf);
  return Number.isFinite(result) ? result : undefined;
}

/** NaN where there is no value; an overflow becomes NaN at once, so that no later division hides it. */
function valueIn(expression: Expression, valueOf: (name: string) => number | undefined): number {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'name':
      return valueOf(expression.name) ?? Number.NaN;
    case 'negative':
      return -valueIn(expression.of, valueOf);
    case 'binary': {
      const [left, right] = [valueIn(expression.left, valueOf), valueIn(expression.right, valueOf)];
      if (Number.isNaN(left) || Number.isNaN(right)) return Number.NaN;
      const result = operators[expression.operator](left, right);
      return Number.isFinite(result) ? result : Number.NaN;
    }
    case 'call':
      return functions[expression.call].of(expression.args.map((arg) => valueIn(arg, valueOf)));
  }
}

type Token =
  | { readonly kind: 'number' | 'name' | 'sign'; readonly text: string; readonly at: number }
  | { readonly kind: 'end'; readonly text: ''; readonly at: number };

const tokenPattern = /\s*(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z]\w*)|([<>=!]=|.))/suy;

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const source = text.trimEnd();
  tokenPattern.lastIndex = 0;
  for (let match = tokenPattern.exec(source); match; match = tokenPattern.exec(source)) {
    const [, number, name, sign = ''] = match;
    const word = number ?? name ?? sign;
    const kind = number === undefined ? (name === undefined ? 'sign' : 'name') : 'number';
    tokens.push({ kind, text: word, at: match.index + match[0].length - word.length });
  }
  return [...tokens, { kind: 'end', text: '', at: source.length }];
}

/** Recursive descent. Each step gives an expression, or `undefined` after it noted why not. */
class Parser {
  readonly names = new Set<string>();
  refusal: Refused = refuse(0, { en: 'the formula is empty', zh: '公式为空' });
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  whole(): Expression | undefined {
    if (this.#token().kind === 'end') return undefined;
    const comparison = this.#comparison();
    return comparison && this.#token().kind !== 'end' ? this.#unexpected() : comparison;
  }

  #token(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', at: 0 };
  }

  #take(sign: string): boolean {
    if (this.#token().kind !== 'sign' || this.#token().text !== sign) return false;
    this.#next++;
    return true;
  }

  /** One comparison at most: `a < b < c` means something else to people than to programs. */
  #comparison(): Expression | undefined {
    const left = this.#sum();
    const operator = left && comparisons.find((sign) => this.#take(sign));
    if (!operator) return left;
    const right = this.#sum();
    return right && { kind: 'binary', operator, left, right };
  }

  #sum(): Expression | undefined {
    return this.#chain(['+', '-'], () => this.#product());
  }

  #product(): Expression | undefined {
    return this.#chain(['*', '/'], () => this.#value());
  }

  /** `a + b - c`, from left to right. */
  #chain(signs: readonly Operator[], part: () => Expression | undefined): Expression | undefined {
    let left = part();
    while (left) {
      const operator = signs.find((sign) => this.#take(sign));
      if (!operator) return left;
      const right = part();
      left = right && { kind: 'binary', operator, left, right };
    }
    return undefined;
  }

  #value(): Expression | undefined {
    const { kind, text, at } = this.#token();
    if (kind === 'number') {
      this.#next++;
      return { kind: 'number', value: Number(text) };
    }
    if (kind === 'name') {
      this.#next++;
      return this.#take('(') ? this.#call(text, at) : this.#name(text, at);
    }
    if (this.#take('-')) return this.#nested(at, () => negativeOf(this.#value()));
    if (this.#take('(')) return this.#nested(at, () => this.#inParentheses());
    return this.#unexpected();
  }

  #name(name: string, at: number): Expression | undefined {
    if (isFunction(name)) {
      return this.#refuse(at, { en: `\`${name}\` needs parentheses`, zh: `\`${name}\` 后须有括号` });
    }
    this.names.add(name);
    return { kind: 'name', name };
  }

  #call(name: string, at: number): Expression | undefined {
    if (!isFunction(name)) {
      const known = Object.keys(functions);
      const meant = closest(name, known);
      return this.#refuse(
        at,
        { en: `there is no function \`${name}\``, zh: `没有函数 \`${name}\`` },
        same(meant ?? known.join(', ')),
      );
    }
    return this.#nested(at, () => {
      const args: Expression[] = [];
      do {
        const arg = this.#comparison();
        if (!arg) return undefined;
        args.push(arg);
      } while (this.#take(','));
      if (!this.#take(')')) return this.#unexpected();
      const { takes }: Function = functions[name];
      if (takes === undefined || takes === args.length) return { kind: 'call', call: name, args };
      const values = takes === 1 ? 'one value' : `${takes} values`;
      return this.#refuse(at, { en: `\`${name}\` takes ${values}`, zh: `\`${name}\` 须有 ${takes} 个参数` });
    });
  }

  #inParentheses(): Expression | undefined {
    const inner = this.#comparison();
    if (!inner) return undefined;
    return this.#take(')') ? inner : this.#unexpected();
  }

  #nested(at: number, part: () => Expression | undefined): Expression | undefined {
    if (this.#depth >= maxFormulaDepth) {
      return this.#refuse(at, { en: 'the formula is nested too deeply', zh: '公式嵌套过深' });
    }
    this.#depth++;
    const result = part();
    this.#depth--;
    return result;
  }

  #unexpected(): undefined {
    const { kind, text, at } = this.#token();
    if (kind === 'end') return this.#refuse(at, { en: 'the formula ends too early', zh: '公式不完整' });
    const meant = lookAlikes[text];
    return this.#refuse(
      at,
      { en: `\`${text}\` is not expected here`, zh: `此处不应出现 \`${text}\`` },
      meant === undefined ? undefined : { en: `write \`${meant}\``, zh: `请改写为 \`${meant}\`` },
    );
  }

  #refuse(offset: number, what: Words, hint?: Words): undefined {
    this.refusal = refuse(offset, what, hint);
    return undefined;
  }
}

function negativeOf(expression: Expression | undefined): Expression | undefined {
  return expression && { kind: 'negative', of: expression };
}
