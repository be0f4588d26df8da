/**
 * The descriptions in `config.schema.json`, which become hints, in Chinese: JSON Schema has room for one language.
 * A test holds the two together.
 */
export const chineseHints: Readonly<Record<string, string>> = {
  'Everything a gateway is told. Paths are relative to this file; values with a dimension carry their unit.':
    '网关的全部配置。路径相对于本文件；有量纲的值须带单位。',
  'which gateway this is': '本网关的身份',
  'lower-case letters, digits and -, unique in the city': '小写字母、数字和 -，全市唯一',
  'IANA name such as Asia/Shanghai': 'IANA 时区名，例如 Asia/Shanghai',
  'when a day begins in daily sums, such as 08:00': '日累计的起始时刻，例如 08:00',
  'words of your own, such as district: futian': '自定义标签，例如 district: futian',
  'where it is, WGS 84': '位置（WGS 84）',
  'degrees north, WGS 84': '纬度，北纬为正（WGS 84）',
  'degrees east, WGS 84': '经度，东经为正（WGS 84）',
  'the place in words': '位置的文字说明',
  'where readings are kept': '读数的保存位置',
  'directory of the journal': '日志目录',
  'disk space such as 4GiB; never more than a quarter of the free disk':
    '磁盘空间，例如 4GiB；不会超过可用空间的四分之一',
  'delivered readings are kept so many days': '已送达读数的保留天数',
  'longest time until a reading is safe on disk, milliseconds': '读数最迟多久写入磁盘（毫秒）',
  'longest time that a publisher waits for its ack, milliseconds': '发布者等待确认的最长时间（毫秒）',
  'the local MQTT broker': '本地 MQTT 代理',
  'address to listen on; beyond 127.0.0.1 every client needs a user':
    '监听地址；127.0.0.1 以外的地址要求每个客户端都有用户名',
  'TCP port; 0 takes a free one': 'TCP 端口；0 表示自动选择空闲端口',
  'file made by lamppost user add': '由 lamppost user add 生成的文件',
  'file of calibration records, added to by lamppost calibrate': '校准记录文件，由 lamppost calibrate 追加',
  'publish a reading when it is accepted, or when it is safe on disk':
    '何时发布读数：accepted 为接收后立即发布，kept 为写入磁盘后发布',
  'health and metrics over HTTP': 'HTTP 健康检查与指标',
  'address to listen on': '监听地址',
  "node boards with our firmware, and this machine's own header": '装有本项目固件的节点板，以及本机的排针',
  'name of the board: lower-case letters, digits and -': '板卡名称：小写字母、数字和 -',
  "{ serial: … }, { tcp: host:port }, { simulated: … } or { gpio: auto } for this machine's own pins":
    '{ serial: … }、{ tcp: 主机:端口 }、{ simulated: … }，或用 { gpio: auto } 表示本机引脚',
  "label of this machine's GPIO chip, such as pinctrl-rp1; auto finds that of a Raspberry Pi":
    '本机 GPIO 芯片的标签，例如 pinctrl-rp1；auto 自动查找树莓派的芯片',
  'serial port, best by its lasting name: /dev/serial/by-id/…': '串口，建议使用固定名称 /dev/serial/by-id/…',
  'host:port of a serial-to-Ethernet box': '串口服务器的 主机:端口',
  'name of a device of the virtual street: lower-case letters, digits and -':
    '虚拟街道中的设备名称：小写字母、数字和 -',
  'the sensors and outputs': '传感器与输出设备',
  'name of the device: lower-case letters, digits and -': '设备名称：小写字母、数字和 -',
  'one text, or { en: …, zh: … }': '一段文字，或 { en: …, zh: … }',
  'device profile, such as dfrobot/a02yyuw; `lamppost profiles list` shows all':
    '设备档案，例如 dfrobot/a02yyuw；`lamppost profiles list` 可列出全部',
  '{ serial: … }, { tcp: host:port }, { bus: …, address: … }, { listen: host:port }, { topic: … }, { board: …, pin: … }, { sysfs: … }, gateway or ingest':
    '{ serial: … }、{ tcp: 主机:端口 }、{ bus: …, address: … }、{ listen: 地址:端口 }、{ topic: … }、{ board: …, pin: … }、{ sysfs: … }、gateway 或 ingest',
  'what the kernel calls the device, such as 28-0316a2795bff: ls /sys/bus/w1/devices':
    '内核中的设备名，例如 28-0316a2795bff：ls /sys/bus/w1/devices',
  'host:port where a data logger dials in, such as 0.0.0.0:9212': '供数采仪主动连接的 地址:端口，例如 0.0.0.0:9212',
  'topic that the device itself publishes to, such as tele/door4/SENSOR': '设备自身发布的主题，例如 tele/door4/SENSOR',
  'lines that several devices share: RS-485 with Modbus or DL/T 645, and Modbus TCP':
    '多个设备共用的总线：RS-485（Modbus 或 DL/T 645）以及 Modbus TCP',
  '{ serial: … }, { tcp: host:port } or { simulated: … }': '{ serial: … }、{ tcp: 主机:端口 } 或 { simulated: … }',
  'name of the bus: lower-case letters, digits and -': '总线名称：小写字母、数字和 -',
  'baud rate and frame of all devices on the bus, such as 9600 8N1; what the profiles say if not said':
    '总线上所有设备的波特率与帧格式，例如 9600 8N1；默认按设备档案',
  'rtu: as on a serial line, also through a serial-to-Ethernet box; tcp: Modbus TCP, mostly on port 502':
    'rtu：与串口相同，也用于串口服务器；tcp：Modbus TCP，通常为 502 端口',
  'id of one of the buses': '某条总线的 id',
  'Modbus: 1 to 247; DL/T 645: the 12 digits of the meter in quotes':
    'Modbus：1 至 247；DL/T 645：电表的 12 位地址，须加引号',
  'baud rate and frame, such as 9600 8N1': '波特率与帧格式，例如 9600 8N1',
  'id of one of the boards': '某块板卡的 id',
  'pin such as 2 or A0': '引脚，例如 2 或 A0',
  'time between readings, such as 10s': '读数间隔，例如 10s',
  'how often a device that does not send by itself is asked, such as 2s; as often as there are readings if not said':
    '对不主动发送的设备的询问间隔，例如 2s；缺省与读数间隔相同',
  'read faster for a while: { every: 1s, near: 10 cm, rising: 2 cm/min, hold: 5min }':
    '一段时间内加快读取：{ every: 1s, near: 10 cm, rising: 2 cm/min, hold: 5min }',
  'time between readings in a burst, such as 1s': '加快读取时的读数间隔，例如 1s',
  'the burst begins when an alarm limit of the device is nearer than this, such as 10 cm, or passed':
    '数值距该设备的告警限值小于此值（例如 10 cm）或已越限时，开始加快读取',
  'the burst begins when a channel rises faster than this, such as 2 cm/min':
    '通道上升速度超过此值（例如 2 cm/min）时，开始加快读取',
  'how long the burst goes on after the last reason for it; 5min if not said':
    '原因消失后继续加快读取的时长；缺省 5min',
  'the one channel to look at; all that have such a unit if not said': '仅看这一通道；缺省为单位相符的所有通道',
  'a value that is no further than this from the last published one is not published, such as 5 mm, or { depth: 5 mm } for one channel; never for sums':
    '与上次发布值相差不超过此值时不发布，例如 5 mm，或只对一个通道 { depth: 5 mm }；累计量不适用',
  'however little changes, there is a reading so often; 10min if not said':
    '无论变化多小，至少每隔此时间发布一次；缺省 10min',
  'address on the I2C bus, such as 0x77; without it the chip is looked for':
    'I2C 总线地址，例如 0x77；缺省时自动查找芯片',
  'statistic when several values come in between; each quantity has the right one by default':
    '间隔内有多个值时采用的统计方法；默认按物理量选择',
  'what only the site knows, as the profile asks for': '仅现场可知的参数，由设备档案规定',
  'what must not be missed': '不可遗漏的告警',
  'name of the rule: lower-case letters, digits and -': '规则名称：小写字母、数字和 -',
  'the condition, such as { device: underpass-7, channel: depth, above: 25 cm }':
    '条件，例如 { device: underpass-7, channel: depth, above: 25 cm }',
  'id of one of the devices': '某个设备的 id',
  'one of its channels': '该设备的某个通道',
  'a value with its unit, such as 25 cm': '带单位的值，例如 25 cm',
  'a state: true, false or a text in quotes': '状态：true、false 或带引号的文字',
  'the condition must hold so long, such as 10s': '条件须持续的时间，例如 10s',
  'the alarm ends below this, such as 20 cm': '低于此值时告警解除，例如 20 cm',
  'the alarm ends above this, such as 20 cm': '高于此值时告警解除，例如 20 cm',
  'the value must be back so long, such as 60s': '恢复须持续的时间，例如 60s',
  'how urgent: info, warning or critical': '紧急程度：info、warning 或 critical',
  'when the data cannot be judged for as long as `for`: raise <id>-blind, or only hold':
    '数据无法判断时：alarm 为触发 <id>-blind，hold 为仅保持现状',
  'commands that the gateway gives by itself': '网关自动下达的命令',
  'device/command, such as siren/on': '设备/命令，例如 siren/on',
  'true or false': 'true 或 false',
  'the city brokers, one for each recipient': '市级 MQTT 代理，每个接收方一个',
  'name of the upstream: lower-case letters, digits and -': '上级平台名称：小写字母、数字和 -',
  'the only kind there is: mqtt': '目前仅支持 mqtt',
  'mqtts://host:8883 or mqtt://host:1883': 'mqtts://主机:8883 或 mqtt://主机:1883',
  '5, or 3.1.1 where a broker acks what its rights throw away':
    '5；代理不支持时用 3.1.1（会确认被其访问控制丢弃的消息）',
  'first levels of the topics, such as city; no + # $': '主题的前几级，例如 city；不得含 + # $',
  'the only dialect there is: native': '目前仅支持 native',
  'how batches are packed: json, gzip or zstd': '批次的打包方式：json、gzip 或 zstd',
  'whether a new upstream gets what is already there: oldest, or now':
    '新增上级平台是否接收已有数据：oldest 为全部，now 为仅此后',
  'user name at the broker': '代理上的用户名',
  'folder of device profiles of your own, <maker>/<model>.yaml': '自有设备档案的目录，文件为 <厂家>/<型号>.yaml',
  'file with the password, mode 0600': '密码文件，权限 0600',
  "PEM file of the authority that signed the broker's certificate": '签发代理证书的 CA 的 PEM 文件',
  "PEM file of the gateway's certificate": '网关证书的 PEM 文件',
  "PEM file of the gateway's key, mode 0600": '网关私钥的 PEM 文件，权限 0600',
  "tests of the values here, by channel: { depth: { spike: { suspect: 10 cm } } }; each stands in for the profile's":
    '本站点对数值的检查，按通道填写：{ depth: { spike: { suspect: 10 cm } } }；逐项取代档案中的检查',
  'tests of one channel': '一个通道的检查',
  'what values are plausible at the site: { suspect: [-10 °C, 45 °C] }, with bad and seasons':
    '本地合理的取值范围：{ suspect: [-10 °C, 45 °C] }，可加 bad 和 seasons',
  'beyond these a value is suspect, such as [-10 °C, 45 °C]': '超出此范围的值可疑，例如 [-10 °C, 45 °C]',
  'beyond these a value is bad': '超出此范围的值无效',
  'a value with its unit, such as 10 cm': '带单位的数值，例如 10 cm',
  'other limits at times of the year: { from: 12-01, to: 03-01, suspect: [-30 °C, 25 °C] }':
    '不同季节的范围：{ from: 12-01, to: 03-01, suspect: [-30 °C, 25 °C] }',
  'one season': '一个季节',
  'first day, month and day, such as 12-01': '起始日（月-日），例如 12-01',
  'first day after the season, such as 03-01': '季节结束后的第一天（月-日），例如 03-01',
  'at these values the sensor is at the end of its scale: { most: 4.5 m }': '传感器到达量程端点的数值：{ most: 4.5 m }',
  'this value and less is suspect, such as 0.2 m': '小于等于此值可疑，例如 0.2 m',
  'this value and more is suspect, such as 4.5 m': '大于等于此值可疑，例如 4.5 m',
  'away from the median of the three values before: { suspect: 10 cm, bad: 50 cm }':
    '与前三个值的中位数之差：{ suspect: 10 cm, bad: 50 cm }',
  'more than this is suspect, such as 10 cm': '超过此值可疑，例如 10 cm',
  'more than this is bad, such as 50 cm': '超过此值无效，例如 50 cm',
  'older values do not count, such as 10min': '更早的值不参与比较，例如 10min',
  'change in a time: { suspect: 10 cm, per: 1min }': '单位时间内的变化：{ suspect: 10 cm, per: 1min }',
  'in so much time, such as 1min': '时间长度，例如 1min',
  'always the same value: { after: 6h, within: 1 mm }': '数值长时间不变：{ after: 6h, within: 1 mm }',
  'after so long it is suspect, such as 6h': '持续多久后可疑，例如 6h',
  'after so long it is bad, such as 24h': '持续多久后无效，例如 24h',
  'what counts as the same, such as 1 mm; else exactly the same': '视为不变的幅度，例如 1 mm；默认须完全相同',
  'less movement than there always is: { over: 12h, least: 2 mm }': '波动小于正常水平：{ over: 12h, least: 2 mm }',
  'in so much time, such as 12h': '时间长度，例如 12h',
  'a smaller difference is suspect, such as 2 mm': '波动小于此值可疑，例如 2 mm',
  'a smaller difference is bad, such as 1 mm': '波动小于此值无效，例如 1 mm',
  'silence: { after: 30min }': '无数据：{ after: 30min }',
  'after so long a value is missing, such as 30min': '多久无数据视为缺失，例如 30min',
  'what values are plausible at the site: { suspect: [-10 °C, 45 °C] }, with bad and seasons; off: not here':
    '本地合理的取值范围：{ suspect: [-10 °C, 45 °C] }，可加 bad 和 seasons；off 表示本站点不检查',
  'at these values the sensor is at the end of its scale: { most: 4.5 m }; off: not here':
    '传感器到达量程端点的数值：{ most: 4.5 m }；off 表示本站点不检查',
  'away from the median of the three values before: { suspect: 10 cm, bad: 50 cm }; off: not here':
    '与前三个值的中位数之差：{ suspect: 10 cm, bad: 50 cm }；off 表示本站点不检查',
  'change in a time: { suspect: 10 cm, per: 1min }; off: not here':
    '单位时间内的变化：{ suspect: 10 cm, per: 1min }；off 表示本站点不检查',
  'always the same value: { after: 6h, within: 1 mm }; off: not here':
    '数值长时间不变：{ after: 6h, within: 1 mm }；off 表示本站点不检查',
  'less movement than there always is: { over: 12h, least: 2 mm }; off: not here':
    '波动小于正常水平：{ over: 12h, least: 2 mm }；off 表示本站点不检查',
  'silence: { after: 30min }; off: not here': '无数据：{ after: 30min }；off 表示本站点不检查',
};
