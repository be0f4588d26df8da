import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { UpstreamSettings } from '../config/settings.ts';
import { reasonOf } from '../model/errors.ts';
import { fileErrorCode } from '../platform/files.ts';
import { same, type Words } from '../platform/problem.ts';
import type { Facts, Finding } from './checks.ts';

const id = 'upstream';
const withinMs = 5000;
/** Who renews certificates by hand needs about so long. */
const soonDays = 21;
const dayMs = 86_400_000;

/** The way to each city broker, step by step, up to the first that fails. Nobody logs in: that would disturb the gateway. */
export async function checkUpstreams({ settings }: Facts): Promise<readonly Finding[]> {
  if (!settings) return [];
  return (await Promise.all(settings.upstreams.map(checkUpstream))).flat();
}

async function checkUpstream(upstream: UpstreamSettings): Promise<readonly Finding[]> {
  const subject = upstream.id;
  const url = new URL(upstream.url);
  const isTls = url.protocol === 'mqtts:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (isTls ? 8883 : 1883));
  const address = await addressOf(host);
  if (address === undefined) {
    const saw = {
      en: `no address for ${host}: name service or link is down`,
      zh: `${host} 无法解析：域名服务或网络不通`,
    };
    return [{ id, subject, state: 'fail', saw, mend: same(`ping -c 3 ${host}`) }];
  }
  const started = performance.now();
  const trouble = await tcpTrouble(address, port);
  if (trouble !== undefined) return [{ id, subject, ...tcpFinding(trouble, { host, port, address }) }];
  const tookMs = Math.round(performance.now() - started);
  const saw = { en: `${host}:${port} answers in ${tookMs} ms`, zh: `${host}:${port} 有应答，${tookMs} 毫秒` };
  const reached: Finding = { id, subject, state: 'ok', saw };
  if (!isTls) return [reached];
  return [reached, { id: 'upstream-tls', subject, ...(await tlsFinding(upstream, host, port)) }];
}

async function addressOf(host: string): Promise<string | undefined> {
  const late = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), withinMs).unref();
  });
  const found = lookup(host).then(
    ({ address }) => address,
    () => undefined,
  );
  return Promise.race([found, late]);
}

/** Why there is no TCP connection; `undefined` when there is one. */
function tcpTrouble(address: string, port: number): Promise<string | undefined> {
  const socket = connect({ host: address, port, timeout: withinMs });
  return settled(socket, 'connect').then(
    () => undefined,
    (error: unknown) => fileErrorCode(error) ?? reasonOf(error),
  );
}

/** Waits for an event of a socket, its error or its time-out, and closes it. */
function settled(socket: Socket, event: string): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    socket.once(event, () => resolve());
    socket.once('error', reject);
    socket.once('timeout', () => reject(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
  }).finally(() => socket.destroy());
}

function tcpFinding(
  code: string,
  { host, port, address }: { readonly host: string; readonly port: number; readonly address: string },
): Omit<Finding, 'id'> {
  const at = host === address ? `${host}:${port}` : `${host}:${port} (${address})`;
  if (code === 'ECONNREFUSED') {
    const saw = { en: `${at} is there, but nothing listens`, zh: `${at} 可达，但端口无服务` };
    return {
      state: 'fail',
      saw,
      mend: { en: 'check the port in its url; is the broker up?', zh: '请检查 url 中的端口，以及对方代理是否运行' },
    };
  }
  const why: Words =
    code === 'ETIMEDOUT'
      ? { en: 'no answer: link down, or a firewall', zh: '无应答：链路中断或被防火墙阻挡' }
      : same(code);
  return { state: 'fail', saw: { en: `${at}: ${why.en}`, zh: `${at}：${why.zh}` }, mend: same(`ping -c 3 ${host}`) };
}

async function tlsFinding(
  { ca, cert, key }: UpstreamSettings,
  host: string,
  port: number,
): Promise<Omit<Finding, 'id' | 'subject'>> {
  const files = await Promise.all(
    [ca, cert, key].map(async (path) => (path === undefined ? undefined : readFile(path).catch(() => undefined))),
  );
  const [authority, certificate, privateKey] = files;
  let socket: TLSSocket;
  try {
    socket = connectTls({
      host,
      port,
      timeout: withinMs,
      // Looked at here, so that the dates can be told whatever is wrong.
      rejectUnauthorized: false,
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
      ...(authority ? { ca: authority } : {}),
      ...(certificate ? { cert: certificate } : {}),
      ...(privateKey ? { key: privateKey } : {}),
    });
  } catch (error) {
    return {
      state: 'fail',
      saw: same(reasonOf(error)),
      mend: { en: 'check ca, cert and key of this upstream', zh: '请检查该上行的 ca、cert 和 key' },
    };
  }
  let seen: { readonly until: number; readonly distrust: string | undefined } | undefined;
  socket.once('secureConnect', () => {
    const distrust = socket.authorized ? undefined : reasonOf(socket.authorizationError);
    seen = { until: Date.parse(socket.getPeerCertificate().valid_to), distrust };
  });
  try {
    await settled(socket, 'secureConnect');
  } catch (error) {
    const reason = reasonOf(error);
    return {
      state: 'fail',
      saw: { en: `no TLS: ${reason}`, zh: `TLS 握手失败：${reason}` },
      mend: { en: 'does its url need mqtt:// instead?', zh: 'url 是否应为 mqtt://？' },
    };
  }
  return certificateFinding(seen?.until ?? Number.NaN, seen?.distrust, Date.now());
}

/** What the broker's certificate says of itself. */
export function certificateFinding(
  until: number,
  distrust: string | undefined,
  now: number,
): Omit<Finding, 'id' | 'subject'> {
  const days = Math.floor((until - now) / dayMs);
  const date = Number.isFinite(until) ? new Date(until).toISOString().slice(0, 10) : '?';
  const renew = { en: 'let the broker renew its certificate', zh: '请通知对方更新证书' };
  if (days < 0) {
    const saw = {
      en: `its certificate ended on ${date}; or this clock is wrong`,
      zh: `对方证书已于 ${date} 过期；或本机时钟有误`,
    };
    return {
      state: 'fail',
      saw,
      mend: {
        en: 'check the clock (`date`), then let the broker renew its certificate',
        zh: '先用 `date` 核对时钟，再通知对方更新证书',
      },
    };
  }
  if (distrust !== undefined) {
    const saw = { en: `its certificate is not to be trusted: ${distrust}`, zh: `对方证书不可信：${distrust}` };
    return {
      state: 'fail',
      saw,
      mend: {
        en: 'set `ca` of this upstream to the authority that signed it',
        zh: '请将该上行的 `ca` 设为签发机构证书',
      },
    };
  }
  const saw = {
    en: `its certificate is good until ${date} (${days} days)`,
    zh: `对方证书有效至 ${date}（${days} 天）`,
  };
  return days < soonDays ? { state: 'warn', saw, mend: renew } : { state: 'ok', saw };
}
