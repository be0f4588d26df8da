import { afterEach, expect, test } from 'vitest';
import { GatewayError } from '../model/errors.ts';
import { metricsText } from './metrics.ts';
import { WebServer, type WebOptions } from './server.ts';

let web: WebServer | undefined;
afterEach(async () => web?.close());

async function start(options: Partial<WebOptions> = {}): Promise<string> {
  web = await WebServer.listen({
    host: '127.0.0.1',
    port: 0,
    health: () => ({ isHealthy: true, troubles: [] }),
    metrics: () => [{ name: 'lamppost_up', help: 'it runs', type: 'gauge', samples: [{ value: 1 }] }],
    ...options,
  });
  return `http://127.0.0.1:${web.port}`;
}

test('says that it is well, or what is wrong with a status that watchdogs understand', async () => {
  let isHealthy = true;
  const url = await start({ health: () => ({ isHealthy, troubles: isHealthy ? [] : ['the disk fails'] }) });
  const well = await fetch(`${url}/healthz`);
  expect([well.status, await well.json()]).toEqual([200, { ok: true, troubles: [] }]);
  isHealthy = false;
  const ill = await fetch(`${url}/healthz`);
  expect([ill.status, await ill.json()]).toEqual([503, { ok: false, troubles: ['the disk fails'] }]);
});

test('gives figures in the Prometheus text format', async () => {
  const url = await start();
  const answer = await fetch(`${url}/metrics`);
  expect(answer.headers.get('content-type')).toContain('version=0.0.4');
  expect(await answer.text()).toBe('# HELP lamppost_up it runs\n# TYPE lamppost_up gauge\nlamppost_up 1\n');
});

test('labels keep quotes, backslashes and line ends', () => {
  const samples = [{ labels: { a: 'x"y\\z\n' }, value: 2 }];
  expect(metricsText([{ name: 'm', help: 'h', type: 'counter', samples }])).toContain('m{a="x\\"y\\\\z\\n"} 2');
});

test('answers nothing else, and takes nothing', async () => {
  const url = await start();
  expect((await fetch(`${url}/../etc/passwd`)).status).toBe(404);
  expect((await fetch(`${url}/healthz`, { method: 'POST', body: 'x' })).status).toBe(405);
});

test('a taken port is said with who holds it', async () => {
  const url = await start();
  const port = Number(new URL(url).port);
  const second = WebServer.listen({
    host: '127.0.0.1',
    port,
    health: () => ({ isHealthy: true, troubles: [] }),
    metrics: () => [],
  });
  await expect(second).rejects.toThrow(GatewayError);
  await expect(second).rejects.toThrow(`process ${process.pid}`);
});
