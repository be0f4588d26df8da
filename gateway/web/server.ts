import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenError } from '../platform/ports.ts';
import { metricsText, type Metric } from './metrics.ts';

export interface Health {
  readonly isHealthy: boolean;
  /** What is wrong, in words; empty when all is well. */
  readonly troubles: readonly string[];
}

export interface WebOptions {
  readonly host: string;
  readonly port: number;
  readonly health: () => Health;
  readonly metrics: () => readonly Metric[];
}

const names = {
  what: { en: 'The health page', zh: '健康检查页' },
  setting: { en: 'web.port in lamppost.yaml', zh: 'lamppost.yaml 中的 web.port' },
} as const;

/** `/healthz` and `/metrics` for the machines that watch over gateways. */
export class WebServer {
  readonly #server: Server;

  /** @throws GatewayError PORT_BUSY or LISTEN_FAILED. */
  static async listen(options: WebOptions): Promise<WebServer> {
    const web = new WebServer(options);
    const { host, port } = options;
    await new Promise<void>((resolve, reject) => {
      web.#server.once('error', reject);
      web.#server.listen(port, host, resolve);
    }).catch(async (error: unknown) => {
      throw await listenError({ ...names, host, port }, error);
    });
    return web;
  }

  private constructor({ health, metrics }: WebOptions) {
    this.#server = createServer(
      { requestTimeout: 5000, headersTimeout: 5000, keepAliveTimeout: 5000 },
      (request, response) => {
        const send = (status: number, type: string, body: string): void => {
          response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' });
          response.end(request.method === 'HEAD' ? undefined : body);
        };
        const [path] = (request.url ?? '').split('?');
        if (request.method !== 'GET' && request.method !== 'HEAD') {
          send(405, 'text/plain', 'only GET\n');
        } else if (path === '/healthz') {
          const { isHealthy, troubles } = health();
          send(isHealthy ? 200 : 503, 'application/json', `${JSON.stringify({ ok: isHealthy, troubles })}\n`);
        } else if (path === '/metrics') {
          send(200, 'text/plain; version=0.0.4', metricsText(metrics()));
        } else {
          send(404, 'text/plain', '/healthz and /metrics are here\n');
        }
      },
    );
    this.#server.maxConnections = 20;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}
