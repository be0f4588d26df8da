import type { Text } from './alarm.ts';
import type { Stat } from './reading.ts';
import type { UnitCode } from './unit.ts';

/**
 * One row of the agreement between departments: who subscribes to a quantity always gets this unit, and a value outside
 * these limits cannot be true anywhere on earth. Limits are physical (they hold in Lhasa and in a typhoon); what is
 * plausible at one site is the site's own setting.
 */
export interface Quantity {
  readonly name: Text;
  readonly kind: 'number' | 'boolean' | 'string';
  /** Canonical unit, UCUM. */
  readonly unit: UnitCode;
  /** The statistic that is right for an interval: rain adds up, wind direction turns round, sound adds as energy. */
  readonly aggregate: Stat;
  readonly min?: number;
  readonly max?: number;
  /** Where the limits come from. */
  readonly source: string;
  /** Finest step that is worth keeping, in the canonical unit. */
  readonly resolution: number;
  /** Name of the channel in the `generic/<quantity>` profile. */
  readonly channel: string;
  /** Heights name what they are measured from. */
  readonly datum?: true;
}

type Limits = readonly [min: number, max: number];

const measured = (
  name: Text,
  unit: UnitCode,
  aggregate: Stat,
  row: { limits: Limits; resolution: number; source: string; channel: string; datum?: true },
): Quantity => ({
  name,
  kind: 'number',
  unit,
  aggregate,
  min: row.limits[0],
  max: row.limits[1],
  source: row.source,
  resolution: row.resolution,
  channel: row.channel,
  ...(row.datum ? { datum: true } : {}),
});

const state = (name: Text, channel: string): Quantity => ({
  name,
  kind: 'boolean',
  unit: '1',
  aggregate: 'last',
  source: 'two states',
  resolution: 1,
  channel,
});

const counter = (name: Text, channel: string, aggregate: Stat = 'last'): Quantity => ({
  name,
  kind: 'number',
  unit: '1',
  aggregate,
  min: 0,
  max: Number.MAX_SAFE_INTEGER,
  source: 'counts are whole numbers from 0',
  resolution: 1,
  channel,
});

const wmo = (record: string): string => `WMO World Weather and Climate Extremes Archive: ${record}`;
const physics = (why: string): string => `physical: ${why}`;
const limit = (why: string): string => `project limit: ${why}`;

export const quantities = {
  water_depth: measured({ en: 'Water depth', zh: '积水深度' }, 'm', 'mean', {
    limits: [-0.5, 30],
    resolution: 0.001,
    channel: 'depth',
    datum: true,
    source: limit('underpass to quay wall; below zero only by the mounting error of a dry gauge'),
  }),
  water_stage: measured({ en: 'Water stage', zh: '水尺读数' }, 'm', 'mean', {
    limits: [-20, 200],
    resolution: 0.001,
    channel: 'stage',
    datum: true,
    source: limit('river gauge; the Three Gorges stage range is about 30 m'),
  }),
  water_elevation: measured({ en: 'Water surface elevation', zh: '水面高程' }, 'm', 'mean', {
    limits: [-450, 6500],
    resolution: 0.001,
    channel: 'elevation',
    datum: true,
    source: physics('Dead Sea shore about -430 m to the highest lakes about 6,400 m'),
  }),
  water_distance: measured({ en: 'Distance to the water', zh: '空高' }, 'm', 'mean', {
    limits: [0, 100],
    resolution: 0.001,
    channel: 'distance',
    source: limit('longest range of a level radar in use'),
  }),
  water_level: measured({ en: 'Water level', zh: '水位' }, 'm', 'mean', {
    limits: [-450, 6500],
    resolution: 0.001,
    channel: 'level',
    datum: true,
    source: physics('as water_elevation, for sources that do not say which height they mean'),
  }),
  water_flow: measured({ en: 'Discharge', zh: '流量' }, 'm3/s', 'mean', {
    limits: [-10_000, 300_000],
    resolution: 0.001,
    channel: 'flow',
    source: limit('the Amazon in flood is below 300,000 m³/s; tides turn the sign'),
  }),
  water_velocity: measured({ en: 'Flow velocity', zh: '流速' }, 'm/s', 'mean', {
    limits: [-20, 20],
    resolution: 0.001,
    channel: 'velocity',
    source: limit('doppler flow meters end below 20 m/s'),
  }),
  water_temperature: measured({ en: 'Water temperature', zh: '水温' }, 'Cel', 'mean', {
    limits: [-5, 100],
    resolution: 0.01,
    channel: 'temperature',
    source: physics('sea water freezes at -1.9 °C; boiling at sea level'),
  }),
  water_conductivity: measured({ en: 'Conductivity', zh: '电导率' }, 'uS/cm', 'mean', {
    limits: [0, 300_000],
    resolution: 0.1,
    channel: 'conductivity',
    source: physics('saturated brine is about 250,000 µS/cm'),
  }),
  water_ph: measured({ en: 'pH', zh: 'pH 值' }, '[pH]', 'mean', {
    limits: [0, 14],
    resolution: 0.01,
    channel: 'ph',
    source: physics('scale of field electrodes'),
  }),
  water_turbidity: measured({ en: 'Turbidity', zh: '浊度' }, '{NTU}', 'mean', {
    limits: [0, 10_000],
    resolution: 0.01,
    channel: 'turbidity',
    source: limit('upper end of field turbidimeters'),
  }),
  dissolved_oxygen: measured({ en: 'Dissolved oxygen', zh: '溶解氧' }, 'mg/L', 'mean', {
    limits: [0, 60],
    resolution: 0.01,
    channel: 'oxygen',
    source: limit('supersaturated algal bloom; pure oxygen saturates near 70 mg/L at 0 °C'),
  }),
  rain_amount: measured({ en: 'Rain', zh: '降雨量' }, 'mm', 'sum', {
    limits: [0, 2000],
    resolution: 0.001,
    channel: 'rain_amount',
    source: wmo('greatest 24 h rainfall 1,825 mm, Foc-Foc, La Réunion, 1966'),
  }),
  rain_count: counter({ en: 'Rain gauge tips since the counter began', zh: '雨量计翻斗累计次数' }, 'rain_count'),
  rain_rate: measured({ en: 'Rain intensity', zh: '雨强' }, 'mm/h', 'mean', {
    limits: [0, 3000],
    resolution: 0.01,
    channel: 'rain_rate',
    source: wmo('greatest one-minute rainfall 31.2 mm, Unionville, 1956 (1,872 mm/h), with room'),
  }),
  snow_depth: measured({ en: 'Snow depth', zh: '积雪深度' }, 'm', 'mean', {
    limits: [0, 15],
    resolution: 0.001,
    channel: 'snow_depth',
    source: limit('greatest measured depth 11.82 m, Mount Ibuki, 1927'),
  }),
  air_temperature: measured({ en: 'Air temperature', zh: '气温' }, 'Cel', 'mean', {
    limits: [-90, 60],
    resolution: 0.01,
    channel: 'temperature',
    source: wmo('lowest -89.2 °C, Vostok, 1983; highest 56.7 °C, Furnace Creek, 1913'),
  }),
  relative_humidity: measured({ en: 'Relative humidity', zh: '相对湿度' }, '%', 'mean', {
    limits: [0, 100],
    resolution: 0.01,
    channel: 'humidity',
    source: physics('saturation'),
  }),
  dew_point: measured({ en: 'Dew point', zh: '露点温度' }, 'Cel', 'mean', {
    limits: [-100, 40],
    resolution: 0.01,
    channel: 'dew_point',
    source: limit('highest reported dew point 35 °C, Dhahran, 2003, with room'),
  }),
  air_pressure: measured({ en: 'Air pressure at the station', zh: '本站气压' }, 'hPa', 'mean', {
    limits: [300, 1100],
    resolution: 0.01,
    channel: 'pressure',
    source: 'Bosch BME280 data sheet BST-BME280-DS002, table 1: 300-1100 hPa; Lhasa is near 650 hPa',
  }),
  wind_speed: measured({ en: 'Wind speed', zh: '风速' }, 'm/s', 'mean', {
    limits: [0, 120],
    resolution: 0.01,
    channel: 'wind_speed',
    source: wmo('greatest gust 113.2 m/s, Barrow Island, 1996'),
  }),
  wind_gust: measured({ en: 'Wind gust', zh: '阵风' }, 'm/s', 'max', {
    limits: [0, 120],
    resolution: 0.01,
    channel: 'wind_gust',
    source: wmo('greatest gust 113.2 m/s, Barrow Island, 1996'),
  }),
  wind_direction: measured({ en: 'Wind direction', zh: '风向' }, 'deg', 'circular_mean', {
    limits: [0, 360],
    resolution: 0.1,
    channel: 'wind_direction',
    source: physics('full circle; 0 and 360 are north'),
  }),
  solar_irradiance: measured({ en: 'Solar irradiance', zh: '太阳辐照度' }, 'W/m2', 'mean', {
    limits: [-50, 2000],
    resolution: 0.1,
    channel: 'irradiance',
    source: limit('solar constant 1,361 W/m² plus cloud edges; below zero by night cooling of thermopiles'),
  }),
  illuminance: measured({ en: 'Illuminance', zh: '照度' }, 'lx', 'mean', {
    limits: [0, 200_000],
    resolution: 0.01,
    channel: 'illuminance',
    source: limit('direct sun is about 120,000 lx'),
  }),
  uv_index: measured({ en: 'UV index', zh: '紫外线指数' }, '1', 'mean', {
    limits: [0, 50],
    resolution: 0.1,
    channel: 'uv_index',
    source: limit('43.3 measured at Licancabur, 2003'),
  }),
  visibility: measured({ en: 'Visibility', zh: '能见度' }, 'm', 'mean', {
    limits: [0, 300_000],
    resolution: 1,
    channel: 'visibility',
    source: physics('Rayleigh scattering limits sight to about 300 km'),
  }),
  pm1: measured({ en: 'PM1', zh: 'PM1' }, 'ug/m3', 'mean', {
    limits: [0, 20_000],
    resolution: 0.1,
    channel: 'pm1',
    source: limit('dust storms and fires close by'),
  }),
  pm2_5: measured({ en: 'PM2.5', zh: '细颗粒物 PM2.5' }, 'ug/m3', 'mean', {
    limits: [0, 20_000],
    resolution: 0.1,
    channel: 'pm2_5',
    source: limit('dust storms and fires close by'),
  }),
  pm10: measured({ en: 'PM10', zh: '可吸入颗粒物 PM10' }, 'ug/m3', 'mean', {
    limits: [0, 50_000],
    resolution: 0.1,
    channel: 'pm10',
    source: limit('spring dust storms exceed 10,000 µg/m³ by the hour'),
  }),
  carbon_dioxide: measured({ en: 'Carbon dioxide', zh: '二氧化碳' }, '[ppm]', 'mean', {
    limits: [0, 100_000],
    resolution: 1,
    channel: 'co2',
    source: limit('tunnels, basements and pits; background air is above 400 ppm'),
  }),
  carbon_monoxide: measured({ en: 'Carbon monoxide', zh: '一氧化碳' }, 'mg/m3', 'mean', {
    limits: [0, 5000],
    resolution: 0.01,
    channel: 'co',
    source: limit('electrochemical cells end below 5,000 mg/m³'),
  }),
  nitrogen_dioxide: measured({ en: 'Nitrogen dioxide', zh: '二氧化氮' }, 'ug/m3', 'mean', {
    limits: [-50, 40_000],
    resolution: 0.1,
    channel: 'no2',
    source: limit('electrochemical cells to 20 ppm; a small negative zero error is normal'),
  }),
  sulfur_dioxide: measured({ en: 'Sulphur dioxide', zh: '二氧化硫' }, 'ug/m3', 'mean', {
    limits: [-50, 60_000],
    resolution: 0.1,
    channel: 'so2',
    source: limit('electrochemical cells to 20 ppm; a small negative zero error is normal'),
  }),
  ozone: measured({ en: 'Ozone', zh: '臭氧' }, 'ug/m3', 'mean', {
    limits: [-50, 40_000],
    resolution: 0.1,
    channel: 'o3',
    source: limit('electrochemical cells to 20 ppm; a small negative zero error is normal'),
  }),
  sound_level: measured({ en: 'Sound level, A-weighted', zh: 'A 声级' }, 'dB[SPL]', 'energy_mean', {
    limits: [0, 194],
    resolution: 0.1,
    channel: 'sound_level',
    source: physics('194 dB: sound pressure equals one atmosphere'),
  }),
  vehicle_count: counter({ en: 'Vehicles', zh: '车辆数' }, 'count', 'sum'),
  traffic_flow: measured({ en: 'Traffic flow', zh: '交通流量' }, '1/h', 'mean', {
    limits: [0, 20_000],
    resolution: 1,
    channel: 'flow',
    source: limit('a lane carries about 2,400 vehicles/h; eight lanes'),
  }),
  vehicle_speed: measured({ en: 'Vehicle speed', zh: '车速' }, 'km/h', 'weighted_mean', {
    limits: [0, 400],
    resolution: 0.1,
    channel: 'speed',
    source: limit('upper end of roadside radars'),
  }),
  lane_occupancy: measured({ en: 'Lane occupancy', zh: '车道占有率' }, '%', 'mean', {
    limits: [0, 100],
    resolution: 0.1,
    channel: 'occupancy',
    source: physics('share of time'),
  }),
  person_count: counter({ en: 'Persons', zh: '人数' }, 'persons'),
  presence: state({ en: 'Somebody is there', zh: '有人' }, 'presence'),
  motion: state({ en: 'Something moves', zh: '有活动' }, 'motion'),
  help_call: state({ en: 'Call for help', zh: '呼救' }, 'help'),
  parking_occupied: state({ en: 'Parking space taken', zh: '车位占用' }, 'occupied'),
  free_spaces: counter({ en: 'Free parking spaces', zh: '空闲车位数' }, 'free'),
  door_open: state({ en: 'Door is open', zh: '门已打开' }, 'door_open'),
  float_switch: state({ en: 'Water has reached the switch', zh: '水位开关已触发' }, 'wet'),
  switch_on: state({ en: 'Switched on', zh: '已接通' }, 'on'),
  lamp_on: state({ en: 'Lamp is lit', zh: '灯已点亮' }, 'lit'),
  lamp_level: measured({ en: 'Lamp dimming level', zh: '调光等级' }, '%', 'mean', {
    limits: [0, 100],
    resolution: 1,
    channel: 'level',
    source: physics('share of full output'),
  }),
  burn_time: measured({ en: 'Burn time', zh: '亮灯时长' }, 'h', 'sum', {
    limits: [0, 200_000],
    resolution: 0.001,
    channel: 'burn_time',
    source: limit('longest rated life of an LED luminaire is about 100,000 h'),
  }),
  voltage: measured({ en: 'Voltage', zh: '电压' }, 'V', 'mean', {
    limits: [-1000, 500_000],
    resolution: 0.001,
    channel: 'voltage',
    source: limit('battery to distribution grid'),
  }),
  current: measured({ en: 'Current', zh: '电流' }, 'A', 'mean', {
    limits: [-10_000, 10_000],
    resolution: 0.001,
    channel: 'current',
    source: limit('feeder of a district'),
  }),
  active_power: measured({ en: 'Active power', zh: '有功功率' }, 'W', 'mean', {
    limits: [-1e9, 1e9],
    resolution: 0.1,
    channel: 'power',
    source: limit('feeder of a district; feeding back turns the sign'),
  }),
  apparent_power: measured({ en: 'Apparent power', zh: '视在功率' }, 'V.A', 'mean', {
    limits: [0, 1e9],
    resolution: 0.1,
    channel: 'apparent_power',
    source: limit('feeder of a district'),
  }),
  power_factor: measured({ en: 'Power factor', zh: '功率因数' }, '1', 'mean', {
    limits: [-1, 1],
    resolution: 0.001,
    channel: 'power_factor',
    source: physics('cosine'),
  }),
  grid_frequency: measured({ en: 'Grid frequency', zh: '电网频率' }, 'Hz', 'mean', {
    limits: [0, 100],
    resolution: 0.001,
    channel: 'frequency',
    source: limit('50 and 60 Hz grids, generators that start'),
  }),
  energy: measured({ en: 'Energy, meter reading', zh: '电能示值' }, 'kW.h', 'last', {
    limits: [0, 1e9],
    resolution: 0.001,
    channel: 'energy',
    source: limit('DL/T 645-2007 meters show at most 999,999.99 kWh; transformer ratios raise it'),
  }),
  soil_moisture: measured({ en: 'Soil moisture by volume', zh: '土壤体积含水率' }, '%', 'mean', {
    limits: [0, 100],
    resolution: 0.1,
    channel: 'moisture',
    source: physics('share of volume'),
  }),
  cpu_temperature: measured({ en: 'Processor temperature', zh: '处理器温度' }, 'Cel', 'max', {
    limits: [-60, 150],
    resolution: 0.1,
    channel: 'cpu_temperature',
    source: limit('silicon fails above 150 °C'),
  }),
  cpu_load: measured({ en: 'Processor load', zh: '处理器负载' }, '%', 'mean', {
    limits: [0, 100],
    resolution: 0.1,
    channel: 'cpu_load',
    source: physics('share of time of all cores'),
  }),
  memory_free: measured({ en: 'Free memory', zh: '可用内存' }, 'By', 'min', {
    limits: [0, 1e12],
    resolution: 1,
    channel: 'memory_free',
    source: limit('1 TB'),
  }),
  disk_free: measured({ en: 'Free disk space', zh: '可用磁盘空间' }, 'By', 'min', {
    limits: [0, 1e15],
    resolution: 1,
    channel: 'disk_free',
    source: limit('1 PB'),
  }),
  clock_error: measured({ en: 'Clock error', zh: '时钟误差' }, 's', 'max', {
    limits: [-4e9, 4e9],
    resolution: 0.001,
    channel: 'clock_error',
    source: limit('a clock that starts in 1970'),
  }),
  supply_voltage: measured({ en: 'Supply voltage', zh: '供电电压' }, 'V', 'min', {
    limits: [0, 100],
    resolution: 0.001,
    channel: 'supply_voltage',
    source: limit('cabinet supply'),
  }),
  supply_low: state({ en: 'Supply voltage too low', zh: '供电欠压' }, 'supply_low'),
  throttled: state({ en: 'Processor throttled', zh: '处理器降频' }, 'throttled'),
  battery_level: measured({ en: 'Battery level', zh: '电池电量' }, '%', 'last', {
    limits: [0, 100],
    resolution: 1,
    channel: 'battery',
    source: physics('share of the full charge'),
  }),
  signal_quality: measured({ en: 'Radio signal quality', zh: '信号质量' }, '%', 'min', {
    limits: [0, 100],
    resolution: 1,
    channel: 'signal',
    source: physics('share of the best signal'),
  }),
  latitude: measured({ en: 'Latitude', zh: '纬度' }, 'deg', 'last', {
    limits: [-90, 90],
    resolution: 0.000_001,
    channel: 'latitude',
    source: physics('from pole to pole, north is positive'),
  }),
  longitude: measured({ en: 'Longitude', zh: '经度' }, 'deg', 'last', {
    limits: [-180, 180],
    resolution: 0.000_001,
    channel: 'longitude',
    source: physics('once round the earth, east is positive'),
  }),
  altitude: measured({ en: 'Altitude over mean sea level', zh: '海拔高度' }, 'm', 'mean', {
    limits: [-500, 9000],
    resolution: 0.1,
    channel: 'altitude',
    source: physics('from the shore of the Dead Sea to the top of Mount Everest'),
  }),
  satellite_count: counter({ en: 'Satellites in use', zh: '使用中的卫星数' }, 'satellites', 'min'),
} as const satisfies Record<string, Quantity>;

export type QuantityName = keyof typeof quantities;

export function isQuantity(name: string): name is QuantityName {
  return Object.hasOwn(quantities, name);
}

/** The row of a quantity that was checked to exist. */
export function quantityOf(name: QuantityName): Quantity {
  return quantities[name];
}
