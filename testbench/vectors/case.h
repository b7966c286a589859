// SPDX-License-Identifier: Apache-2.0
// One test vector, whatever file it came from: what goes in and what must come out. Frames are Ethernet
// without FCS; all byte strings are as they stand on the wire.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/psp/verdict.h"
#include "testbench/vectors/hex.h"

namespace pspnic::vectors {

// AES on whole blocks, each by itself.
struct AesBlocks {
  bool decrypt = false;
  unsigned rounds = 1;  // over the same block, one after the other: NIST's Monte Carlo tests have 1000
  Bytes key, input, output;
};

// AES-GCM; GMAC is the same without text.
struct Gcm {
  bool open = false;
  bool valid = true;  // false, with open: must be refused
  Bytes key, iv, aad;
  Bytes plaintext;   // to seal, or what opening gives
  Bytes ciphertext;  // without the tag
  Bytes tag;         // perhaps cut to its first bytes
};

struct Cmac {
  bool valid = true;  // false: the tag must not come out
  Bytes key, message;
  Bytes tag;  // perhaps cut to its first bytes
};

// A PSP session key.
struct Derivation {
  Bytes device_key;  // 32
  uint32_t spi = 0;
  uint8_t version = 0;
  std::vector<Bytes> input_blocks;  // of CMAC
  Bytes session_key;
};

// By phase, bit 31 of the SPI; empty: the file names none for this phase.
using DeviceKeyPair = std::array<Bytes, 2>;

// A sender: cleartext to the wire.
struct Seal {
  DeviceKeyPair keys;
  bool tunnel = false;
  size_t psp_offset = 0;
  Bytes cleartext;
  Bytes driver;  // encapsulated, not sealed: IV 0, no ICV; empty: the file does not say
  Bytes wire;
};

// A receiver: from the wire to a verdict.
struct Receive {
  DeviceKeyPair keys;
  Bytes frame;
  psp::Verdict verdict = psp::Verdict::kDeliver;
  std::optional<Bytes> in_memory;     // decrypted in place, headers and ICV on
  std::optional<Bytes> cleartext;     // decapsulated
  std::optional<uint64_t> psp_bytes;  // by which the byte counter goes up
};

// One segment of what a driver hands over for segmentation.
struct Segment {
  Bytes device_key;  // empty: no PSP, and the next three mean nothing
  uint32_t spi = 0;
  uint8_t version = 0;
  size_t psp_offset = 0;
  Bytes driver;  // headers and the whole payload
  uint16_t mss = 0;
  uint8_t header_bytes = 0;
  size_t index = 0;  // of this segment
  size_t count = 0;  // of all
  uint64_t iv = 0;
  Bytes wire;
};

// Frames that arrive one after the other at a queue that has them merged (HW-GRO), and what its host gets.
struct Merge {
  struct Frame {
    Bytes bytes;
    std::optional<uint16_t> segment_bytes;  // payload of the first segment; none: a packet as it came
  };
  DeviceKeyPair keys;
  bool strip = false;  // the card takes PSP headers off
  std::vector<Bytes> arriving;
  std::vector<Frame> host;
};

// A descriptor as it lies in memory, and what it says. A field that is not named has its default.
struct DescriptorImage {
  std::string kind;  // descriptors.h
  std::map<std::string, uint64_t> fields;
  Bytes image;
};

// What a driver says in the mailbox, from the reset on, and what is answered.
struct Transcript {
  struct Step {
    uint32_t opcode = 0;
    Bytes request;
    uint32_t status = 0;
    Bytes reply;
    std::vector<bool> any;  // of each byte of the reply: it may be anything
  };
  DeviceKeyPair keys;
  std::vector<Step> steps;
};

struct Case {
  std::string id;     // in its file, unlike any other there
  std::string group;  // what its file calls its section, or what the case is about
  std::variant<AesBlocks, Gcm, Cmac, Derivation, Seal, Receive, Segment, Merge, DescriptorImage, Transcript>
      work;
  // Where the vector does not fit itself: "iv says 0000000000000001, encrypted has ...". Not run then,
  // failed.
  std::string contradiction = {};
};

}  // namespace pspnic::vectors
