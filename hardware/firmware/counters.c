/* Pulses on D2 and D3, from contacts to ground, counted whether or not a host listens. */
#include <avr/io.h>
#include <util/atomic.h>
#include <util/crc16.h>
#include <util/delay.h>

#include "node.h"

/*
 * Not cleared at start-up, so the counts outlive every reset that keeps the RAM powered. What power-on leaves in RAM
 * is noise; the checksum, and a boot number that must not lie in the future, tell it from counts.
 */
static struct tally {
    uint32_t pulses[COUNTERS];
    uint32_t since;
    uint16_t checksum;
} tally __attribute__((section(".noinit")));

static struct contact {
    bool closed;
    uint8_t disagrees_ms; /* for how long the pin has contradicted `closed` */
    uint8_t debounce_ms;
} contacts[COUNTERS];

static uint16_t checksum(void)
{
    uint16_t crc = 0xFFFF; /* so that RAM full of zeros is not valid */
    for (const uint8_t *byte = (const uint8_t *)&tally; byte < (const uint8_t *)&tally.checksum; byte++)
        crc = _crc_ccitt_update(crc, *byte);
    return crc;
}

static bool is_closed(uint8_t counter)
{
    return !(PIND & _BV(PIN_COUNTER + counter));
}

static bool survived(uint32_t boot, uint8_t reset_cause)
{
    bool powered = !(reset_cause & _BV(PORF));
    return powered && tally.checksum == checksum() && tally.since > 0 && tally.since < boot;
}

void counters_begin(uint32_t boot, uint8_t reset_cause)
{
    if (!survived(boot, reset_cause)) {
        tally = (struct tally){.since = boot};
        tally.checksum = checksum();
    }
    _delay_us(100); /* A pull-up of 20..50 kOhm charges 2 nF, some 20 m of cable. */
    for (uint8_t i = 0; i < COUNTERS; i++) {
        /* A contact that is closed at start-up is no edge: after a reset its tip may have been counted already. */
        contacts[i] = (struct contact){.closed = is_closed(i), .debounce_ms = store_debounce(i)};
    }
}

static void settle(uint8_t counter)
{
    struct contact *contact = &contacts[counter];
    contact->closed = !contact->closed;
    contact->disagrees_ms = 0;
    if (!contact->closed)
        return;
    tally.pulses[counter]++;
    tally.checksum = checksum();
}

void counters_sample(void)
{
    for (uint8_t i = 0; i < COUNTERS; i++) {
        struct contact *contact = &contacts[i];
        if (is_closed(i) == contact->closed)
            contact->disagrees_ms = 0;
        else if (++contact->disagrees_ms >= contact->debounce_ms)
            settle(i);
    }
}

struct counts counters_now(void)
{
    struct counts counts = {.since = tally.since};
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        for (uint8_t i = 0; i < COUNTERS; i++)
            counts.pulses[i] = tally.pulses[i];
        counts.at = clock_ms();
    }
    return counts;
}

/* One byte: written and read in one instruction, so the tick needs no lock. */
void counters_set_debounce(uint8_t counter, uint8_t ms)
{
    contacts[counter].debounce_ms = ms;
}

uint8_t counters_debounce(uint8_t counter)
{
    return contacts[counter].debounce_ms;
}
