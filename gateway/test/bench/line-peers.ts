import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Mosquitto } from '../mosquitto.ts';
import { endChild } from './load.ts';
import { childrenOf } from './measure.ts';

/** What carries lines to MQTT: processes whose CPU time counts, and a broker. */
export interface LineStack extends AsyncDisposable {
  readonly mqttPort: number;
  readonly filter: string;
  pids(): readonly number[];
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Our gateway with a configuration; its journal is in a temporary directory on the disk. */
export async function startGatewayStack(config: string): Promise<LineStack> {
  const directory = await mkdtemp(join(tmpdir(), 'lamppost-bench-'));
  const file = join(directory, 'lamppost.yaml');
  await writeFile(file, config);
  const child = fork(here('line-gateway.ts'), [file, here('profiles')]);
  const failed = once(child, 'exit').then(async () => {
    await rm(directory, { recursive: true, force: true });
    throw new Error('the gateway did not start');
  });
  const [mqttPort] = (await Promise.race([once(child, 'message'), failed])) as [number];
  const { pid = 0 } = child;
  return {
    mqttPort,
    filter: 'lamppost/1/lp-bench/reading/#',
    pids: () => [pid, ...childrenOf(pid)],
    [Symbol.asyncDispose]: async () => {
      await endChild(child, () => child.disconnect());
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What an integrator draws: TCP in → check and name the value → MQTT out. */
const nodeRedFunction = `
const value = Number(msg.payload.slice(1));
if (!(value >= -40 && value <= 85)) return null;
const seq = (context.get('seq') || 0) + 1;
context.set('seq', seq);
return { topic: 'city/reading/line-0/temperature', payload: { id: 'gw-' + seq, device: 'line-0', channel: 'temperature',
  quantity: 'air_temperature', value, unit: 'Cel', quality: 'good', at: Date.now() } };`;

const nodeRedFlow = (tcpPort: number, mqttPort: number, qos: number): unknown => [
  { id: 'tab', type: 'tab', label: 'bench' },
  {
    id: 'in',
    type: 'tcp in',
    z: 'tab',
    server: 'client',
    host: '127.0.0.1',
    port: String(tcpPort),
    datamode: 'stream',
    datatype: 'utf8',
    newline: '\\n',
    trim: true,
    wires: [['check']],
  },
  { id: 'check', type: 'function', z: 'tab', func: nodeRedFunction, outputs: 1, libs: [], wires: [['out']] },
  { id: 'out', type: 'mqtt out', z: 'tab', qos: String(qos), retain: 'false', broker: 'broker', wires: [] },
  {
    id: 'broker',
    type: 'mqtt-broker',
    broker: '127.0.0.1',
    port: String(mqttPort),
    autoConnect: true,
    protocolVersion: '4',
    keepalive: '60',
    cleansession: true,
  },
];

/** Node-RED without its editor, from a folder where it was installed, and mosquitto. */
export async function startNodeRedStack(folder: string, tcpPort: number, qos: number): Promise<LineStack> {
  const mosquitto = await Mosquitto.start();
  const directory = await mkdtemp(join(tmpdir(), 'lamppost-node-red-'));
  const flow = JSON.stringify(nodeRedFlow(tcpPort, mosquitto.port, qos));
  const settings = `module.exports = { httpAdminRoot: false, httpNodeRoot: false, uiHost: '127.0.0.1', uiPort: 0,
    flowFile: 'flows.json', credentialSecret: false, logging: { console: { level: 'warn' } } };`;
  await writeFile(join(directory, 'flows.json'), flow);
  await writeFile(join(directory, 'settings.js'), settings);
  const script = join(folder, 'node_modules/node-red/red.js');
  const child = spawn(process.execPath, [script, '-u', directory], { stdio: 'ignore' });
  await wait(3000); // it says nothing when its flows run; the load waits for its line
  return {
    mqttPort: mosquitto.port,
    filter: 'city/reading/#',
    pids: () => [child.pid ?? 0, mosquitto.pid],
    [Symbol.asyncDispose]: async () => {
      await endChild(child, () => child.kill('SIGTERM'));
      await mosquitto.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
