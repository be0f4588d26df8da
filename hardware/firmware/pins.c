/* Firmata's pins 0..19: D0..D13, A0..A5. No interrupt writes to a port, so plain read-modify-write is safe here. */
#include <avr/io.h>

#include "node.h"

enum { INPUT_REPORT = 0x90, ANALOG_REPORT = 0xE0, CAPABILITIES = 0x6C, ANALOG_MAPPING = 0x6A, STATE = 0x6E };
enum { NOTHING = 0x7F, DIGITAL_BITS = 1, ANALOG_BITS = 10 };

#define CAN(mode) (1 << (mode))
#define CAN_SENSE (CAN(MODE_INPUT) | CAN(MODE_PULLUP))

/* PINx, DDRx and PORTx of a port lie side by side in this order (data sheet, "Register Summary"). */
struct port {
    volatile uint8_t levels, directions, outputs;
};

static uint8_t modes[PIN_COUNT];
static uint8_t reported_ports, reported_channels; /* bit sets */
static uint8_t last_report[PORT_COUNT];

static struct port *port_of(uint8_t pin)
{
    return (struct port *)(pin < 8 ? &PIND : pin < PIN_ANALOG ? &PINB : &PINC);
}

static uint8_t mask_of(uint8_t pin)
{
    return 1 << (pin < 8 ? pin : pin < PIN_ANALOG ? pin - 8 : pin - PIN_ANALOG);
}

static bool is_counter(uint8_t pin)
{
    return pin >= PIN_COUNTER && pin < PIN_COUNTER + COUNTERS;
}

static uint16_t modes_of(uint8_t pin)
{
    if (pin < PIN_COUNTER || pin >= PIN_COUNT)
        return 0; /* D0 and D1 are the serial line. */
    if (is_counter(pin))
        return CAN_SENSE; /* The host may look on, but never drives a contact that is being counted. */
    if (pin < PIN_ANALOG)
        return CAN_SENSE | CAN(MODE_OUTPUT);
    if (pin < PIN_SDA)
        return CAN_SENSE | CAN(MODE_OUTPUT) | CAN(MODE_ANALOG);
    return CAN_SENSE | CAN(MODE_OUTPUT) | CAN(MODE_ANALOG) | CAN(MODE_I2C);
}

static bool can(uint8_t pin, uint8_t mode)
{
    return mode <= MODE_PULLUP && modes_of(pin) & CAN(mode);
}

static void latch(uint8_t pin, bool high)
{
    if (high)
        port_of(pin)->outputs |= mask_of(pin);
    else
        port_of(pin)->outputs &= ~mask_of(pin);
}

/*
 * A pin has its level before it drives it: no spike on a relay. One that is an output already keeps its level: a host
 * that starts anew must not make a pump stutter.
 */
static void make_output(uint8_t pin)
{
    if (port_of(pin)->directions & mask_of(pin))
        return;
    latch(pin, safety_level(pin));
    port_of(pin)->directions |= mask_of(pin);
}

static void make_input(uint8_t pin, bool pull_up)
{
    port_of(pin)->directions &= ~mask_of(pin);
    latch(pin, pull_up);
}

void pins_set_mode(uint8_t pin, uint8_t mode)
{
    if (!can(pin, mode))
        return;
    if (modes[pin] == MODE_I2C && mode != MODE_I2C)
        i2c_end();
    modes[pin] = mode;
    if (mode == MODE_OUTPUT)
        make_output(pin);
    else
        make_input(pin, mode == MODE_PULLUP || mode == MODE_I2C || is_counter(pin));
}

bool pins_can_output(uint8_t pin)
{
    return can(pin, MODE_OUTPUT);
}

bool pins_is_output(uint8_t pin)
{
    return pin < PIN_COUNT && modes[pin] == MODE_OUTPUT;
}

void pins_write(uint8_t pin, bool high)
{
    if (!pins_is_output(pin))
        return;
    latch(pin, high);
    safety_written(pin);
}

void pins_write_port(uint8_t port, uint8_t levels)
{
    for (uint8_t i = 0; i < 8; i++)
        pins_write(port * 8 + i, levels >> i & 1);
}

/* Outputs with a declared safe level take it and stay outputs; all else becomes an input. */
void pins_reset(void)
{
    reported_ports = reported_channels = 0;
    for (uint8_t pin = PIN_COUNTER; pin < PIN_COUNT; pin++) {
        if (pins_is_output(pin) && safety_is_declared(pin))
            safety_enforce(pin);
        else
            pins_set_mode(pin, pin < PIN_ANALOG ? MODE_INPUT : MODE_ANALOG);
    }
}

/* Not D0: a report of the line's own level would cause the next one. */
static bool is_input(uint8_t pin)
{
    return pin < PIN_COUNT && can(pin, modes[pin]) && CAN(modes[pin]) & CAN_SENSE;
}

static uint8_t input_levels(uint8_t port)
{
    uint8_t levels = 0;
    for (uint8_t i = 0; i < 8; i++) {
        uint8_t pin = port * 8 + i;
        if (is_input(pin) && port_of(pin)->levels & mask_of(pin))
            levels |= 1 << i;
    }
    return levels;
}

static void send_port(uint8_t port)
{
    last_report[port] = input_levels(port);
    wire_message(INPUT_REPORT | port, last_report[port]);
}

void pins_report_port(uint8_t port, bool on)
{
    if (port >= PORT_COUNT)
        return;
    reported_ports &= ~(1 << port);
    if (!on)
        return;
    reported_ports |= 1 << port;
    send_port(port);
}

void pins_report_changes(void)
{
    for (uint8_t port = 0; port < PORT_COUNT; port++) {
        if (reported_ports & 1 << port && input_levels(port) != last_report[port])
            send_port(port);
    }
}

static uint16_t convert(uint8_t channel)
{
    ADMUX = _BV(REFS0) | channel; /* against AVCC */
    ADCSRA |= _BV(ADSC);
    loop_until_bit_is_clear(ADCSRA, ADSC); /* 13 clocks of 8 us */
    return ADC;
}

bool pins_sample(uint8_t channel)
{
    bool wanted = reported_channels & 1 << channel && modes[PIN_ANALOG + channel] == MODE_ANALOG;
    if (wanted)
        wire_message(ANALOG_REPORT | channel, convert(channel));
    return wanted;
}

/* firmata-io sends no SET_PIN_MODE before it asks for a channel, so the request itself makes the pin analog. */
void pins_report_channel(uint8_t channel, bool on)
{
    if (channel >= CHANNEL_COUNT)
        return;
    reported_channels &= ~(1 << channel);
    if (!on)
        return;
    reported_channels |= 1 << channel;
    if (modes[PIN_ANALOG + channel] != MODE_I2C)
        pins_set_mode(PIN_ANALOG + channel, MODE_ANALOG);
    pins_sample(channel);
}

void pins_send_capabilities(void)
{
    wire_sysex(CAPABILITIES);
    for (uint8_t pin = 0; pin < PIN_COUNT; pin++) {
        for (uint8_t mode = 0; mode <= MODE_PULLUP; mode++) {
            if (can(pin, mode)) {
                wire_u7(mode);
                wire_u7(mode == MODE_ANALOG ? ANALOG_BITS : DIGITAL_BITS);
            }
        }
        wire_u7(NOTHING);
    }
    wire_end();
}

void pins_send_analog_mapping(void)
{
    wire_sysex(ANALOG_MAPPING);
    for (uint8_t pin = 0; pin < PIN_COUNT; pin++)
        wire_u7(pin < PIN_ANALOG ? NOTHING : pin - PIN_ANALOG);
    wire_end();
}

/* Firmata's "state" is what was written to an output, or whether an input has its pull-up: on an AVR one register. */
void pins_send_state(uint8_t pin)
{
    if (pin >= PIN_COUNT)
        return;
    wire_sysex(STATE);
    wire_u7(pin);
    wire_u7(modes[pin]);
    wire_u7((port_of(pin)->outputs & mask_of(pin)) != 0);
    wire_end();
}

void pins_begin(void)
{
    ADCSRA = _BV(ADEN) | _BV(ADPS2) | _BV(ADPS1) | _BV(ADPS0); /* 16 MHz / 128 = 125 kHz; 50..200 kHz is right */
    pins_reset();
}
