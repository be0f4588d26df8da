/*
 * Outputs that must not stay as they are when the host falls silent: a siren that would howl for ever, a pump that
 * would stay off. Declared by the host, kept until the next reset of the chip; any byte from the host counts as life.
 */
#include "node.h"

enum { CHECK_MS = 100 };
enum { WITHDRAWN, ARMED, ENFORCED };

static struct safety {
    uint16_t seconds; /* of silence; 0: nothing declared */
    bool level;
    bool enforced;
} safety[PIN_COUNT];

void safety_declare(uint8_t pin, bool level, uint16_t seconds)
{
    safety[pin] = (struct safety){.seconds = seconds, .level = level && seconds > 0};
}

bool safety_level(uint8_t pin)
{
    return safety[pin].level;
}

bool safety_is_declared(uint8_t pin)
{
    return safety[pin].seconds > 0;
}

void safety_written(uint8_t pin)
{
    safety[pin].enforced = false;
}

void safety_enforce(uint8_t pin)
{
    pins_write(pin, safety[pin].level);
    safety[pin].enforced = true;
    safety_send(pin);
}

void safety_turn(uint32_t now, uint32_t heard_at)
{
    static uint32_t checked_at;
    if (now - checked_at < CHECK_MS)
        return;
    checked_at = now;
    for (uint8_t pin = 0; pin < PIN_COUNT; pin++) {
        const struct safety *s = &safety[pin];
        if (s->seconds > 0 && !s->enforced && pins_is_output(pin) && now - heard_at >= s->seconds * 1000UL)
            safety_enforce(pin);
    }
}

void safety_send(uint8_t pin)
{
    const struct safety *s = &safety[pin];
    wire_sysex(SAFE_OUTPUT);
    wire_u7(pin);
    wire_u7(s->level);
    wire_u14(s->seconds);
    wire_u7(s->seconds == 0 ? WITHDRAWN : s->enforced ? ENFORCED : ARMED);
    wire_end();
}
