/* Analog channels and continuous reads, one of them a turn, so that a slow sensor delays nothing but itself. */
#include "node.h"

enum { DEFAULT_MS = 19, MIN_MS = 10 }; /* The default is the protocol's. */
enum { SOURCES = CHANNEL_COUNT + I2C_READS };

static uint16_t interval_ms = DEFAULT_MS;
static uint8_t next = SOURCES; /* SOURCES: done for this interval */

void sampling_every(uint16_t ms)
{
    interval_ms = ms < MIN_MS ? MIN_MS : ms;
}

void sampling_reset(void)
{
    interval_ms = DEFAULT_MS;
    next = SOURCES;
}

static bool sample(uint8_t source)
{
    return source < CHANNEL_COUNT ? pins_sample(source) : i2c_sample(source - CHANNEL_COUNT);
}

bool sampling_turn(uint32_t now)
{
    static uint32_t started_at;
    if (next == SOURCES) {
        if (now - started_at < interval_ms)
            return false;
        started_at = now;
        next = 0;
    }
    while (next < SOURCES) {
        if (sample(next++))
            break;
    }
    return next < SOURCES;
}
