// SPDX-License-Identifier: Apache-2.0
/* A program in C with a card of its own, and no simulation to think of: it brings the card up through the
 * mailbox, installs a key, and sends one PSP packet, which is opened with OpenSSL when it has left the card.
 * docs/embedding.md walks through it. */
#include <pspnic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"
#include "packet.h"

#define MEMORY_BASE UINT64_C(0x100000000)

/* The machine: memory, and a cable that keeps what was sent last. */
static unsigned char memory[DRIVER_MEMORY_BYTES];
static unsigned char sent[PSPNIC_MAX_FRAME_BYTES];
static size_t sent_bytes;

static void fail(void* self, const char* what) {
  (void)self;
  fprintf(stderr, "send_psp: %s\n", what);
  exit(1);
}

static void check(pspnic_status status) {
  if (status != PSPNIC_OK) fail(NULL, pspnic_last_error());
}

static unsigned char* at(uint64_t address, size_t length) {
  const uint64_t offset = address - MEMORY_BASE;
  return offset <= sizeof memory && length <= sizeof memory - offset ? memory + offset : NULL;
}

static int on_read(void* user, unsigned function, uint64_t address, void* bytes, size_t length) {
  const unsigned char* source = at(address, length);
  (void)user;
  (void)function;
  if (source != NULL) memcpy(bytes, source, length);
  return source == NULL;
}

static int on_write(void* user, unsigned function, uint64_t address, const void* bytes, size_t length) {
  unsigned char* target = at(address, length);
  (void)user;
  (void)function;
  if (target != NULL) memcpy(target, bytes, length);
  return target == NULL;
}

static void on_frame(void* user, const pspnic_frame* frame) {
  (void)user;
  memcpy(sent, frame->bytes, frame->length);
  sent_bytes = frame->length;
  printf("%zu bytes have left the port at %.3f us\n", frame->length, (double)frame->last_bit / 1e6);
}

/* What the driver has of the machine. */
static uint32_t read_register(void* card, uint64_t address) {
  uint32_t value;
  uint64_t latency;
  check(pspnic_mmio_read(card, address, &value, &latency));
  check(pspnic_run_for(card, latency));
  return value;
}

static void write_register(void* card, uint64_t address, uint32_t value) {
  check(pspnic_mmio_write(card, address, value));
}

static void pass(void* card, uint64_t picoseconds) {
  check(pspnic_run_for(card, picoseconds));
}

static pspnic_device* make_card(void) {
  static const char* const settings[] = {"nic.device.queues=4", "nic.mac.speed=100Gbps"};
  pspnic_device* card = NULL;
  pspnic_config config;
  pspnic_callbacks callbacks;
  pspnic_config_init(&config);
  config.set = settings;
  config.set_count = sizeof settings / sizeof settings[0];
  pspnic_callbacks_init(&callbacks);
  callbacks.dma_read = on_read;
  callbacks.dma_write = on_write;
  callbacks.frame_sent = on_frame;
  check(pspnic_create(&config, &callbacks, &card));
  return card;
}

static void report(const pspnic_device* card) {
  char violations[1000];
  uint64_t frames = 0;
  check(pspnic_counter(card, "nic.tx.frames", &frames));
  check(pspnic_violations(card, violations, sizeof violations, NULL));
  printf("%llu frame sent, violations: %s\n", (unsigned long long)frames,
         violations[0] != 0 ? violations : "none");
  if (frames != 1 || violations[0] != 0) fail(NULL, "that is not what was to be sent");
}

int main(void) {
  unsigned char packet[PACKET_BYTES];
  const char* text;
  const char* wrong;
  struct driver driver;
  pspnic_device* card = make_card();
  const struct machine machine = {card, read_register, write_register, pass, fail, memory, MEMORY_BASE};
  driver_start(&driver, &machine);
  driver_install_key(&driver, packet_spi, packet_key);
  packet_build(packet);
  driver_send(&driver, packet, sizeof packet);
  wrong = packet_open(sent, sent_bytes, &text);
  if (wrong != NULL) fail(NULL, wrong);
  printf("OpenSSL opens them: %s\n", text);
  report(card);
  check(pspnic_destroy(card));
  return 0;
}
