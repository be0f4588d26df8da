/*
 * lamppost-node: firmware for the street end of a Lamppost gateway, on an ATmega328P at 16 MHz (Arduino Uno, Nano).
 *
 * This page is the whole design: what each file promises the others. Time is milliseconds since the program started,
 * 32 bits, so it wraps after 49.7 days; differences of two times stay right over the wrap.
 * Only three things run in interrupts: a byte comes in, a byte goes out, a millisecond passes (and the counters look
 * at their contacts). Everything else is the main loop, one short turn after the other, asleep in between.
 */
#ifndef NODE_H
#define NODE_H

#include <avr/pgmspace.h>
#include <stdbool.h>
#include <stdint.h>

/* clock.c - one tick a millisecond. */
void clock_begin(void);
uint32_t clock_ms(void);
void clock_idle(void); /* Sleeps until the next interrupt, which is the next tick at the latest. */

/* uart.c - 57600 baud, 8 data bits, no parity, 1 stop bit; both directions through a ring. */
enum { UART_NOTHING = -1, UART_DAMAGE = 0x100 };
void uart_begin(void);
bool uart_has_input(void);
int16_t uart_read(void);       /* A byte, or UART_DAMAGE where bytes were lost or garbled, or UART_NOTHING. */
void uart_write(uint8_t byte); /* Waits for room: at most a byte time, 174 us. */

/* wire.c - numbers and text as Firmata's 7-bit bytes, least significant first. */
void wire_message(uint8_t status, uint16_t value); /* A status byte with 14 bits of data. */
void wire_sysex(uint8_t command);                  /* Opens a sysex message, ... */
void wire_u7(uint8_t value);                       /* ... one byte, */
void wire_u14(uint16_t value);                     /* two bytes, */
void wire_u32(uint32_t value);                     /* five bytes, */
void wire_text(PGM_P text);                        /* two bytes for each character, */
void wire_end(void);                               /* ... and closes it. */
uint16_t wire_read_u14(const uint8_t *bytes);
uint32_t wire_read_u32(const uint8_t *bytes);

/* firmata.c - takes the host's messages apart and answers those of the Firmata core. */
void firmata_greet(void);
void firmata_take(int16_t item); /* What uart_read gave. */

/* pins.c - Firmata's pins 0..19: D0..D13, A0..A5. A message for a pin that cannot do it changes nothing. */
enum { PIN_COUNT = 20, PIN_COUNTER = 2, PIN_ANALOG = 14, PIN_SDA = 18, PIN_SCL = 19 };
enum { PORT_COUNT = 3, CHANNEL_COUNT = 6 };
enum { MODE_INPUT = 0, MODE_OUTPUT = 1, MODE_ANALOG = 2, MODE_I2C = 6, MODE_PULLUP = 11 };
void pins_begin(void);
void pins_reset(void);
void pins_set_mode(uint8_t pin, uint8_t mode);
void pins_write(uint8_t pin, bool high); /* Outputs only. */
bool pins_can_output(uint8_t pin);
bool pins_is_output(uint8_t pin);
void pins_write_port(uint8_t port, uint8_t levels);
void pins_report_port(uint8_t port, bool on);
void pins_report_changes(void);
void pins_report_channel(uint8_t channel, bool on);
bool pins_sample(uint8_t channel); /* Sends an analog value if the host wants this channel. */
void pins_send_capabilities(void);
void pins_send_analog_mapping(void);
void pins_send_state(uint8_t pin);

/* safety.c - outputs that must not stay as they are when the host falls silent. */
void safety_declare(uint8_t pin, bool level, uint16_t seconds); /* 0 s withdraws. */
bool safety_is_declared(uint8_t pin);
bool safety_level(uint8_t pin); /* Low where none is declared. */
void safety_written(uint8_t pin);                               /* The host has taken the pin over again. */
void safety_enforce(uint8_t pin);
void safety_turn(uint32_t now, uint32_t heard_at);
void safety_send(uint8_t pin);

/* twi.c - the I2C bus at 100 kHz, as its only master. Every call ends, whatever the bus does. */
enum twi_result { TWI_OK, TWI_NO_ANSWER, TWI_STUCK };
void twi_begin(void);
void twi_end(void);
enum twi_result twi_write(uint8_t address, const uint8_t *bytes, uint8_t count, bool keep_bus);
enum twi_result twi_read(uint8_t address, uint8_t *bytes, uint8_t count);

/* i2c.c - Firmata's I2C messages. Each request that fails gets a string message in place of its data. */
enum { I2C_READS = 8 };
void i2c_config(const uint8_t *bytes, uint8_t count);
void i2c_request(const uint8_t *bytes, uint8_t count);
bool i2c_sample(uint8_t index); /* Runs a continuous read if there is one. */
void i2c_stop(void);
void i2c_end(void);

/* sampling.c - analog channels and continuous reads, one of them a turn, all of them once an interval. */
void sampling_every(uint16_t ms);
void sampling_reset(void);
bool sampling_turn(uint32_t now); /* True while this interval's work is not done. */

/* counters.c - pulses on D2 and D3, counted whether or not a host listens. */
enum { COUNTERS = 2 };
struct counts {
    uint32_t pulses[COUNTERS];
    uint32_t since; /* The boot in which they stood at zero. */
    uint32_t at;
};
void counters_begin(uint32_t boot, uint8_t reset_cause);
void counters_sample(void); /* Called by the tick, with interrupts off. */
struct counts counters_now(void);
void counters_set_debounce(uint8_t counter, uint8_t ms);
uint8_t counters_debounce(uint8_t counter);

/* store.c - what outlives the power: EEPROM. */
enum { DEBOUNCE_MIN_MS = 1, DEBOUNCE_MAX_MS = 250, DEBOUNCE_DEFAULT_MS = 15 };
uint32_t store_last_boot(void);
bool store_keep_boot(uint32_t boot); /* False when the EEPROM does not hold it. */
uint32_t store_board(void);          /* 0: never set. */
void store_set_board(uint32_t board);
uint8_t store_debounce(uint8_t counter);
void store_set_debounce(uint8_t counter, uint8_t ms);

/* node.c - what Firmata does not have: who this board is, its counts, its safe outputs. Layouts are in README.md. */
enum { IDENTITY = 0x01, SET_BOARD = 0x02, COUNTS = 0x03, REPORT_COUNTS = 0x04, DEBOUNCE = 0x05, SAFE_OUTPUT = 0x06 };
void node_begin(uint32_t boot, uint8_t reset_cause);
void node_greet(void);
void node_take(uint8_t command, const uint8_t *bytes, uint8_t count);
void node_reset(void);
void node_turn(uint32_t now);

#endif
