// SPDX-License-Identifier: Apache-2.0
/* A driver as small as the card takes: mailbox, one transmit queue, one key. Numbers of messages and layouts
 * are those of docs/messages.md. It knows of its machine only what is in here, so that it runs on any. */
#ifndef DRIVER_H
#define DRIVER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DRIVER_MEMORY_BYTES 0x100000u /* it needs so much memory, zeroed, that the card can reach */

struct machine {
  void* self; /* first argument of the functions */
  /* Registers of 32 bits at addresses of pspnic.h. A read returns when its answer is there. */
  uint32_t (*read)(void* self, uint64_t address);
  void (*write)(void* self, uint64_t address, uint32_t value);
  void (*pass)(void* self, uint64_t picoseconds); /* lets time pass */
  void (*fail)(void* self, const char* what);     /* does not return */
  unsigned char* memory;                          /* as the program sees it */
  uint64_t base;                                  /* as the card sees it */
};

struct driver {
  struct machine machine;
  unsigned sent, received; /* messages; no more than the rings have entries */
  uint32_t vport;
};

/* Resets the card, starts the mailbox, makes a vport with a transmit queue for PSP. */
void driver_start(struct driver* driver, const struct machine* machine);
/* An AES-GCM-128 key, for all packets sent. */
void driver_install_key(struct driver* driver, uint32_t spi, const unsigned char key[16]);
/* One frame, headers and all: the card fills in IV and ciphertext, appends the ICV, adds it to the lengths.
 */
void driver_send(struct driver* driver, const unsigned char* frame, size_t length);

#ifdef __cplusplus
}
#endif

#endif
