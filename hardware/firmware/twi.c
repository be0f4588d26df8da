/* The I2C bus at 100 kHz, as its only master: the state machine of the data sheet, chapter 22, polled. */
#include <avr/io.h>
#include <util/delay.h>
#include <util/twi.h>

#include "node.h"

#define SCL_HZ 100000UL

/*
 * The longest that a slave may hold the clock. SMBus allows 25 ms, but a humidity sensor such as the SHT21 holds it
 * for a whole measurement, 85 ms (Sensirion SHT21, table 7).
 */
enum { HOLD_MS = 100 };

enum { STUCK = 1 }; /* In place of a status, whose low three bits are always 0. */

static const uint8_t SDA = _BV(PC4), SCL = _BV(PC5);

void twi_begin(void)
{
    TWSR = 0;
    TWBR = (F_CPU / SCL_HZ - 16) / 2;
    TWCR = _BV(TWEN);
}

void twi_end(void)
{
    TWCR = 0;
}

/* Open drain by hand: a line is driven low, or left to its pull-up. */
static void pull_down(uint8_t line)
{
    PORTC &= ~line;
    DDRC |= line;
    _delay_us(5);
}

static void let_go(uint8_t line)
{
    DDRC &= ~line;
    PORTC |= line;
    _delay_us(5);
}

/*
 * A slave that was cut off in the middle of a byte, by our reset or a spike, waits with SDA low for the clocks that
 * are missing. Nine clocks and a stop free it (NXP UM10204, 3.1.16 "Bus clear").
 */
static void clear_bus(void)
{
    twi_end();
    for (uint8_t i = 0; i < 9; i++) {
        pull_down(SCL);
        let_go(SCL);
    }
    pull_down(SDA);
    let_go(SDA);
    twi_begin();
}

/* Waits while bits of TWCR are as given; false when that takes too long. */
static bool wait_while(uint8_t bits, uint8_t as)
{
    uint32_t start = clock_ms();
    while ((TWCR & bits) == as) {
        if (clock_ms() - start > HOLD_MS)
            return false;
    }
    return true;
}

static uint8_t act(uint8_t action)
{
    TWCR = _BV(TWINT) | _BV(TWEN) | action;
    return wait_while(_BV(TWINT), 0) ? TW_STATUS : STUCK;
}

static enum twi_result stop(enum twi_result result)
{
    if (result != TWI_STUCK) {
        TWCR = _BV(TWINT) | _BV(TWEN) | _BV(TWSTO);
        if (wait_while(_BV(TWSTO), _BV(TWSTO)))
            return result;
    }
    clear_bus();
    return TWI_STUCK;
}

/* `ack` is the status of success, `nack` that of a slave which says no; anything else is a bus in disorder. */
static enum twi_result judge(uint8_t status, uint8_t ack, uint8_t nack)
{
    return status == ack ? TWI_OK : status == nack ? TWI_NO_ANSWER : TWI_STUCK;
}

static enum twi_result call(uint8_t address, uint8_t direction)
{
    uint8_t status = act(_BV(TWSTA));
    if (status != TW_START && status != TW_REP_START)
        return TWI_STUCK;
    TWDR = address << 1 | direction;
    status = act(0);
    return direction == TW_READ ? judge(status, TW_MR_SLA_ACK, TW_MR_SLA_NACK)
                                : judge(status, TW_MT_SLA_ACK, TW_MT_SLA_NACK);
}

enum twi_result twi_write(uint8_t address, const uint8_t *bytes, uint8_t count, bool keep_bus)
{
    enum twi_result result = call(address, TW_WRITE);
    for (uint8_t i = 0; i < count && result == TWI_OK; i++) {
        TWDR = bytes[i];
        result = judge(act(0), TW_MT_DATA_ACK, TW_MT_DATA_NACK);
    }
    return keep_bus && result == TWI_OK ? TWI_OK : stop(result);
}

enum twi_result twi_read(uint8_t address, uint8_t *bytes, uint8_t count)
{
    enum twi_result result = call(address, TW_READ);
    for (uint8_t i = 0; i < count && result == TWI_OK; i++) {
        bool last = i + 1 == count; /* We refuse the last byte: that is how a slave learns that it may stop. */
        uint8_t status = act(last ? 0 : _BV(TWEA));
        result = status == (last ? TW_MR_DATA_NACK : TW_MR_DATA_ACK) ? TWI_OK : TWI_STUCK;
        bytes[i] = TWDR;
    }
    return stop(result);
}
