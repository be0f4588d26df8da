import { describe, expect, test } from 'vitest';
import { gateOf, sampleAt, word, wordsOn } from '../test/quality-rig.ts';
import { parseFormula } from '../profiles/formula.ts';
import type { CrossCheck } from '../profiles/checks.ts';

const hour = 3_600_000;
const minute = 60_000;
const range = { range: { suspect: [0, 2] as const, bad: [-1, 5] as const, seasons: [] } };

describe('range', () => {
  test('doubts what lies outside the site’s limits, and calls what lies far outside bad', () => {
    expect(wordsOn(range, [1, 0, 2, 2.5, 5, 5.1, -0.5, -2])).toEqual([
      'good',
      'good',
      'good',
      'suspect range',
      'suspect range',
      'bad range',
      'suspect range',
      'bad range',
    ]);
    expect(wordsOn({}, [1, 5.1])).toEqual(['good', 'good']);
  });

  test('follows the season of the sample, also over the end of the year', () => {
    const winter = { from: '12-01', to: '03-01', suspect: [-30, 25] as const };
    const gate = (day: string | undefined) =>
      gateOf({
        channels: { c: 'air_temperature' },
        checks: { c: { range: { suspect: [-10, 45], seasons: [winter] } } },
        dayOf: () => day,
      });
    const says = (day: string | undefined, value: number) =>
      gate(day)
        .judge([sampleAt(0, value)])
        .map(word)
        .join();
    expect(['12-01', '01-15', '02-29'].map((day) => says(day, 30))).toEqual(Array(3).fill('suspect range'));
    expect(['03-01', '07-15', '11-30'].map((day) => says(day, 30))).toEqual(Array(3).fill('good'));
    expect(says('01-15', -20)).toBe('good');
    expect(says(undefined, -20)).toBe('suspect range');
  });

  test('with nothing but a season leaves the rest of the year unchecked', () => {
    const range = { seasons: [{ from: '06-01', to: '09-01', suspect: [10, 40] as const }] };
    const gate = (day: string) => gateOf({ checks: { c: { range } }, dayOf: () => day });
    expect(
      gate('01-01')
        .judge([sampleAt(0, 1)])
        .map(word),
    ).toEqual(['unchecked']);
  });
});

test('saturated: the end of the scale is doubted, what lies below is not', () => {
  expect(wordsOn({ saturated: { least: 0.1, most: 4.5 } }, [0.2, 4.4, 4.5, 0.1])).toEqual([
    'good',
    'good',
    'suspect saturated',
    'suspect saturated',
  ]);
});

describe('spike', () => {
  const spike = { spike: { suspect: 0.1, bad: 0.5 } };

  test('flags one false value and not the way back, after three values to compare with', () => {
    expect(wordsOn(spike, [1, 1, 1, 1.3, 1, 1, 9, 1])).toEqual([
      'unchecked',
      'unchecked',
      'unchecked',
      'suspect spike',
      'good',
      'good',
      'bad spike',
      'good',
    ]);
    expect(wordsOn({}, [1, 1, 1, 9, 1])).toEqual(Array(5).fill('good'));
  });

  test('flags a true step for two values, until the median has followed', () => {
    expect(wordsOn(spike, [1, 1, 1, 1.3, 1.3, 1.3, 1.3]).slice(3)).toEqual([
      'suspect spike',
      'suspect spike',
      'good',
      'good',
    ]);
  });

  test('is not fooled by the last binary digit at its limit', () => {
    expect(wordsOn(spike, [0.2, 0.2, 0.2, 0.3, 0.3, 0.3, 0.4]).at(-1)).toBe('good');
    expect(wordsOn(spike, [0.25, 0.25, 0.25, 0.35])[3]).toBe('good');
    expect(wordsOn(spike, [0.25, 0.25, 0.25, 0.351])[3]).toBe('suspect spike');
  });

  test('does not compare with values of long ago', () => {
    const gate = gateOf({ checks: { c: { spike: { suspect: 0.1, withinMs: minute } } } });
    const seconds = [0, 10, 20, 30, 300];
    const words = seconds.map((second) =>
      gate
        .judge([sampleAt(second, second === 300 ? 9 : 1)])
        .map(word)
        .join(),
    );
    expect(words.slice(3)).toEqual(['good', 'unchecked']);
  });
});

describe('rate', () => {
  const rate = { rate: { suspect: 0.1, bad: 1, perMs: minute } };

  test('flags what changes too fast, however slowly the values come', () => {
    expect(wordsOn(rate, [0, 0.1, 0.31, 0.31], 60)).toEqual(['unchecked', 'good', 'suspect rate', 'good']);
    expect(wordsOn(rate, [0, 0.4, 0.9], 300)).toEqual(['unchecked', 'good', 'good']);
    expect(wordsOn(rate, [0, 0.6], 300)).toEqual(['unchecked', 'suspect rate']);
    expect(wordsOn({}, [0, 9], 60)).toEqual(['good', 'good']);
  });

  test('flags a change in many small steps, as none of them alone would show', () => {
    const words = wordsOn(
      rate,
      Array.from({ length: 30 }, (_, index) => index * 0.02),
      6,
    );
    expect(words[5]).toBe('good');
    expect(words.slice(6)).toEqual(Array(24).fill('suspect rate'));
  });

  test('takes the last digit of a fast sensor for no flood', () => {
    const flicker = Array.from({ length: 200 }, (_, index) => (index % 2) * 0.001);
    expect(wordsOn(rate, flicker, 0.1).slice(1)).toEqual(Array(199).fill('good'));
    expect(wordsOn(rate, [1, 1], 0)).toEqual(['unchecked', 'good']);
  });

  test('of a sum is its amount against its own interval', () => {
    const gate = gateOf({
      channels: { c: 'rain_amount' },
      checks: { c: { rate: { suspect: 5, perMs: minute } } },
    });
    const over = (startMono: number, mono: number, value: number) =>
      gate
        .judge([sampleAt(0, value, { time: { mono, startMono } })])
        .map(word)
        .join();
    expect(over(0, 10_000, 0.2)).toBe('good');
    expect(over(10_000, 20_000, 6)).toBe('suspect rate');
    expect(over(20_000, 20_000 + hour, 90)).toBe('good');
    expect(over(20_000 + hour, 20_000 + 2 * hour, 301)).toBe('suspect rate');
  });

  test('of a direction goes the short way round', () => {
    const turn = { rate: { suspect: 40, perMs: minute } };
    expect(wordsOn(turn, [350, 10, 340, 20, 200], 60, 'wind_direction')).toEqual([
      'unchecked',
      'good',
      'good',
      'good',
      'suspect rate',
    ]);
  });
});

describe('flat', () => {
  const flat = { flat: { afterMs: hour, badMs: 4 * hour, within: 0.002 } };
  const still = Array.from({ length: 6 * 60 }, () => 1);

  test('goes by time, not by count', () => {
    const words = wordsOn(flat, still, 60);
    expect(words.indexOf('suspect flat')).toBe(60);
    expect(words.indexOf('bad flat')).toBe(240);
    expect(wordsOn(flat, still.slice(0, 21), 180).indexOf('suspect flat')).toBe(20);
    expect(wordsOn({}, still, 60)).toEqual(Array(still.length).fill('good'));
  });

  test('ends with the first value that moves', () => {
    expect(wordsOn(flat, [...still, 1.1, 1.1], 60).slice(-3)).toEqual(['bad flat', 'good', 'good']);
  });

  test('needs values for all of the time: a silence is not flat', () => {
    const gate = gateOf({ checks: { c: { flat: { afterMs: hour, within: 0 } } } });
    const words = [0, 5, 10, 55, 60, 65].map((minutes) =>
      gate
        .judge([sampleAt(minutes * 60, 1)])
        .map(word)
        .join(),
    );
    expect(words).toEqual(Array(6).fill('good'));
  });

  test('knows a slow device from a silent one', () => {
    const gate = gateOf({ checks: { c: { flat: { afterMs: hour, within: 0 } } }, everyMs: 1800_000 });
    const words = [0, 30, 60, 90].map((minutes) =>
      gate
        .judge([sampleAt(minutes * 60, 1)])
        .map(word)
        .join(),
    );
    expect(words).toEqual(['good', 'good', 'suspect flat', 'suspect flat']);
  });

  test('finds a state that is stuck', () => {
    const gate = gateOf({ channels: { c: 'door_open' }, checks: { c: { flat: { afterMs: hour, within: 0 } } } });
    const words = Array.from({ length: 61 }, (_, index) =>
      gate
        .judge([sampleAt(index * 60, true)])
        .map(word)
        .join(),
    );
    expect([words[59], words[60]]).toEqual(['good', 'suspect flat']);
  });
});

const wave = (size: number) => Array.from({ length: 90 }, (_, index) => (index % 2) * size);

test('attenuated: values that move less than they always do are doubted, after the whole time', () => {
  const attenuated = { attenuated: { overMs: hour, least: 0.01, bad: 0.002 } };
  expect(wordsOn(attenuated, wave(0.02), 60)).toEqual(Array(90).fill('good'));
  expect(wordsOn(attenuated, wave(0.005), 60).indexOf('suspect attenuated')).toBe(60);
  expect(wordsOn(attenuated, wave(0.001), 60).indexOf('bad attenuated')).toBe(60);
  expect(wordsOn({}, wave(0.001), 60)).toEqual(Array(90).fill('good'));
});

function crossCheckOf(holds: string, doubts: readonly string[]): CrossCheck {
  const parsed = parseFormula(holds);
  if (!parsed.ok) throw new Error(parsed.what.en);
  return { holds: parsed.formula, doubts };
}

const of = (pm2_5: number, pm10: number, mono = 0) => [
  sampleAt(0, pm2_5, { channel: 'pm2_5', time: { mono } }),
  sampleAt(0, pm10, { channel: 'pm10', time: { mono } }),
];
const at = (sender: number, channel: string, value: number) => sampleAt(0, value, { channel, time: { sender } });

describe('cross-check', () => {
  const channels = { pm2_5: 'pm2_5', pm10: 'pm10' } as const;
  const crossChecks = [crossCheckOf('pm2_5 <= pm10 + 2', ['pm2_5', 'pm10'])];

  test('doubts both channels of one moment that cannot be true together', () => {
    const gate = gateOf({ channels, crossChecks });
    expect(gate.judge([...of(12, 10), ...of(30, 10, 1000), ...of(5, 10, 2000)]).map(word)).toEqual([
      'good',
      'good',
      'suspect cross_check',
      'suspect cross_check',
      'good',
      'good',
    ]);
    expect(gateOf({ channels }).judge(of(30, 10)).map(word)).toEqual(['good', 'good']);
  });

  test('that cannot be made leaves nothing good', () => {
    const gate = gateOf({ channels, crossChecks });
    expect(gate.judge(of(12, 20).slice(0, 1)).map(word)).toEqual(['unchecked']);
    const [fine, coarse] = of(12, 20);
    if (!fine || !coarse) throw new Error('no samples');
    const broken = { ...coarse, value: null, quality: 'bad', why: ['device_fault'] } as const;
    expect(gate.judge([fine, broken]).map(word)).toEqual(['unchecked', 'bad device_fault']);
  });

  test('keeps the moments of a sender apart', () => {
    const gate = gateOf({ channels, crossChecks });
    expect(gate.judge([at(1, 'pm2_5', 30), at(2, 'pm10', 10)]).map(word)).toEqual(['unchecked', 'unchecked']);
    expect(gate.judge([at(3, 'pm2_5', 30), at(3, 'pm10', 40)]).map(word)).toEqual(['good', 'good']);
  });
});

describe('history', () => {
  const spike = { spike: { suspect: 0.1 } };
  const settled = () => {
    const gate = gateOf({ checks: { c: spike } });
    gate.judge([0, 1, 2].map((second) => sampleAt(second, 1)));
    return gate;
  };

  test('is not fed with values that are bad, missing or from a cold sensor, and these keep their own word', () => {
    const gate = settled();
    const own = [
      sampleAt(3, 9, { quality: 'bad', why: ['range'] }),
      sampleAt(4, null, { quality: 'missing', why: ['stale'] }),
      sampleAt(5, 9, { quality: 'suspect', why: ['warm_up'] }),
    ];
    expect(gate.judge([...own, ...own])).toEqual([...own, ...own]);
    expect(gate.judge([sampleAt(6, 1)]).map(word)).toEqual(['good']);
    expect(gate.judge([sampleAt(7, 9)]).map(word)).toEqual(['suspect spike']);
  });

  test('does not know what was measured while somebody worked at the device', () => {
    let isInService = false;
    const gate = gateOf({ checks: { c: spike }, isInService: () => isInService });
    gate.judge([0, 1, 2].map((second) => sampleAt(second, 1)));
    isInService = true;
    const poured = [3, 4, 5].map((second) => sampleAt(second, 9));
    expect(gate.judge(poured)).toEqual(poured);
    isInService = false;
    expect(gate.judge([sampleAt(6, 1)]).map(word)).toEqual(['good']);
  });

  test('reaches as far back as a dead band lets a channel be silent', () => {
    const seconds = [0, 1200, 2400, 3600];
    const wordsWith = (about: object) => {
      const gate = gateOf({ checks: { c: spike }, everyMs: 10_000, ...about });
      return seconds.map((second) =>
        gate
          .judge([sampleAt(second, 1)])
          .map(word)
          .join(),
      );
    };
    expect(wordsWith({ deadBand: { bands: { c: 0.005 }, mostMs: 1_200_000 } }).at(-1)).toBe('good');
    expect(wordsWith({ deadBand: { bands: { d: 0.005 }, mostMs: 1_200_000 } }).at(-1)).toBe('unchecked');
    expect(wordsWith({}).at(-1)).toBe('unchecked');
  });

  test('does not know a value that is older than the last', () => {
    const gate = gateOf({ checks: { c: spike } });
    const sent = (sender: number, value: number) => gate.judge([sampleAt(0, value, { time: { sender } })]).map(word);
    for (const at of [10, 20, 30]) sent(at, 1);
    expect(sent(40, 1)).toEqual(['good']);
    expect(sent(25, 9)).toEqual(['unchecked']);
    expect(sent(50, 1)).toEqual(['good']);
  });

  test('goes on after one time that was far ahead', () => {
    const gate = gateOf({ checks: { c: spike } });
    const sent = (sender: number) =>
      gate
        .judge([sampleAt(0, 1, { time: { sender } })])
        .map(word)
        .join();
    sent(9e12);
    const words = Array.from({ length: 14 }, (_, index) => sent(1e12 + index));
    expect(words).toEqual([...Array(11).fill('unchecked'), ...Array(3).fill('good')]);
  });

  test('begins anew where the clock is another', () => {
    const gate = settled();
    expect(gate.judge([sampleAt(0, 9, { time: { sender: 5000 } })]).map(word)).toEqual(['unchecked']);
  });
});

test('every test that fails is named, in the order of the closed list', () => {
  const all = { ...range, spike: { suspect: 0.1 }, rate: { suspect: 0.1, perMs: minute } };
  expect(wordsOn(all, [1, 1, 1, 3]).at(-1)).toBe('suspect range rate spike');
});

test('a channel without tests passes as it is, whatever it is', () => {
  const gate = gateOf({ channels: { c: 'water_depth', text: 'water_depth' }, checks: { c: range } });
  const samples = [
    sampleAt(0, 99, { channel: 'text' }),
    sampleAt(0, 'words', { quality: 'unchecked' }),
    sampleAt(0, 1, { device: 'another' }),
  ];
  const judged = gate.judge(samples);
  expect(judged.every((sample, index) => sample === samples[index])).toBe(true);
});
