/** Topic filters of MQTT 3.1.1, 4.7: `+` stands for one level, `#` for the rest and the level above it. */

const slash = '/'.charCodeAt(0);
const plus = '+'.charCodeAt(0);
const hash = '#'.charCodeAt(0);

export const hasWildcard = (filter: string): boolean => filter.includes('+') || filter.includes('#');

/** Whether a text may be subscribed to: a wildcard fills its level, and `#` comes last (4.7.1). */
export function isFilter(text: string): boolean {
  const levels = text.split('/');
  return (
    text !== '' &&
    levels.every(
      (level, index) => level === '+' || (level === '#' && index === levels.length - 1) || !hasWildcard(level),
    )
  );
}

/** Whether a message on `topic` belongs to `filter`. Wildcards do not reach topics that begin with `$` (4.7.2). */
export function filterMatches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && !filter.startsWith('$')) return false;
  let at = 0;
  let seen = 0;
  for (;;) {
    const first = filter.charCodeAt(at);
    if (first === hash) return true;
    if (first === plus) {
      at++;
      while (seen < topic.length && topic.charCodeAt(seen) !== slash) seen++;
    } else {
      for (; at < filter.length && filter.charCodeAt(at) !== slash; at++, seen++)
        if (filter.charCodeAt(at) !== topic.charCodeAt(seen)) return false;
    }
    if (at === filter.length) return seen === topic.length;
    if (seen === topic.length) return filter.charCodeAt(at + 1) === hash;
    if (topic.charCodeAt(seen) !== slash) return false;
    at++;
    seen++;
  }
}

/** Whether there can be a topic that belongs to both filters. */
export function filtersOverlap(one: string, other: string): boolean {
  if (one.startsWith('$') !== other.startsWith('$')) return false;
  const [left, right] = [one.split('/'), other.split('/')];
  for (let index = 0; ; index++) {
    const [a, b] = [left[index], right[index]];
    if (a === '#' || b === '#') return true;
    if (a === undefined || b === undefined) return a === b;
    if (a !== b && a !== '+' && b !== '+') return false;
  }
}

interface Node<T> {
  readonly below: Map<string, Node<T>>;
  readonly values: Map<string, T>;
}

const newNode = <T>(): Node<T> => ({ below: new Map(), values: new Map() });

/** Filters with values, arranged so that the ones a topic belongs to are found without looking at all. */
export class FilterTree<T> {
  readonly #root = newNode<T>();

  /** Sets the value that `owner` has at `filter`. */
  set(filter: string, owner: string, value: T): void {
    let node = this.#root;
    for (const level of filter.split('/')) {
      let next = node.below.get(level);
      if (!next) {
        next = newNode();
        node.below.set(level, next);
      }
      node = next;
    }
    node.values.set(owner, value);
  }

  delete(filter: string, owner: string): void {
    const path: [Node<T>, string][] = [];
    let node: Node<T> | undefined = this.#root;
    for (const level of filter.split('/')) {
      if (!node) return;
      path.push([node, level]);
      node = node.below.get(level);
    }
    node?.values.delete(owner);
    for (const [parent, level] of path.toReversed()) {
      const child = parent.below.get(level);
      if (child && child.values.size === 0 && child.below.size === 0) parent.below.delete(level);
    }
  }

  match(topic: string): T[] {
    const found: T[] = [];
    if (this.#root.below.size > 0) collect(this.#root, topic.split('/'), 0, found);
    return found;
  }
}

function collect<T>(node: Node<T>, levels: readonly string[], depth: number, found: T[]): void {
  const reachesWildcards = depth > 0 || !levels[0]?.startsWith('$');
  if (reachesWildcards) found.push(...(node.below.get('#')?.values.values() ?? []));
  const level = levels[depth];
  if (level === undefined) {
    found.push(...node.values.values());
    return;
  }
  const same = node.below.get(level);
  if (same) collect(same, levels, depth + 1, found);
  const any = reachesWildcards ? node.below.get('+') : undefined;
  if (any) collect(any, levels, depth + 1, found);
}
