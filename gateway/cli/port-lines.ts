import type { FoundPort } from '../commission/serial-ports.ts';
import type { Language } from '../model/errors.ts';

/** Serial ports for somebody who has to tell one adapter from another, each with the line to configure. */
export function portLines(ports: readonly FoundPort[], language: Language): readonly string[] {
  return ports.flatMap((port, index) => [...(index === 0 ? [] : ['']), ...linesOf(port, language)]);
}

function linesOf(port: FoundPort, language: Language): readonly string[] {
  const { path, stable, kind, description, vendorId, productId, serialNumber, holder } = port;
  const plain = { en: 'built in, or without a description', zh: '内置串口或无描述' }[language];
  const usb = vendorId === undefined ? [] : [`USB ${vendorId}:${productId ?? '?'}`];
  const number = serialNumber === undefined ? [] : [`${{ en: 'no.', zh: '序列号' }[language]} ${serialNumber}`];
  const twin = {
    en: 'It has no serial number of its own: this name stays with the USB socket, so keep it plugged in there.',
    zh: '该适配器没有序列号：此名称对应 USB 插口，请勿更换插口。',
  }[language];
  const held = { en: `In use by ${holder ?? ''}`, zh: `正被 ${holder ?? ''} 使用` }[language];
  return [
    [path, description ?? plain, ...usb, ...number].join(' · '),
    ...(holder === undefined ? [] : [`  ${held}`]),
    ...(kind === 'by-path' ? [`  ${twin}`] : []),
    `  source: { serial: ${stable} }`,
  ];
}

/** What to do where no port was found. */
export const noPorts = {
  en: 'There are no serial ports. → Plug the adapter in and look again; `sudo dmesg | tail` tells whether the system sees it.',
  zh: '未发现串口。→ 请插好适配器后重试；用 `sudo dmesg | tail` 查看系统是否识别。',
} as const;
