import { readDuration } from '../platform/amount.ts';
import { same } from '../platform/problem.ts';
import { amountIn } from './build-amount.ts';
import { pathOf } from './build-json.ts';
import { parseLineSettings } from './line-settings.ts';
import type { Connect, LineSettings, SerialConnect, TopicConnect } from './connect.ts';
import { within, type Report } from './report.ts';
import type { WrittenProfile, WrittenSaid, WrittenSerial, WrittenTopic } from './written.ts';
import { bytesFromHex } from '../platform/hex.ts';

const defaultTimeoutMs = 500;
/** A slave that needs longer would hold up all the others of its line. */
const [leastTimeoutMs, mostTimeoutMs] = [10, 10_000];

/** How the device is reached, checked. */
export function buildConnect({ connect }: WrittenProfile, report: Report): Connect {
  const inside = within(report, 'connect');
  switch (connect.kind) {
    case 'board':
    case 'message':
    case 'machine':
    case 'sysfs':
      return connect;
    case 'serial':
      return serialOf(connect, inside);
    case 'topic':
      return topicOf(connect);
    case 'modbus':
    case 'dlt645': {
      const { timeout, ...rest } = connect;
      return { ...rest, line: lineOf(connect.line, inside), timeoutMs: timeoutOf(timeout, within(inside, 'timeout')) };
    }
  }
}

function serialOf({ kind, line, ask, start }: WrittenSerial, report: Report): SerialConnect {
  return {
    kind,
    line: lineOf(line, report),
    ...(ask ? { ask: bytesOf(ask) } : {}),
    ...(start ? { start: start.map(bytesOf) } : {}),
  };
}

function bytesOf({ bytes, text = '' }: WrittenSaid): Uint8Array {
  return bytes === undefined ? new TextEncoder().encode(text) : bytesFromHex(bytes);
}

function topicOf({ kind, availability }: WrittenTopic): TopicConnect {
  if (!availability) return { kind };
  const { path = '', ...rest } = availability;
  return { kind, availability: { ...rest, path: pathOf(path) } };
}

const standIn: LineSettings = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 };

function lineOf(written: string, report: Report): LineSettings {
  const line = parseLineSettings(written);
  if (line) return line;
  report({
    at: ['line'],
    what: { en: 'not a serial line', zh: '不是有效的串口参数' },
    hint: same('9600 8N1'),
  });
  return standIn;
}

function timeoutOf(written: string | undefined, report: Report): number {
  if (written === undefined) return defaultTimeoutMs;
  const timeoutMs = amountIn(readDuration(written), report);
  if (timeoutMs < leastTimeoutMs || timeoutMs > mostTimeoutMs) {
    report({
      at: [],
      what: { en: `${written} is no time to wait for an answer`, zh: `${written} 不能作为等待应答的时间` },
      hint: { en: 'take 10 ms to 10 s; 500 ms suits most', zh: '可取 10 ms 至 10 s，一般用 500 ms' },
    });
  }
  return timeoutMs;
}
