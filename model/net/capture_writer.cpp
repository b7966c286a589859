// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>

#include "model/net/bytes.h"
#include "model/net/capture.h"

namespace pspnic::net {
namespace {

// Classic pcap (IETF draft "PCAP Capture File Format").
constexpr uint32_t kMagicNanoseconds = 0xa1b23c4d;
constexpr uint16_t kVersionMajor = 2;
constexpr uint16_t kVersionMinor = 4;
constexpr size_t kFileHeaderBytes = 24;
constexpr size_t kRecordHeaderBytes = 16;
constexpr uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr size_t kBufferBytes = size_t{1} << 20;

}  // namespace

std::string CaptureError::text() const {
  return file + ": " + (packet == 0 ? std::string() : "packet " + std::to_string(packet) + ": ") + reason;
}

CaptureWriter::CaptureWriter(const std::string& path, uint32_t snap_bytes)
    : path_(path), buffer_(kBufferBytes), snap_bytes_(snap_bytes) {
  file_ = std::fopen(path.c_str(), "wb");
  if (file_ == nullptr) {
    fail(std::strerror(errno));
    return;
  }
  std::setvbuf(file_, buffer_.data(), _IOFBF, buffer_.size());
  std::array<uint8_t, kFileHeaderBytes> header{};  // time zone and accuracy stay 0
  store_le32(header.data(), kMagicNanoseconds);
  store_le16(header.data() + 4, kVersionMajor);
  store_le16(header.data() + 6, kVersionMinor);
  store_le32(header.data() + 16, snap_bytes_);
  store_le32(header.data() + 20, kLinkTypeEthernet);
  put(header.data(), header.size());
}

CaptureWriter::~CaptureWriter() {
  close();
}

bool CaptureWriter::write(uint64_t time_ns, std::span<const uint8_t> bytes, uint32_t original_bytes) {
  if (file_ == nullptr) return error_ ? false : fail("is closed");
  if (error_) return false;
  const uint64_t seconds = time_ns / kNanosecondsPerSecond;
  if (seconds > std::numeric_limits<uint32_t>::max()) return fail("time does not fit into the file format");
  const auto captured = static_cast<uint32_t>(std::min<size_t>(bytes.size(), snap_bytes_));
  const auto length = std::max(original_bytes, static_cast<uint32_t>(bytes.size()));
  std::array<uint8_t, kRecordHeaderBytes> header;
  store_le32(header.data(), static_cast<uint32_t>(seconds));
  store_le32(header.data() + 4, static_cast<uint32_t>(time_ns % kNanosecondsPerSecond));
  store_le32(header.data() + 8, captured);
  store_le32(header.data() + 12, length);
  if (!put(header.data(), header.size()) || !put(bytes.data(), captured)) return false;
  ++packets_;
  return true;
}

bool CaptureWriter::flush() {
  if (file_ == nullptr || error_) return false;
  return std::fflush(file_) == 0 || fail(std::strerror(errno));
}

bool CaptureWriter::close() {
  if (file_ != nullptr) {
    // The buffer is written only now, so this is where a full disk shows.
    const bool closed = std::fclose(file_) == 0;
    file_ = nullptr;
    if (!closed && !error_) fail(std::strerror(errno));
  }
  return !error_;
}

bool CaptureWriter::put(const void* bytes, size_t count) {
  if (count == 0 || std::fwrite(bytes, 1, count, file_) == count) return true;
  return fail(std::strerror(errno));
}

bool CaptureWriter::fail(std::string reason) {
  error_ = CaptureError{path_, file_ == nullptr ? 0 : packets_ + 1, std::move(reason)};
  return false;
}

}  // namespace pspnic::net
