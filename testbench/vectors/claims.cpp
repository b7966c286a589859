// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/net/bytes.h"
#include "model/net/udp.h"

namespace pspnic::vectors {
namespace {

std::string hex_text(const Bytes& bytes) {
  std::string text;
  for (const uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text.empty() ? "nothing" : text;
}

}  // namespace

void Claims::text(const char* member, const std::string& said, const std::string& has) {
  if (said == has) return;
  if (!differences_.empty()) differences_ += "; ";
  differences_ += fmt::format("{} says {}, {} has {}", member, said, packet_, has);
}

void Claims::number(const char* member, uint64_t said, uint64_t has) {
  text(member, std::to_string(said), std::to_string(has));
}

void Claims::hex(const char* member, uint64_t said, uint64_t has, int digits) {
  text(member, fmt::format("{:0{}x}", said, digits), fmt::format("{:0{}x}", has, digits));
}

void Claims::bytes(const char* member, const Bytes& said, const Bytes& has) {
  text(member, hex_text(said), hex_text(has));
}

PspFrame::PspFrame(const Bytes& frame, size_t psp_offset) : parsed(net::parse_frame(frame)) {
  // Decoding takes a cookie for there if the header says so.
  std::array<uint8_t, psp::kHeaderBytes + psp::kVcBytes> head{};
  std::copy_n(frame.begin() + static_cast<ptrdiff_t>(psp_offset),
              std::min(head.size(), frame.size() - psp_offset), head.begin());
  header = psp::decode_header(head.data());
  const size_t used = psp_offset + psp::kHeaderBytes + (header.vc_present ? psp::kVcBytes : 0);
  const size_t end = std::min(psp_offset + psp::header_bytes(header), frame.size());
  if (used < end) {
    extension.assign(frame.begin() + static_cast<ptrdiff_t>(used),
                     frame.begin() + static_cast<ptrdiff_t>(end));
  }
  if (frame.size() >= psp::kIcvBytes) icv.assign(frame.end() - psp::kIcvBytes, frame.end());
  if (psp_offset >= net::kUdpHeaderBytes) {
    source_port = net::load_be16(&frame[psp_offset - net::kUdpHeaderBytes]);
  }
}

std::string other_key(const Bytes& frame, size_t psp_offset, const Derivation& key,
                      const std::string& contradiction) {
  const psp::Header header = PspFrame(frame, psp_offset).header;
  return header.spi == key.spi && header.version == key.version ? std::string() : contradiction;
}

}  // namespace pspnic::vectors
