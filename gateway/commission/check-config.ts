import { whereIs, same } from '../platform/problem.ts';
import type { Facts, Finding } from './checks.ts';

/** Whether the configuration is right, and what somebody should know of it. */
export async function checkConfig({ file, config }: Facts): Promise<readonly Finding[]> {
  const id = 'config';
  if (file === undefined || config === undefined) {
    const saw = {
      en: 'no lamppost.yaml here: the virtual street would run',
      zh: '此处没有 lamppost.yaml：将运行虚拟街道',
    };
    return [{ id, state: 'skip', saw, mend: { en: 'give one with --config', zh: '用 --config 指定配置文件' } }];
  }
  if (config.ok) {
    const { id: gateway } = config.settings.gateway;
    const right: Finding = {
      id,
      state: 'ok',
      saw: { en: `${file} is right, gateway ${gateway}`, zh: `${file} 正确，网关 ${gateway}` },
    };
    const remarks = config.remarks.map(({ line, column, what, hint }): Finding => {
      const subject = `${file}:${line}:${column}`;
      return { id: 'config-remark', subject, state: 'warn', saw: what, ...(hint ? { mend: hint } : {}) };
    });
    return [right, ...remarks];
  }
  const [first, ...others] = config.problems;
  const words = first ? { what: first.what, at: whereIs(file, first) } : { what: same('?'), at: file };
  const more = others.length;
  return [
    {
      id,
      state: 'fail',
      saw: {
        en: `${words.at}: ${words.what.en}${more > 0 ? ` (and ${more} more)` : ''}`,
        zh: `${words.at}：${words.what.zh}${more > 0 ? `（另有 ${more} 处）` : ''}`,
      },
      mend: same(file === 'lamppost.yaml' ? 'lamppost config check' : `lamppost config check ${file}`),
    },
  ];
}
