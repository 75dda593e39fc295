/* The start of a Cortex-M4 or M7 with a floating-point unit, without a library of the vendor:
 * vectors, memory, SysTick, semihosting. */
#include "board.h"

#include <string.h>

extern uint32_t board_stack_top[], board_data[], board_data_end[], board_bss[], board_bss_end[];
extern const uint32_t board_data_load[];

int main(void);
void board_start(void);

#define REGISTER(address) (*(volatile uint32_t*)(address))
#define SYSTICK_CONTROL REGISTER(0xE000E010u)
#define SYSTICK_RELOAD REGISTER(0xE000E014u)
#define SYSTICK_VALUE REGISTER(0xE000E018u)
#define COPROCESSOR_ACCESS REGISTER(0xE000ED88u)
#define SYSTICK_MASK 0xFFFFFFu

enum { SYS_OPEN = 0x01, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_EXIT_EXTENDED = 0x20 };
enum { READ_BYTES = 1, WRITE_TEXT = 4 }; /* modes of SYS_OPEN: "rb", "w" */

static int semihosting(int operation, const void* argument) {
  register int r0 __asm__("r0") = operation;
  register const void* r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

static int open_as(const char* name, uint32_t mode) {
  const uint32_t block[3] = {(uint32_t)name, mode, strlen(name)};
  return semihosting(SYS_OPEN, block);
}

int board_open(const char* name) { return open_as(name, READ_BYTES); }

int board_read(int file, void* to, size_t size) {
  const uint32_t block[3] = {(uint32_t)file, (uint32_t)to, size};
  return semihosting(SYS_READ, block) == 0; /* bytes that were not there */
}

void board_write(const char* text) {
  static int console; /* the host's standard output; no handle is 0 */
  uint32_t block[3] = {0, (uint32_t)text, strlen(text)};
  if (console == 0) console = open_as(":tt", WRITE_TEXT);
  block[0] = (uint32_t)console;
  semihosting(SYS_WRITE, block);
}

void board_report(const char* text, uint32_t number) {
  char digits[12];
  char* at = digits + sizeof digits;
  *--at = '\0';
  *--at = '\n';
  do {
    *--at = (char)('0' + number % 10);
    number /= 10;
  } while (number != 0);
  board_write(text);
  board_write(at);
}

uint32_t board_ticks(void) { return SYSTICK_MASK - SYSTICK_VALUE; }

static void board_exit(int status) {
  const uint32_t block[2] = {0x20026 /* the application's own end */, (uint32_t)status};
  semihosting(SYS_EXIT_EXTENDED, block);
  for (;;) {
  }
}

/* Any fault: an error, not a silence. */
static void board_fault(void) {
  board_write("fault\n");
  board_exit(70);
}

void board_start(void) {
  uint32_t status;
  COPROCESSOR_ACCESS |= 0xFu << 20;
  __asm__ volatile("dsb\n isb" ::: "memory");
  /* Subnormal numbers count as zero, as in tidegate's own runtime. */
  __asm__ volatile("vmrs %0, fpscr" : "=r"(status));
  __asm__ volatile("vmsr fpscr, %0" : : "r"(status | 1u << 24));
  memcpy(board_data, board_data_load, (size_t)((char*)board_data_end - (char*)board_data));
  memset(board_bss, 0, (size_t)((char*)board_bss_end - (char*)board_bss));
  SYSTICK_RELOAD = SYSTICK_MASK;
  SYSTICK_VALUE = 0;
  SYSTICK_CONTROL = 5; /* on, the processor's clock, no interrupt */
  board_exit(main());
}

typedef union {
  uint32_t* stack;
  void (*call)(void);
} vector;

__attribute__((section(".vectors"), used)) static const vector vectors[16] = {
    {.stack = board_stack_top}, {.call = board_start}, {.call = board_fault}, {.call = board_fault},
    {.call = board_fault},      {.call = board_fault}, {.call = board_fault}};
