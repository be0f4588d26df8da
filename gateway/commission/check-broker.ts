import { createServer } from 'node:net';
import { randomBytes } from 'node:crypto';
import { reasonOf } from '../model/errors.ts';
import { fileErrorCode } from '../platform/files.ts';
import { holderInChinese, whoListens } from '../platform/ports.ts';
import { same } from '../platform/problem.ts';
import { WireError } from '../platform/wire.ts';
import type { Facts, Finding } from './checks.ts';
import { findGateway } from './find-gateway.ts';

const id = 'broker';
const answerWithinMs = 3000;

/** Whether our gateway runs, or what has its port. */
export async function checkBroker({ broker, gateway, dial }: Facts): Promise<readonly Finding[]> {
  const { host, port } = broker;
  const subject = `${host}:${port}`;
  const busy = await whyBusy(host, port);
  if (busy === undefined) {
    const saw = { en: 'no gateway runs; the port is free', zh: '网关未运行，端口空闲' };
    return [{ id, subject, state: 'warn', saw, mend: same('lamppost run') }];
  }
  if (busy !== 'EADDRINUSE') {
    const saw = { en: `nothing can listen there: ${busy}`, zh: `无法在该地址监听：${busy}` };
    const mend = {
      en: 'check broker.host and broker.port in lamppost.yaml',
      zh: '请检查 lamppost.yaml 中的 broker.host 和 broker.port',
    };
    return [{ id, subject, state: 'fail', saw, mend }];
  }
  return [{ id, subject, ...(await whoAnswers({ host, port, dial, wanted: gateway })) }];
}

/** Why nobody could listen there; `undefined` when somebody could. */
function whyBusy(host: string, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.once('error', (error) => resolve(fileErrorCode(error) ?? reasonOf(error)));
  server.listen(port, host, () => server.close(() => resolve(undefined)));
  return promise;
}

async function whoAnswers({
  host,
  port,
  dial,
  wanted,
}: {
  readonly host: string;
  readonly port: number;
  readonly dial: Facts['dial'];
  readonly wanted: string | undefined;
}): Promise<Omit<Finding, 'id' | 'subject'>> {
  const holder = await whoListens(port);
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const url = `mqtt://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
  const clientId = `lamppost-doctor-${randomBytes(4).toString('hex')}`;
  try {
    const session = await dial({ url, clientId, protocol: 4 }, AbortSignal.timeout(answerWithinMs));
    const found = await findGateway(session, answerWithinMs).finally(() => session.destroy());
    if (!found) return foreign(holder, { en: 'an MQTT broker, but not of a gateway', zh: 'MQTT 代理，但不属于网关' });
    const { gateway } = found;
    if (wanted === undefined || gateway === wanted) {
      return {
        state: 'ok',
        saw: { en: `gateway ${gateway} runs: ${holder}`, zh: `网关 ${gateway} 正在运行：${holderInChinese(holder)}` },
      };
    }
    return foreign(holder, { en: `the gateway ${gateway}, not ${wanted}`, zh: `网关 ${gateway}，而不是 ${wanted}` });
  } catch (error) {
    if (error instanceof WireError && error.kind === 'refused') {
      return {
        state: 'ok',
        saw: {
          en: `a broker answers and asks for a name: ${holder}`,
          zh: `代理有应答并要求登录：${holderInChinese(holder)}`,
        },
      };
    }
    return foreign(holder, {
      en: `it does not speak MQTT (${reasonOf(error)})`,
      zh: `没有 MQTT 应答（${reasonOf(error)}）`,
    });
  }
}

/** Debian starts a mosquitto of its own as soon as it is installed; that is the usual guest. */
function foreign(holder: string, what: { readonly en: string; readonly zh: string }): Omit<Finding, 'id' | 'subject'> {
  const [, pid] = /\(process (\d+)\)/.exec(holder) ?? [];
  const mend = holder.startsWith('mosquitto')
    ? same('sudo systemctl disable --now mosquitto')
    : {
        en:
          pid === undefined
            ? 'see who it is: `sudo ss -ltnp`'
            : `stop it (\`kill ${pid}\`), or set another broker.port`,
        zh: pid === undefined ? '查看占用者：`sudo ss -ltnp`' : `停止该程序（\`kill ${pid}\`），或另设 broker.port`,
      };
  return {
    state: 'fail',
    saw: { en: `${holder} has the port: ${what.en}`, zh: `端口被 ${holderInChinese(holder)} 占用：${what.zh}` },
    mend,
  };
}
