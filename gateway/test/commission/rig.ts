import type { Link } from '../../field/transports/link.ts';
import { lineText } from '../../commission/capture.ts';
import { checkProfile } from '../../profiles/check.ts';
import type { LineSettings } from '../../profiles/connect.ts';
import type { Profile } from '../../profiles/profile.ts';
import { ScriptedLink } from '../fakes/scripted-link.ts';

/** A profile of frames `FF high low sum8`, as several makers have it, each with a meaning of its own. */
export function levelProfile(
  id: string,
  { unit = 'mm', line = '9600 8N1', quantity = 'water_distance' } = {},
): Profile {
  const checked = checkProfile(`
profile: ${id}
name: { en: ${id}, zh: ${id} }
sources: [made for a test]
wiring: [{ en: none, zh: 无 }]
connect: { kind: serial, line: ${line} }
decode:
  kind: frame
  header: FF
  length: 4
  checksum: { kind: sum8, first: 0, last: 2, at: 3 }
  fields: { range: { at: 1, type: u16be } }
every: { default: 10s, min: 1s }
channels:
  reading: { quantity: ${quantity}, value: range, unit: ${unit} }
examples:
  - { name: far, bytes: FF 0B B8 C2, readings: [] }
  - { name: a wrong checksum is no reading, bytes: FF 07 A1 A8, readings: [] }
`);
  if (checked.ok) return checked.profile;
  throw new Error(JSON.stringify(checked.problems));
}

/** A port whose device talks at one line setting, and sends noise at all others. */
export function portAt(line: string, hear: (link: ScriptedLink) => void, noise?: (link: ScriptedLink) => void) {
  const opened: string[] = [];
  const links: ScriptedLink[] = [];
  const open = async (settings: LineSettings): Promise<Link> => {
    const link = new ScriptedLink();
    opened.push(lineText(settings));
    links.push(link);
    setImmediate(() => (lineText(settings) === line ? hear(link) : noise?.(link)));
    return link;
  };
  return { open, opened, links };
}
