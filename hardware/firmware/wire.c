/* Numbers and text as Firmata's 7-bit bytes. */
#include "node.h"

enum { START_SYSEX = 0xF0, END_SYSEX = 0xF7 };

void wire_u7(uint8_t value)
{
    uart_write(value & 0x7F);
}

void wire_u14(uint16_t value)
{
    wire_u7(value);
    wire_u7(value >> 7);
}

void wire_u32(uint32_t value)
{
    for (uint8_t i = 0; i < 5; i++) {
        wire_u7(value);
        value >>= 7;
    }
}

void wire_text(PGM_P text)
{
    for (uint8_t c; (c = pgm_read_byte(text)) != 0; text++)
        wire_u14(c);
}

void wire_message(uint8_t status, uint16_t value)
{
    uart_write(status);
    wire_u14(value);
}

void wire_sysex(uint8_t command)
{
    uart_write(START_SYSEX);
    wire_u7(command);
}

void wire_end(void)
{
    uart_write(END_SYSEX);
}

uint16_t wire_read_u14(const uint8_t *bytes)
{
    return bytes[0] | (uint16_t)bytes[1] << 7;
}

uint32_t wire_read_u32(const uint8_t *bytes)
{
    uint32_t value = 0;
    for (uint8_t i = 5; i > 0; i--)
        value = value << 7 | bytes[i - 1];
    return value;
}
