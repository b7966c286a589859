// SPDX-License-Identifier: Apache-2.0
// A recording in memory, with one entry of each kind.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "model/record/writer.h"

namespace pspnic::record {

using Bytes = std::vector<uint8_t>;

inline Header small_header() {
  Header header;
  header.source = "a test";
  header.build = "0123";
  header.parameters = R"({"nic": {"device": {"queues": "4"}}})";
  header.mac = "02:50:53:50:00:0a";
  header.seed = ~uint64_t{0};
  header.stream = 1;
  header.spi_first = 0x40000000;
  header.interrupt_base = 0xfee00000;
  header.interrupt_bytes = 0x100000;
  return header;
}

inline const Bytes& some_bytes() {
  static const Bytes bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
  return bytes;
}

// In an order in which times go back and addresses jump.
inline std::vector<Entry> small_entries() {
  const std::span<const uint8_t> bytes(some_bytes());
  return {{Kind::kMmioWrite, true, 5, 0, 0x40000000, 0, bytes.first(4)},
          {Kind::kMmioRead, false, 1'000'000, 0, 0x1'40000000, 550'000, bytes.subspan(4, 4)},
          {Kind::kDmaRead, true, 2'000'000, 7, 0x1'0000'0000, 0, bytes},
          {Kind::kDmaRead, false, 2'000'000, 7, ~uint64_t{0}, 64, {}},
          {Kind::kDmaWrite, true, 2'000'001, 9, 0, 0, bytes.first(8)},
          {Kind::kInterrupt, true, 2'000'002, 9, 0xfee00000, 0, bytes.first(4)},
          {Kind::kFrameOut, true, 9'000'000, 300, 0, 12'345, bytes.first(14)},
          {Kind::kFrameIn, false, 3'000'000, 1'000'000, 0, 0, bytes}};
}

inline constexpr base::Time kSmallEnd = 10'000'000;

inline Bytes file_of(const Header& header, const std::vector<Entry>& entries, base::Time end) {
  const std::string path =
      testing::TempDir() + "/" + testing::UnitTest::GetInstance()->current_test_info()->name() + ".recording";
  Writer writer(path, header);
  for (const Entry& entry : entries) writer.on_entry(entry);
  writer.finish(end);
  std::ifstream file(path, std::ios::binary);
  Bytes bytes{std::istreambuf_iterator<char>(file), {}};
  std::filesystem::remove(path);
  return bytes;
}

}  // namespace pspnic::record
