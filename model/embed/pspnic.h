// SPDX-License-Identifier: Apache-2.0
/* libpspnic: the modelled network card for programs in C and for whatever can call C. docs/embedding.md has
 * the whole picture, testbench/examples/embed/send_psp.c a program that sends a PSP packet.
 *
 * A device is one card without host and cable. The program is its host: it accesses registers, and answers
 * the calls by which the card reads and writes memory, interrupts, and sends frames.
 *
 * Units: times are picoseconds (ps) since the device was made or power-cycled, 0..PSPNIC_LAST_TIME; lengths
 * are bytes.
 *
 * Time goes on in pspnic_run_for() and pspnic_run_until() alone, each device by itself; nothing happens
 * between calls. Callbacks are called in them, and a few in register accesses.
 *
 * Addresses of registers: PSPNIC_CONFIG, PSPNIC_BAR0, PSPNIC_BAR4 below. Those of memory are the program's;
 * what its driver tells the card is what comes back in callbacks.
 *
 * Errors: every function that can fail returns a status, and changes nothing unless said otherwise.
 * pspnic_last_error() has the words: place and rule. No C++ exception comes out.
 *
 * Threads: any thread may call. Calls of one device wait for each other, also where they only read; those of
 * different devices do so while the model computes, but not while the other is in a callback. Callbacks are
 * called by the thread that is in the call, and while one lasts the device is its: so a callback must not
 * wait for what a thread that calls the same device may hold or have to do first. A lock that callbacks take
 * is taken before all calls of the device, or before none; callbacks of two devices that inject into each
 * other belong to one thread. Before pspnic_destroy() all other threads have done with the device. A program
 * that simulates with SystemC itself calls from the thread that simulates. The text of pspnic_last_error() is
 * the thread's own.
 *
 * Ownership: the device keeps nothing that it is given a pointer to, callbacks and `user` apart, which must
 * outlive it. Bytes given to a callback hold until it returns.
 *
 * Versions: structures begin with their size as the program was built, set by their _init(); later versions
 * add fields at the end, and functions. What an older program does not have is as initialised; what is newer
 * than the library must be zero. PSPNIC_API_VERSION counts what breaks.
 *
 * In callbacks registers may be accessed, frames injected, and everything read. What lets time pass, ends the
 * device or a recording is refused there (PSPNIC_ERROR_BUSY); in rule_broken() all but reading is. Callbacks
 * must return: no longjmp, no C++ exception. */
#ifndef PSPNIC_H
#define PSPNIC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PSPNIC_API __attribute__((visibility("default")))
#else
#define PSPNIC_API
#endif

#define PSPNIC_API_VERSION 2

/* Addresses of registers: of function 0, the physical one, or of virtual function 1..16, which answers while
 * the physical one has enabled it (SR-IOV). Configuration space has 4 KiB, BAR4 the MSI-X table, BAR0 the
 * registers of IDPF. */
#define PSPNIC_CONFIG(function, offset) (((uint64_t)(function) << 32) + (uint64_t)(offset))
#define PSPNIC_BAR4(function, offset) (((uint64_t)(function) << 32) + 0x10000000u + (uint64_t)(offset))
#define PSPNIC_BAR0(function, offset) (((uint64_t)(function) << 32) + 0x40000000u + (uint64_t)(offset))

/* No event is due: pspnic_next_event(). */
#define PSPNIC_NEVER UINT64_MAX
/* Time ends here, after 106 days. */
#define PSPNIC_LAST_TIME (UINT64_MAX / 2)
/* Longest frame that can be injected, without preamble and frame check sequence; what is longer than the
 * port's MTU allows is dropped and counted, as on a real card. */
#define PSPNIC_MAX_FRAME_BYTES 9238u

typedef enum pspnic_status {
  PSPNIC_OK = 0,
  PSPNIC_ERROR_ARGUMENT = 1, /* null, a size that no version has, a length or time out of range */
  PSPNIC_ERROR_CONFIG = 2,   /* a parameter: unknown, out of range, or no JSON */
  PSPNIC_ERROR_ADDRESS = 3,  /* nothing decodes the register address, or it is no multiple of 4 */
  PSPNIC_ERROR_UNKNOWN = 4,  /* no counter of that name */
  PSPNIC_ERROR_BUSY = 5,     /* called from a callback of the same device, by the thread that is in it */
  PSPNIC_ERROR_SPACE = 6,    /* the text does not fit; as much as fits is there, terminated */
  PSPNIC_ERROR_FILE = 7,     /* a file cannot be written: pspnic_record() */
  PSPNIC_ERROR_INTERNAL = 8, /* out of memory, or a fault of the model: please report it */
  PSPNIC_ERROR_VIOLATION = 9 /* the driver has broken a rule, and nic.sanitizer.mode is strict */
} pspnic_status;

typedef struct pspnic_device pspnic_device;

typedef struct pspnic_frame {
  size_t size;        /* of this structure */
  const void* bytes;  /* without preamble and frame check sequence */
  size_t length;      /* 1..PSPNIC_MAX_FRAME_BYTES */
  uint64_t first_bit; /* ps; when it began to leave the port */
  uint64_t last_bit;  /* ps; the time of the call */
} pspnic_frame;

/* The driver has broken a rule: docs/driver_rules.md. */
typedef struct pspnic_violation {
  size_t size;      /* of this structure */
  const char* text; /* as pspnic_violations() has it: place, rule, what was seen, what is expected */
  const char* rule; /* its id, "tx-tso-mss" */
  int is_error;     /* 0: a warning */
  uint64_t time;    /* ps; of the call */
  uint64_t times;   /* of this rule at this place so far; 1 also for what is no more kept */
} pspnic_violation;

/* What the card does. Each may be null: memory then is not mapped, interrupts and frames are lost. `function`
 * is who does it, as a requester id tells an IOMMU: 0 the physical one, n virtual function n.
 * Memory accesses return 0, or anything else where any of the bytes is not mapped; then they touch nothing,
 * and the card treats that as PCI Express does. A read delivers memory as it is at its last completion. */
typedef struct pspnic_callbacks {
  size_t size; /* of this structure; pspnic_callbacks_init() */
  void* user;  /* first argument of all */
  int (*dma_read)(void* user, unsigned function, uint64_t address, void* bytes, size_t length);
  int (*dma_write)(void* user, unsigned function, uint64_t address, const void* bytes, size_t length);
  /* An MSI-X message. */
  void (*interrupt)(void* user, unsigned function, uint64_t address, uint32_t data);
  /* Its last bit has left the port. */
  void (*frame_sent)(void* user, const pspnic_frame* frame);
  /* When a rule is found broken, the access of the driver not yet served: here the device may only be read,
   * counters and texts, all else is PSPNIC_ERROR_BUSY. A register write is looked at when it arrives. */
  void (*rule_broken)(void* user, const pspnic_violation* violation);
} pspnic_callbacks;

typedef struct pspnic_config {
  size_t size;              /* of this structure; pspnic_config_init() sets all fields as said here */
  const char* name;         /* begins the names of counters: a letter, then letters, digits, '_'; "nic" */
  const char* json;         /* parameters as in a configuration file, {"nic": {...}}; null: all defaults */
  const char* const* set;   /* "KEY=VALUE" as after --set, on top of them; null */
  size_t set_count;         /* how many; 0 */
  uint64_t seed;            /* of all randomness, device keys included; 1 */
  uint64_t stream;          /* tells cards of one seed apart; 0 */
  uint8_t mac[6];           /* of the first vport of function 0; 02:50:53:50:00:0a */
  uint32_t spi_first;       /* first SPI that the card hands out, 1..2^31-1; 1 */
  uint64_t interrupt_base;  /* aligned words written from here on are interrupts: 0xfee00000, as on x86 */
  uint64_t interrupt_bytes; /* so many bytes; 0: all writes are dma_write(). 0x100000 */
} pspnic_config;

/* For what can call C without its headers: `size` is that of the caller's structure. Less than a size_t or
 * null does nothing. */
PSPNIC_API void pspnic_config_init_sized(pspnic_config* config, size_t size);
PSPNIC_API void pspnic_callbacks_init_sized(pspnic_callbacks* callbacks, size_t size);
static inline void pspnic_config_init(pspnic_config* config) {
  pspnic_config_init_sized(config, sizeof *config);
}
static inline void pspnic_callbacks_init(pspnic_callbacks* callbacks) {
  pspnic_callbacks_init_sized(callbacks, sizeof *callbacks);
}

/* A card after power-on. `config` and what it points to are copied; null: all as initialised. */
PSPNIC_API pspnic_status pspnic_create(const pspnic_config* config, const pspnic_callbacks* callbacks,
                                       pspnic_device** device);
/* PSPNIC_OK, and the device is gone; or PSPNIC_ERROR_BUSY from a callback, and it is not. A recording ends:
 * whoever wants to know whether it could be written ends it before, with pspnic_record(). Null does nothing.
 */
PSPNIC_API pspnic_status pspnic_destroy(pspnic_device* device);
/* The same card after power-on again; time is 0, all counters are, keys are those of the seed. A recording
 * ends; pspnic_record() with null, afterwards, tells whether it could be written. */
PSPNIC_API pspnic_status pspnic_power_cycle(pspnic_device* device);
/* The same at the current time, which goes on: what a platform's reset (PERST#) does. All that was under way
 * is lost. A recording ends, and begins only after a power cycle. */
PSPNIC_API pspnic_status pspnic_reset(pspnic_device* device);

/* One register of 32 bits. A read is answered at once with what it would find; `latency` (may be null) says
 * how many ps its answer takes, for the caller to let pass or not. What does not decode reads as all ones. A
 * write is posted: it arrives as time goes on, behind all writes before it. PSPNIC_ERROR_ADDRESS tells what a
 * host would see as all ones or not at all: the access has happened, and is counted and recorded. */
PSPNIC_API pspnic_status pspnic_mmio_read(pspnic_device* device, uint64_t address, uint32_t* value,
                                          uint64_t* latency);
PSPNIC_API pspnic_status pspnic_mmio_write(pspnic_device* device, uint64_t address, uint32_t value);

/* The same of configuration space by parts: 1, 2 or 4 bytes at a multiple of that, in the low bits of
 * `value`. A write of less than 4 reads the word and writes it. Any other part: PSPNIC_ERROR_ADDRESS, and
 * nothing has happened. */
PSPNIC_API pspnic_status pspnic_config_read(pspnic_device* device, unsigned function, unsigned offset,
                                            unsigned length, uint32_t* value, uint64_t* latency);
PSPNIC_API pspnic_status pspnic_config_write(pspnic_device* device, unsigned function, unsigned offset,
                                             unsigned length, uint32_t value);

/* The last bit of a frame arrives from the cable, now. `fcs_ok` 0: its check sequence does not match. */
PSPNIC_API pspnic_status pspnic_inject(pspnic_device* device, const void* bytes, size_t length, int fcs_ok);

/* Everything due in the next `duration` ps, or up to and including `time`; then it is that time. Time does
 * not go back: PSPNIC_ERROR_ARGUMENT. PSPNIC_ERROR_VIOLATION, with nic.sanitizer.mode=strict alone: all that
 * was done, and a rule was broken since the last call of these that said so; the words are the first's. */
PSPNIC_API pspnic_status pspnic_run_for(pspnic_device* device, uint64_t duration);
PSPNIC_API pspnic_status pspnic_run_until(pspnic_device* device, uint64_t time);
/* 0 for null. */
PSPNIC_API uint64_t pspnic_time(const pspnic_device* device);
/* When the card does something next, if nobody does anything before; PSPNIC_NEVER for nothing or null. Timers
 * that will find nothing to do count. */
PSPNIC_API uint64_t pspnic_next_event(const pspnic_device* device);

/* A number of the statistics since power-on by its full name, e.g. "nic.drops.rx_no_vport". A gauge has its
 * level, a histogram how much it has counted. An unknown name: the error names the nearest. */
PSPNIC_API pspnic_status pspnic_counter(const pspnic_device* device, const char* name, uint64_t* value);

/* Texts. At most `size` bytes go into `text`, a terminating 0 included; `needed` (may be null) gets how many
 * the whole takes; (null, 0, &needed) asks for that and is no error. */
/* All statistics, with units and descriptions, as report.json has them. */
PSPNIC_API pspnic_status pspnic_counters_json(const pspnic_device* device, char* text, size_t size,
                                              size_t* needed);
/* All parameters as resolved: what `json` of another device may be. */
PSPNIC_API pspnic_status pspnic_parameters_json(const pspnic_device* device, char* text, size_t size,
                                                size_t* needed);
/* What the driver has done against the interface, a line each: place, rule, time, what was seen. Empty: none;
 * of more than a hundred the rest is counted in the last line. Parameter nic.sanitizer.mode=report checks all
 * rules, docs/driver_rules.md. */
PSPNIC_API pspnic_status pspnic_violations(const pspnic_device* device, char* text, size_t size,
                                           size_t* needed);
/* The first hundred as a JSON array: device, place, rule, severity, text, source, time_ps, field, seen,
 * expected, times, events (the last of that place, if the sanitizer is on), fails (a run of `pspnic`). */
PSPNIC_API pspnic_status pspnic_violations_json(const pspnic_device* device, char* text, size_t size,
                                                size_t* needed);
/* All since power-on, repeats included; 0 for null. */
PSPNIC_API uint64_t pspnic_violation_count(const pspnic_device* device);

/* Writes all that crosses the card's border from here on to a file that `pspnic replay` takes
 * (docs/recording.md). A recording begins at power-on: once time has passed, a register was accessed or a
 * frame injected, or while there is one already, PSPNIC_ERROR_ARGUMENT. The file holds keys and payload.
 *
 * `file` null: the recording ends, if there is one, and the file is whole; PSPNIC_ERROR_FILE: it could not be
 * written, and neither could one that a power cycle has ended since the last call. There is none any more
 * either way. */
PSPNIC_API pspnic_status pspnic_record(pspnic_device* device, const char* file);

/* Why the last call of this thread that failed did; "" if none has. Holds until the next failure. */
PSPNIC_API const char* pspnic_last_error(void);
/* Of the library, beside PSPNIC_API_VERSION of the header a program was built with. */
PSPNIC_API unsigned pspnic_api_version(void);

#ifdef __cplusplus
}
#endif

#endif
