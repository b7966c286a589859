// SPDX-License-Identifier: Apache-2.0
#include <pcap/pcap.h>

#include <utility>

#include "model/net/capture.h"

namespace pspnic::net {

struct CaptureReader::Handle {
  pcap_t* pcap = nullptr;

  explicit Handle(pcap_t* opened) : pcap(opened) {}
  ~Handle() { pcap_close(pcap); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
};

CaptureReader::CaptureReader(const std::string& path, uint32_t link_type) : path_(path) {
  char reason[PCAP_ERRBUF_SIZE] = "";
  // libpcap converts microsecond files to this precision.
  pcap_t* opened = pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, reason);
  if (opened == nullptr) {
    std::string text = reason;
    if (text.starts_with(path + ": "))
      text.erase(0, path.size() + 2);  // libpcap names the file, and so do we
    fail(0, std::move(text));
    return;
  }
  handle_ = std::make_unique<Handle>(opened);
  const int found = pcap_datalink(opened);
  if (found != static_cast<int>(link_type)) {
    handle_.reset();
    fail(0, "link type is " + std::to_string(found) + ", expected " + std::to_string(link_type));
  }
}

CaptureReader::~CaptureReader() = default;
CaptureReader::CaptureReader(CaptureReader&&) noexcept = default;
CaptureReader& CaptureReader::operator=(CaptureReader&&) noexcept = default;

bool CaptureReader::next(CaptureRecord& record) {
  if (handle_ == nullptr || error_) return false;
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  const int result = pcap_next_ex(handle_->pcap, &header, &bytes);
  if (result != 1) {
    if (result != PCAP_ERROR_BREAK) fail(packets_ + 1, pcap_geterr(handle_->pcap));
    return false;
  }
  ++packets_;
  record.bytes = {bytes, header->caplen};
  // Read with nanosecond precision, tv_usec counts nanoseconds.
  record.time_ns =
      static_cast<uint64_t>(header->ts.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(header->ts.tv_usec);
  record.original_bytes = header->len;
  return true;
}

void CaptureReader::fail(uint64_t packet, std::string reason) {
  error_ = CaptureError{path_, packet, std::move(reason)};
}

}  // namespace pspnic::net
