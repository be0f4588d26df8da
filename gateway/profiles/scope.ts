import { didYouMean } from '../platform/problem.ts';
import { isFormulaName, nameAsFormula, parseFormula, type Formula } from './formula.ts';
import type { Report } from './report.ts';

/** The names that formulas may use, in the order in which they come to be known, and which of them were used. */
export class Scope {
  readonly #names = new Set<string>();
  /** What stands behind a derived name. */
  readonly #behind = new Map<string, Formula>();
  readonly #used = new Set<string>();
  #hasUnread = false;

  /** Makes a name known; a name is given once. */
  add(name: string, report: Report): void {
    if (!isFormulaName(name)) {
      report({ at: [], what: { en: `\`${name}\` cannot be used in formulas`, zh: `\`${name}\` 不能用于公式` } });
    } else if (this.#names.has(name)) {
      report({
        at: [],
        what: { en: `the name \`${name}\` is taken already`, zh: `名称 \`${name}\` 已被占用` },
        hint: {
          en: 'fields, settings and derived values share their names; choose another',
          zh: '字段、设置和中间量不能重名，请另选名称',
        },
      });
    }
    this.#names.add(name);
  }

  /** Makes a name known that stands for a formula. */
  addDerived(name: string, formula: Formula, report: Report): void {
    this.add(name, report);
    this.#behind.set(name, formula);
  }

  /** The given names that a formula needs, itself or through derived ones. */
  needsOf({ names }: Formula): readonly string[] {
    const given = names.flatMap((name) => {
      const behind = this.#behind.get(name);
      return behind ? this.needsOf(behind) : [name];
    });
    return [...new Set(given)];
  }

  /** Whether a formula uses the name, or may do so: one that could not be read says nothing. */
  isUsed(name: string): boolean {
    return this.#hasUnread || this.#used.has(name);
  }

  /** Reads a formula and checks that it uses known names only. */
  formula(text: string, report: Report): Formula {
    const parsed = parseFormula(text);
    if (!parsed.ok) {
      this.#hasUnread = true;
      report({ at: [], offset: parsed.offset, what: parsed.what, hint: parsed.hint });
      return nameAsFormula(text);
    }
    for (const name of parsed.formula.names) {
      this.#used.add(name);
      if (!this.#names.has(name)) this.#reportUnknown(name, text, report);
    }
    return parsed.formula;
  }

  #reportUnknown(name: string, text: string, report: Report): void {
    const known = [...this.#names];
    const list = known.join(', ');
    report({
      at: [],
      offset: text.search(new RegExp(`\\b${name}\\b`)),
      what: { en: `there is no \`${name}\` at this point`, zh: `此处没有 \`${name}\`` },
      hint: didYouMean(name, known) ?? { en: `known: ${list}`, zh: `可用名称：${list}` },
    });
  }
}
