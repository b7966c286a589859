// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/packet_opener.h"

#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

#include "model/net/bytes.h"
#include "model/net/parse.h"

namespace pspnic::bench {

namespace {

constexpr uint16_t kPspPort = 1000;
constexpr uint32_t kFixedHeader = 16;
constexpr uint32_t kIcv = 16;
constexpr uint32_t kNonceAt = 4;  // SPI and IV
constexpr int kNonce = 12;
constexpr uint8_t kFirstGmacVersion = 2;
constexpr uint8_t kVersionCount = 4;

// Of a UDP datagram in a frame without VLAN tags, IP options and extension headers; 0 otherwise.
uint32_t plain_udp_offset(std::span<const uint8_t> frame) {
  if (frame.size() < 64) return 0;
  const uint16_t type = net::load_be16(&frame[12]);
  if (type == 0x0800 && frame[14] == 0x45 && frame[23] == 17 && (net::load_be16(&frame[20]) & 0x3fff) == 0) {
    return 34;
  }
  return type == 0x86dd && frame[20] == 17 ? 54 : 0;
}

}  // namespace

std::optional<PspFrame> find_psp(std::span<const uint8_t> frame) {
  uint32_t udp = plain_udp_offset(frame);
  if (udp == 0) {
    const net::Parsed parsed = net::parse_frame(frame);
    if (!parsed.ok() || parsed.l4 != net::L4::kUdp || parsed.l4_header_bytes == 0) return std::nullopt;
    udp = parsed.l4_offset;
  }
  if (frame.size() < udp + 8 || net::load_be16(&frame[udp + 2]) != kPspPort) return std::nullopt;
  PspFrame found;
  found.psp_offset = udp + 8;
  found.end = udp + net::load_be16(&frame[udp + 4]);
  if (found.end > frame.size() || found.end < found.psp_offset + kFixedHeader + kIcv) return std::nullopt;
  const uint8_t* psp = &frame[found.psp_offset];
  found.next_header = psp[0];
  found.crypt_offset = psp[2] & 0x3f;
  found.version = psp[3] >> 2 & 0xf;
  found.spi = net::load_be32(psp + 4);
  found.iv = net::load_be64(psp + 8);
  return found;
}

struct PacketOpener::Context {
  EVP_CIPHER_CTX* evp = EVP_CIPHER_CTX_new();
  ~Context() { EVP_CIPHER_CTX_free(evp); }
};

PacketOpener::PacketOpener() : context_(std::make_unique<Context>()) {
  if (context_->evp == nullptr) throw std::runtime_error("PacketOpener: OpenSSL gives no context");
}
PacketOpener::~PacketOpener() = default;

std::optional<std::span<const uint8_t>> PacketOpener::open(std::span<const uint8_t> frame,
                                                           const PspFrame& psp,
                                                           std::span<const uint8_t> key) {
  const bool long_key = psp.version % 2 == 1;
  if (psp.version >= kVersionCount || key.size() != (long_key ? 32u : 16u)) return std::nullopt;
  const uint8_t* header = &frame[psp.psp_offset];
  const uint32_t icv = psp.end - kIcv;
  const uint32_t header_end = psp.psp_offset + (header[1] + 1u) * 8;
  const uint32_t encrypted =
      psp.version >= kFirstGmacVersion ? icv : psp.psp_offset + kFixedHeader + psp.crypt_offset * 4u;
  if (header[1] == 0 || header_end > icv || encrypted > icv) return std::nullopt;
  // Clear and decrypted bytes side by side, from the first byte of the header on.
  text_.assign(header, &frame[icv]);
  uint8_t* out = text_.data() + (encrypted - psp.psp_offset);
  uint8_t tag[kIcv];
  std::copy_n(&frame[icv], kIcv, tag);
  EVP_CIPHER_CTX* evp = context_->evp;
  int done = 0;
  const bool authentic =
      EVP_DecryptInit_ex(evp, long_key ? EVP_aes_256_gcm() : EVP_aes_128_gcm(), nullptr, nullptr, nullptr) ==
          1 &&
      EVP_CIPHER_CTX_ctrl(evp, EVP_CTRL_GCM_SET_IVLEN, kNonce, nullptr) == 1 &&
      EVP_DecryptInit_ex(evp, nullptr, nullptr, key.data(), header + kNonceAt) == 1 &&
      EVP_DecryptUpdate(evp, nullptr, &done, header, static_cast<int>(encrypted - psp.psp_offset)) == 1 &&
      EVP_DecryptUpdate(evp, out, &done, &frame[encrypted], static_cast<int>(icv - encrypted)) == 1 &&
      EVP_CIPHER_CTX_ctrl(evp, EVP_CTRL_GCM_SET_TAG, kIcv, tag) == 1 &&
      EVP_DecryptFinal_ex(evp, out + done, &done) == 1;
  if (!authentic) return std::nullopt;
  return std::span<const uint8_t>(text_).subspan(header_end - psp.psp_offset);
}

}  // namespace pspnic::bench
