/* What Firmata does not have: user sysex 0x01..0x06, byte by byte in README.md. */
#include "node.h"

enum { LAYOUT = 1 }; /* of these messages; a later firmware only appends to them */
enum { REPORT_MIN_MS = 10 };

static uint32_t boot;
static uint8_t reset_cause;
static uint32_t report_ms; /* 0: on request only */
static uint32_t reported_at;
static uint32_t reports;

static void send_identity(void)
{
    wire_sysex(IDENTITY);
    wire_u7(LAYOUT);
    wire_u32(store_board());
    wire_u32(boot);
    wire_u32(clock_ms());
    wire_u32(counters_now().since);
    wire_u7(reset_cause);
    wire_text(PSTR(BUILD));
    wire_end();
}

static void send_counts(void)
{
    struct counts counts = counters_now();
    wire_sysex(COUNTS);
    wire_u32(boot);
    wire_u32(counts.at);
    wire_u32(++reports);
    wire_u32(counts.since);
    for (uint8_t i = 0; i < COUNTERS; i++)
        wire_u32(counts.pulses[i]);
    wire_end();
}

static void send_debounce(void)
{
    wire_sysex(DEBOUNCE);
    for (uint8_t i = 0; i < COUNTERS; i++)
        wire_u14(counters_debounce(i));
    wire_end();
}

static void take_set_board(const uint8_t *bytes, uint8_t count)
{
    if (count != 5)
        return;
    store_set_board(wire_read_u32(bytes));
    send_identity();
}

static void take_report_counts(const uint8_t *bytes, uint8_t count)
{
    if (count != 5)
        return;
    uint32_t ms = wire_read_u32(bytes);
    report_ms = ms > 0 && ms < REPORT_MIN_MS ? REPORT_MIN_MS : ms;
    reported_at = clock_ms();
    send_counts();
}

static void take_debounce(const uint8_t *bytes, uint8_t count)
{
    if (count == 3 && bytes[0] < COUNTERS) {
        uint16_t ms = wire_read_u14(bytes + 1);
        if (ms < DEBOUNCE_MIN_MS || ms > DEBOUNCE_MAX_MS)
            return;
        counters_set_debounce(bytes[0], ms);
        store_set_debounce(bytes[0], ms);
    } else if (count != 0) {
        return;
    }
    send_debounce();
}

static void take_safe_output(const uint8_t *bytes, uint8_t count)
{
    if ((count != 1 && count != 4) || !pins_can_output(bytes[0]))
        return;
    if (count == 4)
        safety_declare(bytes[0], bytes[1], wire_read_u14(bytes + 2));
    safety_send(bytes[0]);
}

void node_take(uint8_t command, const uint8_t *bytes, uint8_t count)
{
    switch (command) {
    case IDENTITY:
        send_identity();
        break;
    case SET_BOARD:
        take_set_board(bytes, count);
        break;
    case COUNTS:
        send_counts();
        break;
    case REPORT_COUNTS:
        take_report_counts(bytes, count);
        break;
    case DEBOUNCE:
        take_debounce(bytes, count);
        break;
    case SAFE_OUTPUT:
        take_safe_output(bytes, count);
        break;
    }
}

void node_greet(void)
{
    send_identity();
}

void node_reset(void)
{
    report_ms = 0;
}

void node_turn(uint32_t now)
{
    if (report_ms == 0 || now - reported_at < report_ms)
        return;
    reported_at = now;
    send_counts();
}

void node_begin(uint32_t this_boot, uint8_t cause)
{
    boot = this_boot;
    reset_cause = cause;
}
