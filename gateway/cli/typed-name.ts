/** How the reader starts us. Somebody who came by npx or `npm start` has no `lamppost` on the path. */
export function typedName(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const { npm_lifecycle_event: event, npm_lifecycle_script: script = '' } = env;
  return (event === 'npx' || event === 'start') && script.includes('lamppost') ? 'npx lamppost' : 'lamppost';
}

/** A line whose commands can be typed as they stand: `lamppost doctor` becomes `npx lamppost doctor` where it has to. */
export function asTyped(line: string, name = typedName()): string {
  return name === 'lamppost' ? line : line.replaceAll(/(?<=`|→ )lamppost(?= [a-z])/g, name);
}
