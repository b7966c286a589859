// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <pspnic.h>
#include <string.h>

#define MICROSECOND UINT64_C(1000000)

static void put(unsigned char* bytes, size_t count, uint64_t value) { /* little endian */
  for (size_t i = 0; i < count; ++i) bytes[i] = (unsigned char)(value >> 8 * i);
}

static uint64_t get(const unsigned char* bytes, size_t count) {
  uint64_t value = 0;
  for (size_t i = count; i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

enum {
  ATQ = 0x0000, /* where things lie in memory, from its base: requests to the firmware */
  ARQ = 0x1000, /* its answers */
  REQUEST = 0x2000,
  TX_RING = 0x3000,
  COMPLETIONS = 0x4000,
  FRAME = 0x5000,
  ANSWERS = 0x10000,
  ENTRIES = 64,    /* of each mailbox ring */
  DESCRIPTOR = 32, /* bytes */
  BUFFER = 4096,   /* of an answer */
  SENT_BY_HOST = 0x1400,
  SEND_TO_CP = 0x0801,
  DONE = 1
};

static unsigned char* memory(const struct driver* driver, uint32_t offset) {
  return driver->machine.memory + offset;
}

static void write_register(const struct driver* driver, uint32_t offset, uint64_t value) {
  driver->machine.write(driver->machine.self, PSPNIC_BAR0(0, offset), (uint32_t)value);
}

static uint32_t read_register(const struct driver* driver, uint32_t offset) {
  return driver->machine.read(driver->machine.self, PSPNIC_BAR0(0, offset));
}

static void pass(const struct driver* driver, uint64_t picoseconds) {
  driver->machine.pass(driver->machine.self, picoseconds);
}

static void post_answer_buffer(const struct driver* driver, unsigned index) {
  unsigned char* descriptor = memory(driver, ARQ + index * DESCRIPTOR);
  const uint64_t address = driver->machine.base + ANSWERS + (uint64_t)index * BUFFER;
  memset(descriptor, 0, DESCRIPTOR);
  put(descriptor, 2, SENT_BY_HOST);
  put(descriptor + 4, 2, BUFFER);
  put(descriptor + 24, 4, address >> 32);
  put(descriptor + 28, 4, address);
}

static void start_mailbox(const struct driver* driver) {
  driver->machine.write(driver->machine.self, PSPNIC_CONFIG(0, 4), 6); /* memory space, bus master */
  write_register(driver, 0x0840700c, 1);                               /* PFGEN_CTRL: reset */
  while ((read_register(driver, 0x08407008) & 3) == 0) pass(driver, 10 * MICROSECOND);
  for (unsigned i = 0; i + 1 < ENTRIES; ++i) post_answer_buffer(driver, i);
  write_register(driver, 0x08400014,
                 driver->machine.base + ATQ); /* ATQBAL, ATQBAH, ATQLEN with its enable bit */
  write_register(driver, 0x08400018, (driver->machine.base + ATQ) >> 32);
  write_register(driver, 0x0840001c, ENTRIES | 1u << 31);
  write_register(driver, 0x08400000, driver->machine.base + ARQ); /* ARQBAL, ARQBAH, ARQLEN, ARQT */
  write_register(driver, 0x08400004, (driver->machine.base + ARQ) >> 32);
  write_register(driver, 0x08400008, ENTRIES | 1u << 31);
  write_register(driver, 0x08400010, ENTRIES - 1);
}

/* The answer's payload; one request after the other. */
static const unsigned char* call(struct driver* driver, uint32_t opcode, const unsigned char* payload,
                                 size_t length) {
  unsigned char* descriptor = memory(driver, ATQ + driver->sent % ENTRIES * DESCRIPTOR);
  memset(descriptor, 0, DESCRIPTOR);
  memcpy(memory(driver, REQUEST), payload, length);
  put(descriptor, 2, SENT_BY_HOST);
  put(descriptor + 2, 2, SEND_TO_CP);
  put(descriptor + 4, 2, length);
  put(descriptor + 8, 4, opcode);
  put(descriptor + 24, 4, (driver->machine.base + REQUEST) >> 32);
  put(descriptor + 28, 4, driver->machine.base + REQUEST);
  write_register(driver, 0x08400024, ++driver->sent % ENTRIES); /* ATQT */
  for (unsigned attempt = 0; attempt < 10000; ++attempt) {
    const unsigned char* answer = memory(driver, ARQ + driver->received * DESCRIPTOR);
    pass(driver, 1 * MICROSECOND);
    if ((answer[0] & DONE) == 0) continue;
    const unsigned index = driver->received++;
    if (get(answer + 8, 4) != opcode) continue; /* an event, such as the link's */
    if (get(answer + 12, 4) != 0)
      driver->machine.fail(driver->machine.self, "the firmware refuses a message");
    return memory(driver, ANSWERS + index * BUFFER);
  }
  driver->machine.fail(driver->machine.self, "the firmware does not answer");
  return NULL;
}

static void create_vport(struct driver* driver) {
  unsigned char message[192] = {0};
  put(message, 4, 2); /* VERSION 2.0 */
  call(driver, 1, message, 8);
  memset(message, 0, sizeof message);
  put(message + 24, 8, UINT64_C(1) << 63); /* GET_CAPS: other_caps, vendor's extensions */
  call(driver, 500, message, 80);
  put(message, 8, UINT64_C(1) << 32); /* GET_OEM_CAPS: PSP by mailbox */
  call(driver, 4999, message, 8);
  memset(message, 0, sizeof message);
  put(message + 2, 2, 1); /* CREATE_VPORT: split queues, one to send with its completions */
  put(message + 4, 2, 1);
  put(message + 6, 2, 1);
  put(message + 8, 2, 1);
  put(message + 10, 2, 1); /* a vport has receive queues; this one's stay off */
  put(message + 12, 2, 2);
  driver->vport = (uint32_t)get(call(driver, 501, message, 192) + 20, 4);
}

static void start_queue(struct driver* driver) {
  unsigned char message[128] = {0};
  put(message, 4, driver->vport); /* CONFIG_TX_QUEUES: the completion queue and the queue, flow-scheduled */
  put(message + 4, 2, 2);
  put(message + 16, 8, driver->machine.base + COMPLETIONS);
  put(message + 24, 4, 2);
  put(message + 34, 2, 1);
  put(message + 36, 2, 1);
  put(message + 40, 2, 128);
  put(message + 72, 8, driver->machine.base + TX_RING);
  put(message + 90, 2, 1);
  put(message + 92, 2, 1);
  put(message + 94, 2, 1 << 12); /* PSP */
  put(message + 96, 2, 64);
  call(driver, 505, message, 128);
  memset(message, 0, sizeof message);
  put(message, 4, driver->vport); /* ENABLE_QUEUES: one of either kind */
  put(message + 8, 2, 2);
  put(message + 16, 4, 2);
  put(message + 24, 4, 1);
  put(message + 40, 4, 1);
  call(driver, 507, message, 48);
  call(driver, 503, message, 8); /* ENABLE_VPORT */
}

void driver_install_key(struct driver* driver, uint32_t spi, const unsigned char key[16]) {
  unsigned char message[80] = {0};
  put(message, 4, driver->vport); /* PSP_ADD_TX_SA: slot 7, tag 9, AES-GCM-128 */
  put(message + 8, 2, 1);
  put(message + 16, 4, 7);
  put(message + 20, 4, spi);
  message[25] = 16;
  put(message + 28, 2, 9);
  memcpy(message + 40, key, 16);
  if (get(call(driver, 30004, message, 80) + 26, 2) != 0) {
    driver->machine.fail(driver->machine.self, "the firmware refuses the key");
  }
  memset(memory(driver, REQUEST), 0, BUFFER); /* no key stays in memory */
}

/* Once: each queue entry is used for the first time. */
void driver_send(struct driver* driver, const unsigned char* frame, size_t length) {
  unsigned char *context = memory(driver, TX_RING), *data = context + 16;
  memcpy(memory(driver, FRAME), frame, length);
  context[7] = 1 | 1 << 2; /* the key is in the SA table; append the ICV */
  put(context + 8, 2, 16); /* a PSP context */
  put(context + 10, 2, 9);
  put(context + 12, 4, 7);
  put(data, 8, driver->machine.base + FRAME);
  put(data + 8, 4, 12 | 1 << 5); /* data of a flow-scheduled queue, the last of its packet */
  put(data + 12, 2, 1);
  put(data + 14, 2, length);
  write_register(driver, 0x05000000, 2); /* TX_TAIL(0) */
  pass(driver, 20 * MICROSECOND);
}

void driver_start(struct driver* driver, const struct machine* machine) {
  memset(driver, 0, sizeof *driver);
  driver->machine = *machine;
  start_mailbox(driver);
  create_vport(driver);
  start_queue(driver);
}
