import { pointerTo, type Problem } from '../platform/problem.ts';
import { unstatedDatum } from '../profiles/profile.ts';
import { busRemarks } from './buses.ts';
import type { Settings } from './settings.ts';
import type { WrittenConfig } from './written.ts';

/** What works as written, but somebody should know. */
export function remarksOn(written: WrittenConfig, settings: Settings): readonly Problem[] {
  return [
    ...settings.upstreams.flatMap((upstream, index) => upstreamRemarks(upstream, index)),
    ...busRemarks(written),
    ...deviceRemarks(written, settings),
    ...listenRemarks(written, settings),
    ...burstRemarks(written, settings),
    ...brokerRemarks(settings),
  ];
}

function upstreamRemarks({ id, protocol, url }: Settings['upstreams'][number], index: number): readonly Problem[] {
  const at = (key: string): Pick<Problem, 'pointer' | 'part'> => ({
    pointer: pointerTo('upstreams', index, key),
    part: 'value',
  });
  const remarks: Problem[] = [
    {
      ...at('id'),
      what: { en: `${id} gets every reading of every device`, zh: `${id} 将收到所有设备的全部读数` },
      hint: {
        en: 'sharing lists are coming; until then give each recipient a gateway of its own or trust it',
        zh: '共享清单功能尚在开发；在此之前，请只连接可信的接收方',
      },
    },
  ];
  if (protocol === 4) {
    remarks.push({
      ...at('protocol'),
      what: {
        en: 'with MQTT 3.1.1 a broker acks what its access list throws away',
        zh: '使用 MQTT 3.1.1 时，代理会确认被其访问控制丢弃的消息',
      },
      hint: {
        en: 'use protocol 5 where the broker speaks it, and check with `lamppost receive`',
        zh: '代理支持时请用协议 5，并用 `lamppost receive` 核对',
      },
    });
  }
  if (url.startsWith('mqtt://') && !/^mqtt:\/\/(localhost|127\.|\[::1\])/.test(url)) {
    remarks.push({
      ...at('url'),
      what: { en: 'readings and password travel unencrypted', zh: '读数和密码以明文传输' },
      hint: { en: 'use mqtts:// outside a private network', zh: '在专网之外请使用 mqtts://' },
    });
  }
  return remarks;
}

function deviceRemarks({ devices = [] }: WrittenConfig, settings: Settings): readonly Problem[] {
  return settings.devices.flatMap(({ id, setup }) => {
    const nameless = Object.entries(setup.datums).filter(([, datum]) => datum === unstatedDatum);
    const index = devices.findIndex((device) => device.id === id);
    return nameless.map(([channel]): Problem => ({
      pointer: pointerTo('devices', index, 'id'),
      part: 'value',
      what: { en: `nobody knows what ${id}/${channel} is measured from`, zh: `${id}/${channel} 未说明基准面` },
      hint: { en: 'add `settings: { datum: … }`', zh: '请添加 `settings: { datum: … }`' },
    }));
  });
}

/** A burst that waits for a limit of an alarm that nobody has written. */
function burstRemarks({ devices = [] }: WrittenConfig, { devices: settled, alarms }: Settings): readonly Problem[] {
  return settled.flatMap(({ id, burst }): readonly Problem[] => {
    const channels = Object.entries(burst?.channels ?? {}).filter(([, { near }]) => near !== undefined);
    const hasLimit = alarms.some(
      ({ device, channel, condition }) =>
        device === id && condition.kind !== 'equals' && channels.some(([name]) => name === channel),
    );
    if (channels.length === 0 || hasLimit) return [];
    const index = devices.findIndex((device) => device.id === id);
    return [
      {
        pointer: pointerTo('devices', index, 'burst', 'near'),
        part: 'value',
        what: {
          en: `no alarm has a limit on ${id}: nothing can be near it`,
          zh: `${id} 上没有带限值的告警，\`near\` 不起作用`,
        },
        hint: {
          en: 'add an alarm with `above` or `below`, or use `rising`',
          zh: '请添加带 `above` 或 `below` 的告警，或改用 `rising`',
        },
      },
    ];
  });
}

/** Who can reach such a port can be the device: HJ 212 has a password, but sends it in the clear. */
function listenRemarks({ devices = [] }: WrittenConfig, settings: Settings): readonly Problem[] {
  return settings.devices.flatMap(({ id, source }): readonly Problem[] => {
    if (source.kind !== 'listen' || isLoopback(source.host)) return [];
    const index = devices.findIndex((device) => device.id === id);
    return [
      {
        pointer: pointerTo('devices', index, 'source', 'listen'),
        part: 'value',
        what: {
          en: `anyone who reaches ${source.host}:${source.port} can pretend to be ${id}`,
          zh: `能访问 ${source.host}:${source.port} 的任何人都可以冒充 ${id}`,
        },
        hint: {
          en: 'keep it in a private network, or let the firewall know the logger alone',
          zh: '请仅用于专网，或在防火墙中只放行该数采仪',
        },
      },
    ];
  });
}

const isLoopback = (host: string): boolean => /^(127\.|::1$|localhost$)/.test(host);

function brokerRemarks({ broker }: Settings): readonly Problem[] {
  if (isLoopback(broker.host)) return [];
  return [
    {
      pointer: pointerTo('broker', 'host'),
      part: 'value',
      what: {
        en: `the broker listens on ${broker.host} without encryption`,
        zh: `MQTT 代理在 ${broker.host} 上以明文监听`,
      },
      hint: {
        en: 'keep it in a private network; every client there needs a user',
        zh: '请仅用于专网；该地址上的每个客户端都需要用户名',
      },
    },
  ];
}
