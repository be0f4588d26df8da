/*
 * Firmata 2.5: the messages of https://github.com/firmata/protocol, protocol.md and i2c.md, written from that text.
 * Messages we do not know, or whose length is wrong, change nothing and get no answer.
 */
#include "node.h"

enum { PROTOCOL_MAJOR = 2, PROTOCOL_MINOR = 5, FIRMWARE_MAJOR = 0, FIRMWARE_MINOR = 1 };

enum {
    DIGITAL_MESSAGE = 0x90, /* low four bits: port */
    REPORT_ANALOG = 0xC0,   /* low four bits: channel */
    REPORT_DIGITAL = 0xD0,  /* low four bits: port */
    START_SYSEX = 0xF0,
    SET_PIN_MODE = 0xF4,
    SET_PIN_VALUE = 0xF5,
    END_SYSEX = 0xF7,
    REPORT_VERSION = 0xF9,
    SYSTEM_RESET = 0xFF,
};

enum {
    USER_FIRST = 0x01,
    USER_LAST = 0x0F,
    ANALOG_MAPPING_QUERY = 0x69,
    CAPABILITY_QUERY = 0x6B,
    PIN_STATE_QUERY = 0x6D,
    I2C_REQUEST = 0x76,
    I2C_CONFIG = 0x78,
    REPORT_FIRMWARE = 0x79,
    SAMPLING_INTERVAL = 0x7A,
};

/* The message being received: its status byte, then its data. A sysex longer than this is dropped. */
enum { DATA_SIZE = 72 };
static uint8_t status; /* 0 between messages */
static uint8_t data[DATA_SIZE];
static uint8_t length;

static void send_version(void)
{
    wire_message(REPORT_VERSION, PROTOCOL_MAJOR | PROTOCOL_MINOR << 7);
}

static void send_firmware(void)
{
    wire_sysex(REPORT_FIRMWARE);
    wire_u7(FIRMWARE_MAJOR);
    wire_u7(FIRMWARE_MINOR);
    wire_text(PSTR("lamppost-node"));
    wire_end();
}

void firmata_greet(void)
{
    send_version();
    send_firmware();
    node_greet();
}

/* To the state after power-on, but for the counters and the outputs with a declared safe level. */
static void reset(void)
{
    sampling_reset();
    i2c_stop();
    node_reset();
    pins_reset();
}

static void take_sysex(uint8_t command, const uint8_t *bytes, uint8_t count)
{
    if (command >= USER_FIRST && command <= USER_LAST) {
        node_take(command, bytes, count);
        return;
    }
    switch (command) {
    case REPORT_FIRMWARE:
        send_firmware();
        break;
    case CAPABILITY_QUERY:
        pins_send_capabilities();
        break;
    case ANALOG_MAPPING_QUERY:
        pins_send_analog_mapping();
        break;
    case PIN_STATE_QUERY:
        if (count == 1)
            pins_send_state(bytes[0]);
        break;
    case SAMPLING_INTERVAL:
        if (count == 2)
            sampling_every(wire_read_u14(bytes));
        break;
    case I2C_CONFIG:
        i2c_config(bytes, count);
        break;
    case I2C_REQUEST:
        i2c_request(bytes, count);
        break;
    }
}

static uint8_t kind_of(uint8_t byte)
{
    return byte < START_SYSEX ? byte & 0xF0 : byte;
}

/* How many data bytes follow; 0 for what we do not know. */
static uint8_t data_length(uint8_t kind)
{
    switch (kind) {
    case DIGITAL_MESSAGE:
    case SET_PIN_MODE:
    case SET_PIN_VALUE:
        return 2;
    case REPORT_ANALOG:
    case REPORT_DIGITAL:
        return 1;
    default:
        return 0;
    }
}

static void take_message(void)
{
    uint8_t index = status & 0x0F;
    switch (kind_of(status)) {
    case DIGITAL_MESSAGE:
        pins_write_port(index, wire_read_u14(data));
        break;
    case REPORT_ANALOG:
        pins_report_channel(index, data[0]);
        break;
    case REPORT_DIGITAL:
        pins_report_port(index, data[0]);
        break;
    case SET_PIN_MODE:
        pins_set_mode(data[0], data[1]);
        break;
    case SET_PIN_VALUE:
        pins_write(data[0], data[1]);
        break;
    }
}

static void end_message(void)
{
    status = 0;
    length = 0;
}

/* A status byte ends whatever was being received, as in MIDI; a sysex that it cuts short is dropped. */
static void take_status(uint8_t byte)
{
    bool sysex_ends = status == START_SYSEX && byte == END_SYSEX && length > 0;
    if (sysex_ends)
        take_sysex(data[0], data + 1, length - 1);
    end_message();
    if (byte == REPORT_VERSION)
        send_version();
    else if (byte == SYSTEM_RESET)
        reset();
    else if (byte == START_SYSEX || data_length(kind_of(byte)) > 0)
        status = byte;
}

static void take_data(uint8_t byte)
{
    if (status == 0)
        return;
    if (length == DATA_SIZE) {
        end_message();
        return;
    }
    data[length++] = byte;
    if (status != START_SYSEX && length == data_length(kind_of(status))) {
        take_message();
        end_message();
    }
}

/* firmata-io sends the delay of I2C_CONFIG, against the protocol, as two bytes of 8 bits. */
static bool is_data(uint8_t byte)
{
    bool in_delay = status == START_SYSEX && (length == 1 || length == 2) && data[0] == I2C_CONFIG;
    return byte < 0x80 || (in_delay && byte != END_SYSEX && byte != START_SYSEX);
}

void firmata_take(int16_t item)
{
    if (item == UART_DAMAGE)
        end_message();
    else if (is_data(item))
        take_data(item);
    else
        take_status(item);
}
