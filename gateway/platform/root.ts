import { fileURLToPath } from 'node:url';

/** A path of this package, from its top folder, whether it runs as sources or as what tsc made of them. */
export function rootPath(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
