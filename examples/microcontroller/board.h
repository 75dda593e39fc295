/* What the programs ask of the board: a file, a line of text, a clock. Semihosting does the first
 * two: the debugger, or qemu, serves them. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

/* A file of the host for reading; negative if there is none. */
int board_open(const char* name);

/* Whether all `size` bytes were there. */
int board_read(int file, void* to, size_t size);

void board_write(const char* text);

/* text, number, end of line. */
void board_report(const char* text, uint32_t number);

/* Ticks of the processor's clock, modulo 2^24. */
uint32_t board_ticks(void);

#endif
