import type { Words } from '../platform/problem.ts';
import { countText, textIn } from './format.ts';
import { reasonText } from '../platform/reasons.ts';
import type { StatusView } from './status-view.ts';
import { deviceStateWords } from './words.ts';

/** What somebody who looks at the gateway should know and do first. */
export interface Advice {
  /** Nobody has to do anything. */
  readonly isFine: boolean;
  /** What is the matter, in half a sentence. */
  readonly what: Words;
  readonly next: Words;
}

const fine: Advice = {
  isFine: true,
  what: { en: 'all is well', zh: '一切正常' },
  next: { en: 'nothing to do', zh: '无需处理' },
};

/** The worst thing that is the matter with a gateway, and what to do about it. */
export function adviceOn(view: StatusView): Advice {
  const troubles = [journalAdvice, criticalAdvice, deviceAdvice, linkAdvice, alarmAdvice, emptyAdvice];
  for (const look of troubles) {
    const advice = look(view);
    if (advice) return { isFine: false, ...advice };
  }
  return serviceAdvice(view) ?? fine;
}

/** Somebody works there and knows it; others see why values are missing. */
function serviceAdvice({ devices }: StatusView): Advice | undefined {
  const names = devices.flatMap(({ description, status }) => (status?.state === 'service' ? [description.device] : []));
  if (names.length === 0) return undefined;
  return {
    isFine: true,
    what: { en: `in service: ${names.join(', ')}`, zh: `维护中：${names.join('、')}` },
    next: { en: 'it ends by itself', zh: '到时自动结束' },
  };
}

type Finding = Omit<Advice, 'isFine'> | undefined;

function journalAdvice({ backlog }: StatusView): Finding {
  const failing = backlog?.journal.failing;
  if (failing === undefined) return undefined;
  return {
    what: {
      en: `the disk fails (${reasonText(failing, 'en')}), readings wait in memory`,
      zh: `磁盘故障（${reasonText(failing, 'zh')}），数据暂存于内存`,
    },
    next: { en: 'look at the disk: `lamppost doctor`', zh: '请检查磁盘：`lamppost doctor`' },
  };
}

function deviceAdvice({ devices }: StatusView): Finding {
  const ill = devices.flatMap(({ description: { device }, status }) => {
    const state = status?.state ?? 'online';
    return state === 'online' || state === 'service' ? [] : [{ device, state, why: status?.why }];
  });
  const [first, ...others] = ill;
  if (!first) return undefined;
  const { device, state, why = '' } = first;
  const names = ill.map((row) => row.device);
  return {
    what:
      others.length === 0
        ? { en: `${device}: ${deviceStateWords[state].en}`, zh: `${device}：${deviceStateWords[state].zh}` }
        : {
            en: `${ill.length} devices send nothing good: ${names.join(', ')}`,
            zh: `${ill.length} 台设备无有效数据：${names.join('、')}`,
          },
    next: remedyFor(device, why),
  };
}

/** Where to look first, as the reason suggests. */
function remedyFor(device: string, why: string): Words {
  if (why.includes('nothing understandable came')) {
    return {
      en: `check cable, power and profile; \`lamppost tail ${device}\` shows what comes and cannot be understood`,
      zh: `请检查接线、供电和设备档案；\`lamppost tail ${device}\` 会显示收到但无法识别的内容`,
    };
  }
  if (/ECONN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|hung up|other side closed/.test(why)) {
    return {
      en: 'check its address, its power and the network, then `lamppost doctor`',
      zh: '请检查其地址、供电和网络，然后运行 `lamppost doctor`',
    };
  }
  if (/not connected yet|says that it is gone/.test(why)) {
    return {
      en: `check its power and its way to this gateway; \`lamppost tail ${device}\` shows when it comes`,
      zh: `请检查其供电以及到本网关的连接；用 \`lamppost tail ${device}\` 等待其数据`,
    };
  }
  return {
    en: 'check cable and power, then `lamppost doctor`',
    zh: '请检查接线和供电，然后运行 `lamppost doctor`',
  };
}

function linkAdvice({ backlog }: StatusView): Finding {
  const links = backlog?.upstreams ?? [];
  const refused = links.find(({ state }) => state === 'refused');
  if (refused) {
    const { upstream, why = '?' } = refused;
    return {
      what: { en: `${upstream} refuses what we send (${why})`, zh: `${upstream} 拒绝接收（${why}）` },
      next: {
        en: 'nothing is lost; check user, password and rights there: `lamppost doctor`',
        zh: '数据不会丢失；请检查对方的用户名、密码和权限：`lamppost doctor`',
      },
    };
  }
  const down = links.find(({ state }) => state === 'waiting');
  if (!down) return undefined;
  const { alarm, live, backfill } = down.waiting;
  const waits = alarm + live + backfill;
  const count = countText(waits);
  return {
    what: {
      en: `no connection to ${down.upstream}${waits > 0 ? `, ${count} wait on disk` : ''}`,
      zh: `${down.upstream} 未连接${waits > 0 ? `，${count} 条存盘待传` : ''}`,
    },
    next: {
      en: 'nothing is lost and it keeps trying; look for the cause: `lamppost doctor`',
      zh: '数据不会丢失，正在重试；查找原因：`lamppost doctor`',
    },
  };
}

/** Whatever else is the matter: this is what the gateway is there for. */
function criticalAdvice(view: StatusView): Finding {
  return view.alarms[0]?.severity === 'critical' ? alarmAdvice(view) : undefined;
}

function alarmAdvice({ alarms }: StatusView): Finding {
  const [worst, ...others] = alarms.filter(({ severity }) => severity !== 'info');
  if (!worst) return undefined;
  const { device, rule, text = { en: `${device}: ${rule}` } } = worst;
  const more = others.length;
  return {
    what: {
      en: `alarm: ${textIn(text, 'en')}${more > 0 ? ` (and ${more} more)` : ''}`,
      zh: `告警：${textIn(text, 'zh')}${more > 0 ? `（另有 ${more} 条）` : ''}`,
    },
    next: { en: `watch it: \`lamppost tail ${device}\``, zh: `实时查看：\`lamppost tail ${device}\`` },
  };
}

function emptyAdvice({ devices }: StatusView): Finding {
  if (devices.length > 0) return undefined;
  return {
    what: { en: 'it has no device yet', zh: '尚未配置设备' },
    next: {
      en: 'choose a profile (`lamppost profiles list`) and add the device to lamppost.yaml',
      zh: '用 `lamppost profiles list` 选择设备档案，并在 lamppost.yaml 中添加设备',
    },
  };
}
