// SPDX-License-Identifier: Apache-2.0
// Triples of google/psp's tools: a cleartext capture, the configuration of psp_encrypt, and the encrypted
// capture that came of them. Which belong together is found by content.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "testbench/vectors/case.h"

namespace pspnic::vectors {

// psp_encrypt's *.cfg: a value a line.
struct GoogleConfig {
  std::string path;
  DeviceKeyPair keys;
  uint32_t spi = 0;
  uint8_t version = 0;
  bool tunnel = false;
  bool cookie = false;
  // In 4-byte units, of a transport packet and of a tunnel's whose inner packet is IPv4 or IPv6; without the
  // cookie.
  unsigned transport_offset = 0;
  unsigned tunnel_v4_offset = 0;
  unsigned tunnel_v6_offset = 0;
};

// Nothing for a file of keys alone, which psp_decrypt takes. Throws base::ConfigError.
std::optional<GoogleConfig> read_google_config(std::string_view content, const std::string& path);

struct CaptureFile {
  std::string path;
  std::vector<Bytes> frames = {};
  bool psp = false;  // one frame at least is a PSP packet
};

// Throws base::ConfigError for a file that libpcap cannot read to its end.
CaptureFile read_capture(const std::string& path);

// What became of an encrypted capture.
struct Triple {
  std::string encrypted;  // paths; the next two are empty where none fits
  std::string cleartext;
  std::string config;
  std::string failure;  // no partner, or one that does not fit; empty: the cases are those of its packets
  std::vector<Case> cases;
};

struct Matched {
  std::vector<Triple> triples;  // one for each capture with PSP packets
  // Paths of what could be part of a triple and is of none, as another was found first.
  std::set<std::string> partners;
  // Paths and why: configurations without an encrypted capture, captures that must be a damaged one, empty
  // ones.
  std::map<std::string, std::string> strays;
};

// The configuration is the one whose SPI, version, mode, cookie and
// Crypt Offset the packets have; the cleartext is the capture of as many frames whose lengths and outermost
// addresses fit. Neither looks at what was encrypted.
Matched match_captures(const std::vector<CaptureFile>& captures, const std::vector<GoogleConfig>& configs);

}  // namespace pspnic::vectors
