/* One tick a millisecond, from timer 2. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <util/atomic.h>

#include "node.h"

/* Timer 2 is the one timer with a divider of 128, and 16 MHz / 128 / 125 is 1 kHz without a remainder. */
#define DIVIDER 128UL
#define TIMER_COUNTS (F_CPU / DIVIDER / 1000)
#if TIMER_COUNTS * DIVIDER * 1000 != F_CPU || TIMER_COUNTS > 256
#error "a tick of 1 ms does not divide this clock"
#endif

static volatile uint32_t ticks;

ISR(TIMER2_COMPA_vect)
{
    ticks++;
    counters_sample();
}

void clock_begin(void)
{
    OCR2A = TIMER_COUNTS - 1;
    TCCR2A = _BV(WGM21);
    TCCR2B = _BV(CS22) | _BV(CS20);
    TIMSK2 = _BV(OCIE2A);
}

uint32_t clock_ms(void)
{
    uint32_t now;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        now = ticks;
    }
    return now;
}

void clock_idle(void)
{
    set_sleep_mode(SLEEP_MODE_IDLE);
    sleep_mode();
}
