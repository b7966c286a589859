// SPDX-License-Identifier: Apache-2.0
// Capture files made by hand, byte by byte.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "model/net/capture.h"
#include "testbench/tests/model/net/frames.h"

namespace pspnic::net::test {

// A file name of the running test and process (builds may run side by side), removed at the end.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& ending = ".pcap") {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    path_ =
        std::filesystem::path(testing::TempDir()) / (std::string("pspnic_") + info->test_suite_name() + "_" +
                                                     info->name() + "_" + std::to_string(getpid()) + ending);
    std::filesystem::remove(path_);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::filesystem::remove(path_); }

  std::string path() const { return path_.string(); }
  void write(const Bytes& bytes) const {
    std::ofstream file(path_, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  Bytes read() const {
    std::ifstream file(path_, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(file), {});
  }

 private:
  std::filesystem::path path_;
};

inline Bytes le16(uint16_t value) {
  return {uint8_t(value), uint8_t(value >> 8)};
}
inline Bytes le32(uint32_t value) {
  return le16(uint16_t(value)) + le16(uint16_t(value >> 16));
}

inline Bytes pcap_header(uint32_t magic = 0xa1b23c4d, uint32_t link_type = 1) {
  return le32(magic) + le16(2) + le16(4) + le32(0) + le32(0) + le32(262144) + le32(link_type);
}

inline Bytes pcap_record(uint32_t seconds, uint32_t fraction, const Bytes& data, uint32_t original) {
  return le32(seconds) + le32(fraction) + le32(uint32_t(data.size())) + le32(original) + data;
}

struct Copy {
  uint64_t time_ns;
  Bytes bytes;
  uint32_t original_bytes;
  bool operator==(const Copy&) const = default;
};

inline std::vector<Copy> read_all(CaptureReader& reader) {
  std::vector<Copy> copies;
  CaptureRecord record;
  while (reader.next(record)) {
    copies.push_back(
        {record.time_ns, Bytes(record.bytes.begin(), record.bytes.end()), record.original_bytes});
  }
  return copies;
}

}  // namespace pspnic::net::test
