import { quantityOf, type QuantityName } from '../gateway/model/quantity.ts';
import type { Connect, LineSettings } from '../gateway/profiles/connect.ts';
import type { Profile } from '../gateway/profiles/profile.ts';

/** The headings of the catalogue, in their order. */
const uses = {
  rain: 'Rain · 雨量',
  water: 'Water level, flow and quality · 水位、流量与水质',
  weather: 'Weather · 气象',
  air: 'Air · 空气质量',
  noise: 'Noise · 噪声',
  traffic: 'Traffic · 交通',
  parking: 'Parking · 停车',
  people: 'Presence, care and doors · 在场、照护与门',
  energy: 'Light, switches and energy · 照明、开关与电能',
  soil: 'Soil · 土壤',
  machine: 'The gateway, its clock and its place · 网关及其时钟与位置',
} as const satisfies Record<string, string>;
type Use = keyof typeof uses;

/** What a quantity is mostly asked for; a device stands under the use of its first channel. */
const useOf: Readonly<Record<QuantityName, Use>> = {
  water_depth: 'water',
  water_stage: 'water',
  water_elevation: 'water',
  water_distance: 'water',
  water_level: 'water',
  water_flow: 'water',
  water_velocity: 'water',
  water_temperature: 'water',
  water_conductivity: 'water',
  water_ph: 'water',
  water_turbidity: 'water',
  dissolved_oxygen: 'water',
  float_switch: 'water',
  rain_amount: 'rain',
  rain_count: 'rain',
  rain_rate: 'rain',
  snow_depth: 'weather',
  air_temperature: 'weather',
  relative_humidity: 'weather',
  dew_point: 'weather',
  air_pressure: 'weather',
  wind_speed: 'weather',
  wind_gust: 'weather',
  wind_direction: 'weather',
  solar_irradiance: 'weather',
  illuminance: 'weather',
  uv_index: 'weather',
  visibility: 'weather',
  pm1: 'air',
  pm2_5: 'air',
  pm10: 'air',
  carbon_dioxide: 'air',
  carbon_monoxide: 'air',
  nitrogen_dioxide: 'air',
  sulfur_dioxide: 'air',
  ozone: 'air',
  sound_level: 'noise',
  vehicle_count: 'traffic',
  traffic_flow: 'traffic',
  vehicle_speed: 'traffic',
  lane_occupancy: 'traffic',
  parking_occupied: 'parking',
  free_spaces: 'parking',
  person_count: 'people',
  presence: 'people',
  motion: 'people',
  help_call: 'people',
  door_open: 'people',
  switch_on: 'energy',
  lamp_on: 'energy',
  lamp_level: 'energy',
  burn_time: 'energy',
  voltage: 'energy',
  current: 'energy',
  active_power: 'energy',
  apparent_power: 'energy',
  power_factor: 'energy',
  grid_frequency: 'energy',
  energy: 'energy',
  soil_moisture: 'soil',
  cpu_temperature: 'machine',
  cpu_load: 'machine',
  memory_free: 'machine',
  disk_free: 'machine',
  clock_error: 'machine',
  supply_voltage: 'machine',
  supply_low: 'machine',
  throttled: 'machine',
  battery_level: 'machine',
  signal_quality: 'machine',
  latitude: 'machine',
  longitude: 'machine',
  altitude: 'machine',
  satellite_count: 'machine',
};

/** How each kind of device is reached, in the words of the catalogue; its own name where there is no word yet. */
const ways: Readonly<Record<string, string>> = {
  serial: 'serial',
  modbus: 'Modbus',
  dlt645: 'DL/T 645',
  board: 'board',
  topic: 'topics of its own',
  sysfs: 'Linux driver',
  machine: 'the machine itself',
  message: 'own message',
};

/**
 * `CATALOGUE.md`: every profile that is a file, by use.
 *
 * @param profiles - checked profiles, in any order.
 */
export function catalogue(profiles: readonly Profile[]): string {
  const sorted = profiles.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const makers = sorted.filter(({ id }) => !isGeneric(id));
  const tried = makers.filter(({ unverified }) => unverified === undefined);
  const sections = Object.entries(uses).flatMap(([use, heading]) => {
    const rows = sorted.filter((profile) => mainUse(profile) === use);
    return rows.length === 0 ? [] : [[`## ${heading}`, table(rows)].join('\n\n')];
  });
  return `${[
    '# Catalogue',
    'Made from the profiles in this folder by `catalogue.test.ts`.\n' +
      `${makers.length} devices of makers and standards, ${tried.length} of them tried on hardware by us; ${sorted.length - makers.length} for any device of a kind.\n` +
      'What nobody has tried, and which figures were not found, stands under `unverified` in each file.\n' +
      '`lamppost profiles show <id>` prints the sheet to take along.',
    ...sections,
    '## Anything that publishes finished values by MQTT · 自行发布数值的任意设备',
    'No file: `profile: generic/<quantity>`, with hyphens for `_`, for each quantity that Lamppost knows.',
  ].join('\n\n')}\n`;
}

/** Profiles of no maker: for any device of a kind. */
export const isGeneric = (id: string): boolean => id.startsWith('generic/');

function mainUse({ channels }: Profile): Use | undefined {
  const [first] = Object.values(channels);
  return first && useOf[first.quantity];
}

const columns = ['Profile', 'Name', '名称', 'Measures', 'Connects by', 'Sources', 'Tried on hardware'];

function table(profiles: readonly Profile[]): string {
  const rows = profiles.map((profile) => [
    `[${profile.id}](${profile.id}.yaml)`,
    profile.name.en,
    profile.name.zh,
    measures(profile),
    way(profile.connect),
    String(profile.sources.length),
    profile.unverified === undefined ? 'yes' : 'no',
  ]);
  return [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.map(plain).join(' | ')} |`).join('\n');
}

const plain = (cell: string): string => cell.replaceAll('|', '\\|');

/** Each quantity once, however many channels have it. */
function measures({ channels }: Profile): string {
  const quantities = [...new Set(Object.values(channels).map(({ quantity }) => quantity))];
  return quantities.map((quantity) => quantityOf(quantity).name.en).join('; ');
}

function way(connect: Connect): string {
  const words = ways[connect.kind] ?? connect.kind;
  if (connect.kind === 'board') return `${words}, ${connect.component}`;
  return 'line' in connect ? `${words} ${lineWords(connect.line)}` : words;
}

function lineWords({ baudRate, dataBits, parity, stopBits }: LineSettings): string {
  return `${baudRate} ${dataBits}${parity.charAt(0).toUpperCase()}${stopBits}`;
}
