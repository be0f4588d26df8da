/**
 * Units that profiles and settings may be written in, as UCUM codes, each with its exact rational way to the base unit
 * of its dimension: base = (value × mul + add) / div. Whole numbers keep the conversion exact to the last double digit
 * (25 cm is 0.25 m, not 0.25000000000000006).
 * Source: UCUM 2.1, tables 3-31; BIPM SI Brochure, 9th edition.
 */
interface UnitEntry {
  readonly dimension: string;
  readonly mul: number;
  readonly div: number;
  readonly add?: number;
}

const unit = (dimension: string, mul = 1, div = 1, add?: number): UnitEntry =>
  add === undefined ? { dimension, mul, div } : { dimension, mul, div, add };

export const units = {
  '1': unit('number'),
  '%': unit('ratio'),
  '[ppth]': unit('ratio', 1, 10),
  m: unit('length'),
  km: unit('length', 1000),
  dm: unit('length', 1, 10),
  cm: unit('length', 1, 100),
  mm: unit('length', 1, 1000),
  um: unit('length', 1, 1_000_000),
  '[in_i]': unit('length', 254, 10_000),
  '[ft_i]': unit('length', 3048, 10_000),
  'm/s': unit('speed'),
  'mm/s': unit('speed', 1, 1000),
  'cm/s': unit('speed', 1, 100),
  'km/h': unit('speed', 10, 36),
  '[mi_i]/h': unit('speed', 44_704, 100_000),
  '[kn_i]': unit('speed', 1852, 3600),
  'mm/h': unit('rain rate'),
  'mm/min': unit('rain rate', 60),
  'um/min': unit('rain rate', 60, 1000),
  '[in_i]/h': unit('rain rate', 254, 10),
  Cel: unit('temperature'),
  K: unit('temperature', 100, 100, -27_315),
  '[degF]': unit('temperature', 5, 9, -160),
  Pa: unit('pressure'),
  hPa: unit('pressure', 100),
  kPa: unit('pressure', 1000),
  MPa: unit('pressure', 1_000_000),
  bar: unit('pressure', 100_000),
  mbar: unit('pressure', 100),
  '[psi]': unit('pressure', 44_482_216_152_605, 6_451_600_000),
  deg: unit('angle'),
  'ug/m3': unit('mass concentration'),
  'mg/m3': unit('mass concentration', 1000),
  'ng/m3': unit('mass concentration', 1, 1000),
  'mg/L': unit('mass concentration in water'),
  'ug/L': unit('mass concentration in water', 1, 1000),
  '[ppm]': unit('mole fraction'),
  '[ppb]': unit('mole fraction', 1, 1000),
  'dB[SPL]': unit('sound level'),
  lx: unit('illuminance'),
  klx: unit('illuminance', 1000),
  'W/m2': unit('irradiance'),
  V: unit('voltage'),
  mV: unit('voltage', 1, 1000),
  kV: unit('voltage', 1000),
  Ohm: unit('resistance'),
  A: unit('current'),
  mA: unit('current', 1, 1000),
  W: unit('power'),
  kW: unit('power', 1000),
  'V.A': unit('apparent power'),
  'W.h': unit('energy'),
  'kW.h': unit('energy', 1000),
  Hz: unit('frequency'),
  ms: unit('time', 1, 1000),
  s: unit('time'),
  min: unit('time', 60),
  h: unit('time', 3600),
  d: unit('time', 86_400),
  'm3/s': unit('flow'),
  'L/s': unit('flow', 1, 1000),
  'm3/h': unit('flow', 1, 3600),
  'uS/cm': unit('conductivity'),
  'mS/cm': unit('conductivity', 1000),
  '[pH]': unit('acidity'),
  '{NTU}': unit('turbidity'),
  '1/h': unit('traffic flow'),
  '1/min': unit('traffic flow', 60),
  By: unit('data size'),
  KiBy: unit('data size', 1024),
  MiBy: unit('data size', 1_048_576),
  GiBy: unit('data size', 1_073_741_824),
} as const satisfies Record<string, UnitEntry>;

export type UnitCode = keyof typeof units;

/** Ways people write units that are not UCUM codes. */
const aliases: Readonly<Record<string, UnitCode>> = {
  '°C': 'Cel',
  C: 'Cel',
  '°F': '[degF]',
  F: '[degF]',
  '°': 'deg',
  µm: 'um',
  'µg/m3': 'ug/m3',
  'µg/m³': 'ug/m3',
  'mg/m³': 'mg/m3',
  'm³/s': 'm3/s',
  'm³/h': 'm3/h',
  'W/m²': 'W/m2',
  ppm: '[ppm]',
  ppb: '[ppb]',
  dB: 'dB[SPL]',
  'dB(A)': 'dB[SPL]',
  dBA: 'dB[SPL]',
  kWh: 'kW.h',
  Wh: 'W.h',
  psi: '[psi]',
  Ω: 'Ohm',
  ohm: 'Ohm',
  in: '[in_i]',
  ft: '[ft_i]',
  mph: '[mi_i]/h',
  kn: '[kn_i]',
  sec: 's',
  day: 'd',
  days: 'd',
  B: 'By',
  KiB: 'KiBy',
  MiB: 'MiBy',
  GiB: 'GiBy',
  'µS/cm': 'uS/cm',
  'l/s': 'L/s',
};

/** The UCUM code of a unit as written by a person, or `undefined` when we do not know it. */
export function unitCode(written: string): UnitCode | undefined {
  if (isUnitCode(written)) return written;
  return Object.hasOwn(aliases, written) ? aliases[written] : undefined;
}

function isUnitCode(code: string): code is UnitCode {
  return Object.hasOwn(units, code);
}

/** Whether a value in `from` can be expressed in `to`. */
export function isConvertible(from: UnitCode, to: UnitCode): boolean {
  return units[from].dimension === units[to].dimension;
}

/**
 * Converts a value between two units of one dimension.
 *
 * The two rational steps are joined before dividing once, so that the result is the double nearest to the true value
 * wherever the whole numbers involved stay below 2^53.
 *
 * @throws RangeError when the dimensions differ: callers check with `isConvertible` what people wrote.
 */
export function convert(value: number, from: UnitCode, to: UnitCode): number {
  if (from === to) return value;
  const a: UnitEntry = units[from];
  const b: UnitEntry = units[to];
  if (a.dimension !== b.dimension) throw new RangeError(`${from} (${a.dimension}) is not a ${b.dimension}`);
  const top = (value * a.mul + (a.add ?? 0)) * b.div - (b.add ?? 0) * a.div;
  return top / (a.div * b.mul);
}

/** Rounds to a multiple of `resolution` (0.001, 0.5, 1, 10 …) without leaving binary dust such as 0.30000000000000004. */
export function roundTo(value: number, resolution: number): number {
  if (!Number.isFinite(value) || resolution <= 0) return value;
  if (resolution >= 1) return Math.round(value / resolution) * resolution || 0;
  const perUnit = Math.round(1 / resolution);
  const rounded = Math.round(value * perUnit) / perUnit;
  return rounded === 0 ? 0 : rounded;
}

/** A number with its unit as people write it: `25 cm`, `-5 °C`, `10s`, `4GiB`. `undefined` when it is not one. */
export function parseAmount(text: string): { readonly value: number; readonly unit: UnitCode } | undefined {
  const match = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(\S.*?)?\s*$/i.exec(text);
  if (!match?.[1]) return undefined;
  const code = match[2] === undefined ? '1' : unitCode(match[2]);
  return code === undefined ? undefined : { value: Number(match[1]), unit: code };
}
