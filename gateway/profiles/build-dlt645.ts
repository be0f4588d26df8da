import type { Dlt645Grammar } from './grammar.ts';
import type { WrittenDlt645 } from './written.ts';

/** The schema sees all that can be wrong with an item. */
export function buildDlt645({ kind, fields }: WrittenDlt645): Dlt645Grammar {
  return {
    kind,
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, { item, at = 0, bytes, signed = false }]) => [
        name,
        { item: item.toUpperCase(), at, bytes, isSigned: signed },
      ]),
    ),
  };
}
