import type { Facts } from '../../commission/checks.ts';
import { examine, hasFailed } from '../../commission/doctor.ts';
import { loadConfig } from '../../config/load.ts';
import { dialMqtt } from '../../platform/mqtt-wire.ts';
import { systemWitness } from '../../platform/time-witness.ts';
import { failed, ok, type Context } from '../context.ts';
import { doctorLines, doctorSummary } from '../doctor-lines.ts';
import { glanceAt } from '../glance.ts';
import { bundledProfiles, configPath } from '../load-settings.ts';
import { paintFor } from '../paint.ts';
import { shortPath } from './config-check.ts';

/** Looks for what is wrong with this machine, the configuration and the ways out, whether or not the gateway runs. */
export async function doctor(context: Context): Promise<number> {
  const { language, isJson, out, say } = context;
  const examined = await examine(await factsOf(context));
  const isWell = !hasFailed(examined);
  if (isJson) {
    const findings = examined.flatMap((one) => one.findings);
    const told = findings.map(({ saw, mend, ...finding }) => ({
      ...finding,
      saw: saw[language],
      ...(mend ? { mend: mend[language] } : {}),
    }));
    out(JSON.stringify({ isWell, checks: told }));
  } else {
    const { columns } = process.stdout;
    for (const line of doctorLines(examined, { language, paint: paintFor(process.stdout), columns })) out(line);
    say(doctorSummary(examined, language));
  }
  return isWell ? ok : failed;
}

async function factsOf(context: Context): Promise<Facts> {
  const path = configPath(context);
  const { broker, gateway } = await glanceAt(context);
  const outside = { dial: dialMqtt, askWitness: systemWitness, broker, ...(gateway === undefined ? {} : { gateway }) };
  if (path === undefined) return outside;
  const config = await loadConfig(path, bundledProfiles());
  return { ...outside, file: shortPath(path), config, ...(config.ok ? { settings: config.settings } : {}) };
}
