/* Firmata's I2C messages: i2c.md of the protocol, 7-bit addresses. */
#include <util/delay.h>

#include "node.h"

enum { REPLY = 0x77, STRING = 0x71 };
enum { WRITE, READ, READ_CONTINUOUSLY, STOP_READING };
enum { RESTART = 0x40, TEN_BIT_ADDRESS = 0x20, NO_REGISTER = -1 };
enum { BYTES_MAX = 32 }; /* as much as Arduino's Wire library moves at a time */

struct read {
    uint8_t address;
    int16_t from; /* register, or NO_REGISTER */
    uint8_t count; /* 0: this place is free */
    bool restart; /* keeps the bus between the register's number and its data */
};

static struct read reads[I2C_READS];
static uint16_t delay_us; /* between the register's number and its data */
static bool on;

static void complain(uint8_t address, PGM_P why)
{
    static const char digits[] PROGMEM = "0123456789abcdef";
    wire_sysex(STRING);
    wire_text(PSTR("I2C 0x"));
    wire_u14(pgm_read_byte(&digits[address >> 4]));
    wire_u14(pgm_read_byte(&digits[address & 15]));
    wire_text(PSTR(": "));
    wire_text(why);
    wire_end();
}

static bool succeeded(uint8_t address, enum twi_result result)
{
    if (result == TWI_NO_ANSWER)
        complain(address, PSTR("no answer"));
    else if (result == TWI_STUCK)
        complain(address, PSTR("bus stuck"));
    return result == TWI_OK;
}

static void reply(const struct read *r, const uint8_t *bytes)
{
    wire_sysex(REPLY);
    wire_u14(r->address);
    wire_u14(r->from == NO_REGISTER ? 0 : r->from);
    for (uint8_t i = 0; i < r->count; i++)
        wire_u14(bytes[i]);
    wire_end();
}

static enum twi_result select_register(const struct read *r)
{
    if (r->from == NO_REGISTER)
        return TWI_OK;
    uint8_t number = r->from;
    enum twi_result result = twi_write(r->address, &number, 1, r->restart);
    for (uint16_t left = delay_us; left >= 8; left -= 8)
        _delay_us(7.5); /* the loop takes the rest */
    return result;
}

static void run(const struct read *r)
{
    uint8_t bytes[BYTES_MAX];
    enum twi_result result = select_register(r);
    if (result == TWI_OK)
        result = twi_read(r->address, bytes, r->count);
    if (succeeded(r->address, result))
        reply(r, bytes);
}

static void write(uint8_t address, const uint8_t *pairs, uint8_t count)
{
    uint8_t bytes[BYTES_MAX];
    if (count > BYTES_MAX) {
        complain(address, PSTR("bad length"));
        return;
    }
    for (uint8_t i = 0; i < count; i++)
        bytes[i] = wire_read_u14(pairs + 2 * i);
    succeeded(address, twi_write(address, bytes, count, false));
}

/* A repeated request takes its old place, so that a host which starts anew does not fill the table. */
static void keep(const struct read *r)
{
    struct read *free = 0;
    for (uint8_t i = I2C_READS; i > 0; i--) {
        struct read *place = &reads[i - 1];
        bool same = place->count > 0 && place->address == r->address && place->from == r->from;
        if (same) {
            *place = *r;
            return;
        }
        if (place->count == 0)
            free = place;
    }
    if (free)
        *free = *r;
    else
        complain(r->address, PSTR("too many reads"));
}

static void stop_reading(uint8_t address)
{
    for (uint8_t i = 0; i < I2C_READS; i++) {
        if (reads[i].address == address)
            reads[i].count = 0;
    }
}

/* The count alone, or a register and the count. */
static void start_read(struct read r, bool continuously, const uint8_t *pairs, uint8_t count)
{
    if (count < 1 || count > 2)
        return;
    r.from = count == 2 ? (int16_t)wire_read_u14(pairs) : NO_REGISTER;
    uint16_t bytes = wire_read_u14(pairs + 2 * (count - 1));
    if (bytes < 1 || bytes > BYTES_MAX) {
        complain(r.address, PSTR("bad length"));
        return;
    }
    r.count = bytes;
    if (continuously)
        keep(&r);
    else
        run(&r);
}

void i2c_request(const uint8_t *bytes, uint8_t count)
{
    if (count < 2 || bytes[1] & TEN_BIT_ADDRESS)
        return;
    struct read r = {.address = bytes[0], .restart = bytes[1] & RESTART};
    uint8_t task = bytes[1] >> 3 & 3;
    if (!on)
        complain(r.address, PSTR("not configured"));
    else if (task == WRITE)
        write(r.address, bytes + 2, (count - 2) / 2);
    else if (task == STOP_READING)
        stop_reading(r.address);
    else
        start_read(r, task == READ_CONTINUOUSLY, bytes + 2, (count - 2) / 2);
}

/*
 * firmata-io sends the delay as two bytes of 8 bits, the protocol says 7. Taken as 8 a protocol-minded host gets up
 * to twice the delay it wants, which does no harm; taken as 7 firmata-io's would be too short.
 */
void i2c_config(const uint8_t *bytes, uint8_t count)
{
    delay_us = count >= 2 ? bytes[0] | (uint16_t)bytes[1] << 8 : 0;
    if (on)
        return;
    pins_set_mode(PIN_SDA, MODE_I2C);
    pins_set_mode(PIN_SCL, MODE_I2C);
    twi_begin();
    on = true;
}

void i2c_end(void)
{
    if (!on)
        return;
    on = false;
    i2c_stop();
    twi_end();
    pins_set_mode(PIN_SDA, MODE_ANALOG);
    pins_set_mode(PIN_SCL, MODE_ANALOG);
}

void i2c_stop(void)
{
    for (uint8_t i = 0; i < I2C_READS; i++)
        reads[i].count = 0;
}

bool i2c_sample(uint8_t index)
{
    bool wanted = reads[index].count > 0;
    if (wanted)
        run(&reads[index]);
    return wanted;
}
