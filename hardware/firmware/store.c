/* What outlives the power: EEPROM, 1 KiB, 100,000 writes a byte (data sheet, "Features"). */
#include <avr/eeprom.h>
#include <stddef.h>
#include <util/crc16.h>

#include "node.h"

/* A number that is whole or not there: a write cut by a power failure leaves a wrong checksum. */
struct record {
    uint32_t number;
    uint16_t checksum;
};

/*
 * The boot number moves on by one record at every boot, so each record is written once in 64 boots: enough for
 * 6.4 million boots, or 400 a day for 40 years. The newest valid record counts.
 */
enum { BOOTS = 64 };

/* This layout is a promise to later versions of the firmware: never move anything, add at the end. */
struct store {
    struct record board;
    uint8_t debounce_ms[COUNTERS];
    uint8_t reserved[24];
    struct record boots[BOOTS];
};

/* Not at 0, where a brown-out in the middle of a write does its damage. */
#define STORE ((struct store *)16)

static uint16_t checksum(uint32_t number)
{
    uint16_t crc = 0xFFFF;
    for (uint8_t i = 0; i < 4; i++) {
        crc = _crc_ccitt_update(crc, number);
        number >>= 8;
    }
    return crc;
}

/* A byte takes 3.4 ms (data sheet, table 8-1): long enough to sleep. */
static void write(void *at, const void *bytes, uint8_t count)
{
    for (uint8_t i = 0; i < count; i++) {
        eeprom_update_byte((uint8_t *)at + i, ((const uint8_t *)bytes)[i]);
        while (!eeprom_is_ready())
            clock_idle();
    }
}

/* 0 where there is no valid record. */
static uint32_t load(const struct record *at)
{
    struct record record;
    eeprom_read_block(&record, at, sizeof record);
    return record.checksum == checksum(record.number) ? record.number : 0;
}

static void save(struct record *at, uint32_t number)
{
    struct record record = {.number = number, .checksum = checksum(number)};
    write(at, &record, sizeof record);
}

static uint8_t newest(void)
{
    uint8_t found = BOOTS - 1;
    uint32_t highest = 0;
    for (uint8_t i = 0; i < BOOTS; i++) {
        uint32_t boot = load(&STORE->boots[i]);
        if (boot > highest) {
            highest = boot;
            found = i;
        }
    }
    return found;
}

uint32_t store_last_boot(void)
{
    return load(&STORE->boots[newest()]);
}

/* Reads back what it wrote and goes on to the next record where a cell is worn out. */
bool store_keep_boot(uint32_t boot)
{
    uint8_t place = newest();
    for (uint8_t tries = 0; tries < BOOTS; tries++) {
        place = (place + 1) % BOOTS;
        save(&STORE->boots[place], boot);
        if (load(&STORE->boots[place]) == boot)
            return true;
    }
    return false;
}

uint32_t store_board(void)
{
    return load(&STORE->board);
}

void store_set_board(uint32_t board)
{
    save(&STORE->board, board);
}

uint8_t store_debounce(uint8_t counter)
{
    uint8_t ms = eeprom_read_byte(&STORE->debounce_ms[counter]);
    return ms >= DEBOUNCE_MIN_MS && ms <= DEBOUNCE_MAX_MS ? ms : DEBOUNCE_DEFAULT_MS;
}

void store_set_debounce(uint8_t counter, uint8_t ms)
{
    write(&STORE->debounce_ms[counter], &ms, 1);
}
