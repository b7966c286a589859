// SPDX-License-Identifier: Apache-2.0
/* A PSP packet before the card has it, and opened with OpenSSL, which knows nothing of the card. */
#ifndef PACKET_H
#define PACKET_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PACKET_BYTES = 106, PACKET_ICV_BYTES = 16 }; /* as packet_build() makes it; the card appends the ICV */

extern const unsigned char packet_key[16];
extern const uint32_t packet_spi;

/* Transport mode, AES-GCM-128. */
void packet_build(unsigned char frame[PACKET_BYTES]);
/* Null and the text it carries, or what is wrong with the packet. The text holds until the next call. */
const char* packet_open(const unsigned char* frame, size_t length, const char** text);

#ifdef __cplusplus
}
#endif

#endif
