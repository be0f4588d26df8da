/* The serial line: two rings, filled and emptied by interrupts. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>

#include "node.h"

#define BAUD 57600UL
#define BAUD_TOL 1 /* per cent; U2X comes out 0.8 % low at 16 MHz, without U2X it would be 2.1 % high */
#include <util/setbaud.h>

/* Powers of two. 128 bytes are 22 ms of line, longer than any turn but one that waits for a slow I2C sensor. */
enum { RX_SIZE = 128, TX_SIZE = 128 };

/* 16 bits an item, so that damage keeps its place between the bytes. */
static volatile uint16_t rx[RX_SIZE];
static volatile uint8_t rx_head, rx_tail;

static volatile uint8_t tx[TX_SIZE];
static volatile uint8_t tx_head, tx_tail;

void uart_begin(void)
{
    UBRR0 = UBRR_VALUE;
    UCSR0A = USE_2X ? _BV(U2X0) : 0;
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
    UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
}

/*
 * A message with a hole in it must be dropped, not misread: a missing byte could turn a pin number into a level. So
 * where the ring is full its last item becomes a mark, and the first byte after the flood is whole again.
 */
static void keep(uint16_t item)
{
    uint8_t next = (rx_head + 1) % RX_SIZE;
    if (next == rx_tail) {
        rx[(uint8_t)(rx_head - 1) % RX_SIZE] = UART_DAMAGE;
        return;
    }
    rx[rx_head] = item;
    rx_head = next;
}

ISR(USART_RX_vect)
{
    bool damaged = UCSR0A & (_BV(FE0) | _BV(DOR0)); /* They belong to the byte, and reading it clears them. */
    uint8_t byte = UDR0;
    keep(damaged ? UART_DAMAGE : byte);
}

bool uart_has_input(void)
{
    return rx_head != rx_tail;
}

int16_t uart_read(void)
{
    if (!uart_has_input())
        return UART_NOTHING;
    int16_t item = rx[rx_tail];
    rx_tail = (rx_tail + 1) % RX_SIZE;
    return item;
}

/* This interrupt is enabled exactly while the ring holds something. */
ISR(USART_UDRE_vect)
{
    UDR0 = tx[tx_tail];
    tx_tail = (tx_tail + 1) % TX_SIZE;
    if (tx_tail == tx_head)
        UCSR0B &= ~_BV(UDRIE0);
}

void uart_write(uint8_t byte)
{
    uint8_t next = (tx_head + 1) % TX_SIZE;
    while (next == tx_tail)
        clock_idle();
    tx[tx_head] = byte;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        tx_head = next;
        UCSR0B |= _BV(UDRIE0);
    }
}
