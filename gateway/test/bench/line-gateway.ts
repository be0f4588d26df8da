import { loadConfig } from '../../config/load.ts';
import { startGateway } from '../../gateway.ts';
import { createLog, logLine } from '../../platform/log.ts';
import { systemPlatform } from '../../platform/platform.ts';
import { openProfiles } from '../../profiles/load.ts';

/** The whole gateway, started from a configuration with profiles of the bench; `lamppost run` knows the bundled ones only. */

const [, , config = '', profiles = ''] = process.argv;
const loaded = await loadConfig(config, openProfiles(profiles));
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, undefined, 2));
const log = createLog((event) => process.stderr.write(`${logLine(event)}\n`), Date.now, 'warn');
const gateway = await startGateway({ settings: loaded.settings, platform: systemPlatform(log) });
process.on('disconnect', () => void gateway.stop().then(() => process.exit(0)));
process.send?.(gateway.view().broker.port);
