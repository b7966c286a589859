// SPDX-License-Identifier: Apache-2.0
#include "packet.h"

#include <openssl/evp.h>
#include <string.h>

static const char carried[] = "What is here leaves the card encrypted.";
enum { ETHERNET = 14, IP = 20, UDP = 8, PSP = 16, INNER = UDP + sizeof carried, ICV = 16 };
enum { PLAIN = ETHERNET + IP + UDP + PSP + INNER };
typedef char right_length[(int)PLAIN == (int)PACKET_BYTES ? 1 : -1];

const unsigned char packet_key[16] = "a key of 16 byte";
const uint32_t packet_spi = 0x12345678;

static void big(unsigned char* bytes, size_t count, uint64_t value) {
  for (size_t i = 0; i < count; ++i) bytes[i] = (unsigned char)(value >> 8 * (count - 1 - i));
}

void packet_build(unsigned char frame[PACKET_BYTES]) {
  static const unsigned char addresses[] = {2, 0, 0, 0, 0, 2, 2, 0x50, 0x53, 0x50, 0, 0x0a, 8, 0};
  unsigned char *ip = frame + ETHERNET, *udp = ip + IP, *psp = udp + UDP, *inner = psp + PSP;
  memset(frame, 0, PLAIN);
  memcpy(frame, addresses, sizeof addresses);
  ip[0] = 0x45;
  big(ip + 2, 2, PLAIN - ETHERNET);
  ip[8] = 64;
  ip[9] = 17;
  big(ip + 12, 4, 0x0a000001);
  big(ip + 16, 4, 0x0a000002);
  uint32_t sum = 0;
  for (int i = 0; i < IP; i += 2) sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
  big(ip + 10, 2, ~(sum % 0xffff));
  big(udp, 2, 40000);
  big(udp + 2, 2, 1000); /* PSP's port */
  big(udp + 4, 2, UDP + PSP + INNER);
  psp[0] = 17; /* what follows is UDP */
  psp[1] = 1;  /* so many 8 bytes behind the first */
  psp[3] = 1;  /* version 0: AES-GCM-128 */
  big(psp + 4, 4, packet_spi);
  big(inner, 2, 12345);
  big(inner + 2, 2, 9);
  big(inner + 4, 2, INNER);
  memcpy(inner + UDP, carried, sizeof carried);
}

/* AES-GCM as PSP has it: the nonce is SPI and IV, the header is authenticated, what follows encrypted. */
static int decrypt(const unsigned char* psp, unsigned char opened[INNER]) {
  int length = 0;
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  const int authentic =
      context != NULL && EVP_DecryptInit_ex(context, EVP_aes_128_gcm(), NULL, packet_key, psp + 4) == 1 &&
      EVP_DecryptUpdate(context, NULL, &length, psp, PSP) == 1 &&
      EVP_DecryptUpdate(context, opened, &length, psp + PSP, INNER) == 1 &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, ICV, (void*)(psp + PSP + INNER)) == 1 &&
      EVP_DecryptFinal_ex(context, opened, &length) == 1;
  EVP_CIPHER_CTX_free(context);
  return authentic;
}

const char* packet_open(const unsigned char* frame, size_t length, const char** text) {
  static unsigned char opened[INNER];
  const unsigned char* psp = frame + ETHERNET + IP + UDP;
  *text = (const char*)opened + UDP;
  if (length != PLAIN + ICV) return "the packet has not the length it should have";
  if (memcmp(psp + PSP + UDP, carried, sizeof carried) == 0) return "the packet is in clear";
  if (!decrypt(psp, opened)) return "the packet is not authentic";
  if (memcmp(opened + UDP, carried, sizeof carried) != 0) return "another text comes out";
  return NULL;
}
