/* Boot and main loop. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/wdt.h>

#include "node.h"

/*
 * A turn takes at most so many bytes, so that a host that never stops talking starves neither the reports nor the
 * watchdog. 64 bytes are 11 ms of line.
 */
enum { BYTES_PER_TURN = 64 };

static uint32_t heard_at;

static void listen(void)
{
    for (uint8_t left = BYTES_PER_TURN; left > 0; left--) {
        int16_t item = uart_read();
        if (item == UART_NOTHING)
            return;
        heard_at = clock_ms();
        firmata_take(item);
    }
}

static void turn(void)
{
    wdt_reset();
    listen();
    uint32_t now = clock_ms();
    pins_report_changes();
    node_turn(now);
    safety_turn(now, heard_at);
    if (!sampling_turn(now) && !uart_has_input())
        clock_idle(); /* A byte that comes just now waits for the next tick, 1 ms. */
}

int main(void)
{
    /* After a watchdog reset the watchdog is on, at 16 ms, for as long as WDRF is set (data sheet, 11.8). */
    uint8_t reset_cause = MCUSR;
    MCUSR = 0;
    wdt_enable(WDTO_2S);

    uart_begin();
    pins_begin();
    /* The counters come before the EEPROM is written: that takes 20 ms, and it may be raining. */
    uint32_t boot = store_last_boot() + 1;
    counters_begin(boot, reset_cause);
    clock_begin();
    sei();
    node_begin(store_keep_boot(boot) ? boot : 0, reset_cause);
    firmata_greet();
    for (;;)
        turn();
}
