import type { QuarantineEntry } from '../intake/quarantine.ts';
import type { AlarmTransition } from '../model/alarm.ts';
import type { DeviceDescription } from '../model/device.ts';
import type { Language } from '../model/errors.ts';
import type { Reading } from '../model/reading.ts';
import type { Told } from './client.ts';
import { padTo, qualityText, textIn, valueText, widthOf } from './format.ts';
import { plain, type Paint } from './paint.ts';
import { reasonText } from '../platform/reasons.ts';
import { clockTime } from './times.ts';
import { alarmStateWords, qualityColour, severityWords } from './words.ts';

export interface TailOptions {
  readonly language: Language;
  readonly timeZone: string;
  readonly paint?: Paint;
}

/** Columns are as wide as the widest so far: lines come one by one, and still stand under each other. */
export class TailLines {
  readonly #options: Required<TailOptions>;
  readonly #widths: number[];

  constructor(options: TailOptions, devices: readonly DeviceDescription[] = []) {
    this.#options = { paint: plain, ...options };
    const channels = devices.flatMap((device) => Object.keys(device.channels));
    this.#widths = [widest(devices.map(({ device }) => device)), widest(channels), usualValueWidth];
  }

  /** The line of what was told; `undefined` for what is of no interest here. */
  line({ topic, content }: Told): string | undefined {
    switch (topic.kind) {
      case 'reading':
        return this.#reading(content as Reading);
      case 'alarm':
        return this.#alarm(content as AlarmTransition);
      case 'quarantine':
        return this.#quarantine(content as QuarantineEntry);
      default:
        return undefined;
    }
  }

  #reading(reading: Reading): string {
    const { language, paint } = this.#options;
    const { at, device, channel, value, unit, quality } = reading;
    const line = this.#columns(at, [device, channel, valueText(value, unit, language)]);
    const colour = qualityColour[quality];
    const words = qualityText(reading, language);
    return `${line}  ${colour ? paint(words, colour) : words}`;
  }

  #alarm({ at, device, rule, state, severity, text }: AlarmTransition): string {
    const { language, paint } = this.#options;
    const words = text ? textIn(text, language) : rule;
    const line = `▲ ${alarmStateWords[state][language]} · ${severityWords[severity][language]} · ${words} (${rule})`;
    const colour = state === 'normal' ? 'green' : severity === 'critical' ? 'red' : 'yellow';
    return `${this.#columns(at, [device])}  ${paint(line, colour)}`;
  }

  #quarantine({ at, device, why, text, hex }: QuarantineEntry): string {
    const { language, paint } = this.#options;
    const reason = reasonText(why, language);
    const words = { en: `✖ not taken: ${reason}`, zh: `✖ 未接收：${reason}` }[language];
    const sent = (text ?? hex ?? '').trim().slice(0, shownCharacters);
    return `${this.#columns(at, [device])}  ${paint(words, 'red')}  ${paint(sent, 'dim')}`.trimEnd();
  }

  #columns(at: number, cells: readonly string[]): string {
    const padded = cells.map((cell, index) => {
      const width = Math.max(this.#widths[index] ?? 0, widthOf(cell));
      this.#widths[index] = width;
      return padTo(cell, width);
    });
    return [clockTime(at, this.#options.timeZone), ...padded].join('  ');
  }
}

const widest = (words: readonly string[]): number => Math.max(0, ...words.map((word) => word.length));

/** `1013.25 hPa` */
const usualValueWidth = 11;
const shownCharacters = 60;
