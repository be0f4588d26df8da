import { isQuantity, quantities, quantityOf, type QuantityName } from '../model/quantity.ts';
import { nameAsFormula } from './formula.ts';
import { unstatedDatum, type Profile } from './profile.ts';

const maker = 'generic';

/** `generic/water-level` for `water_level`: ids have hyphens where quantities have underscores. */
export function genericId(quantity: QuantityName): string {
  return `${maker}/${quantity.replaceAll('_', '-')}`;
}

/** Every profile that is made from the quantity table. */
export function genericIds(): readonly string[] {
  return Object.keys(quantities).filter(isQuantity).map(genericId);
}

/** The profile of a source that publishes one quantity by itself; `undefined` when no quantity is called so. */
export function genericProfile(id: string): Profile | undefined {
  const quantity = id.startsWith(`${maker}/`) ? id.slice(maker.length + 1).replaceAll('-', '_') : '';
  return isQuantity(quantity) && genericId(quantity) === id ? profileOf(quantity) : undefined;
}

function profileOf(quantity: QuantityName): Profile {
  const row = quantityOf(quantity);
  const name = { en: row.name.en, zh: row.name.zh ?? row.name.en };
  return {
    id: genericId(quantity),
    name,
    sources: [`the quantity table of Lamppost, row ${quantity}: ${row.source}`],
    wiring: [
      {
        en: `Let the source publish \`{"${row.channel}": value}\` to the ingest topic of this device, in ${row.unit} or with a unit of its own.`,
        zh: `让数据源向本设备的 ingest 主题发布 \`{"${row.channel}": 数值}\`，单位为 ${row.unit}，或在消息中另行注明单位。`,
      },
    ],
    connect: { kind: 'message' },
    decode: { kind: 'fields' },
    warmUpMs: 0,
    minEveryMs: 0,
    settings: {},
    derive: [],
    channels: {
      [row.channel]: {
        quantity,
        name,
        value: nameAsFormula(row.channel),
        needs: [row.channel],
        unit: row.unit,
        resolution: row.resolution,
        ...(row.datum ? { datum: unstatedDatum } : {}),
      },
    },
    commands: {},
    examples: [],
  };
}
