// SPDX-License-Identifier: Apache-2.0
// Packet captures: reading pcap and pcapng (libpcap), writing classic pcap. Times are nanoseconds since the
// epoch of the file (Unix time in real captures, start of the run in ours).
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pspnic::net {

// What went wrong in which file. `packet` counts from 1; 0: the file as a whole.
struct CaptureError {
  std::string file;
  uint64_t packet = 0;
  std::string reason;

  std::string text() const;  // "file: packet 3: reason"
};

struct CaptureRecord {
  std::span<const uint8_t> bytes;  // what was captured; valid until the next call of next()
  uint64_t time_ns = 0;
  uint32_t original_bytes = 0;  // length on the wire

  bool truncated() const noexcept { return bytes.size() < original_bytes; }
};

inline constexpr uint32_t kLinkTypeEthernet = 1;  // LINKTYPE_ETHERNET

// Reads one file from front to end. Never throws for a broken file: next() says false and error() why; all
// records returned before stay usable.
class CaptureReader {
 public:
  // A file that cannot be opened, is no capture, or is not of `link_type` has error() set and no records.
  explicit CaptureReader(const std::string& path, uint32_t link_type = kLinkTypeEthernet);
  ~CaptureReader();
  CaptureReader(CaptureReader&&) noexcept;
  CaptureReader& operator=(CaptureReader&&) noexcept;

  // The next record; false at the end or at an error.
  bool next(CaptureRecord& record);

  const std::optional<CaptureError>& error() const noexcept { return error_; }
  uint64_t packets() const noexcept { return packets_; }  // returned so far

 private:
  struct Handle;
  void fail(uint64_t packet, std::string reason);

  std::string path_;
  std::unique_ptr<Handle> handle_;
  std::optional<CaptureError> error_;
  uint64_t packets_ = 0;
};

// Writes classic pcap with nanosecond times, little endian on every host, so that equal runs give equal
// files.
class CaptureWriter {
 public:
  // Creates or replaces the file. Packets are cut to snap_bytes. Errors are in error(), nothing is thrown.
  explicit CaptureWriter(const std::string& path, uint32_t snap_bytes = 262144);
  ~CaptureWriter();  // closes
  CaptureWriter(const CaptureWriter&) = delete;
  CaptureWriter& operator=(const CaptureWriter&) = delete;

  // false when the file is broken or closed, or the time needs more than 32 bits of seconds. `original_bytes`
  // is for packets that were cut already; 0 means bytes.size().
  bool write(uint64_t time_ns, std::span<const uint8_t> bytes, uint32_t original_bytes = 0);
  bool flush();
  bool close();  // false when any write failed

  const std::optional<CaptureError>& error() const noexcept { return error_; }
  uint64_t packets() const noexcept { return packets_; }

 private:
  bool put(const void* bytes, size_t count);
  bool fail(std::string reason);

  std::string path_;
  std::FILE* file_ = nullptr;
  std::vector<char> buffer_;
  std::optional<CaptureError> error_;
  uint64_t packets_ = 0;
  uint32_t snap_bytes_;
};

}  // namespace pspnic::net
