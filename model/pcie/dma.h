// SPDX-License-Identifier: Apache-2.0
// The device's way to host memory. Blocks ask for reads and posted writes; the engine splits reads by the
// maximum read request size, gives each request a tag, puts it on the link, and calls back when data is
// there.
//
// Waits for: tags, the link. Takes: link.h's bytes in each direction; a read of one request on an idle link
// takes exactly `round_trip`, or what the link takes if that is more. Completions return in the order of the
// requests, and a write becomes visible in the order of the calls, so a descriptor written after its data is
// never seen before it. Requests for reads take turns with the writes that wait for the link; those that have
// left it are visible before the answer. Drops: nothing; a read outside host memory answers kUnmapped and
// leaves the destination untouched, a write there goes to the fault handler. So do accesses that a
// DmaFaultSource has fail; a poisoned read's destination is written.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "model/base/event_fifo.h"
#include "model/base/packet.h"
#include "model/base/ring.h"
#include "model/base/wait_stats.h"
#include "model/net/payload.h"
#include "model/pcie/dma_faults.h"
#include "model/pcie/link.h"

namespace pspnic::pcie {

// Who asked: a kind chosen by the block and a queue number.
struct Requester {
  enum class Kind : uint8_t {
    kMailbox,
    kTxQueue,
    kTxCompletion,
    kRxQueue,
    kBufferQueue,
    kHeaderBuffer,
    kInterrupt,
    kConfigQueue,
    kOwnMemory  // as ReadFor's
  };
  Kind kind = Kind::kMailbox;
  uint32_t queue = 0;     // the card's number; of kMailbox the function, of kInterrupt its vector
  uint16_t function = 0;  // of kInterrupt
};

// Host memory as the link reaches it. Both answer false, and touch nothing, if any byte is not mapped.
class HostMemory {
 public:
  virtual ~HostMemory() = default;
  virtual bool read(uint64_t address, std::span<uint8_t> destination) = 0;
  virtual bool write(uint64_t address, std::span<const uint8_t> source) = 0;
  // Of packet data only what is carried need be copied.
  virtual bool read_packet(uint64_t address, std::span<uint8_t> destination, net::Payload) {
    return read(address, destination);
  }
  virtual bool write_packet(uint64_t address, std::span<const uint8_t> source, net::Payload) {
    return write(address, source);
  }
};

// A write that failed.
class DmaFaultHandler {
 public:
  virtual ~DmaFaultHandler() = default;
  // `again`: bytes of a packet of which an earlier piece has failed as well. kUnmapped: it hit nothing.
  virtual void on_write_fault(Requester requester, uint64_t address, uint32_t length, bool again,
                              DmaStatus status) = 0;
};

// Which function (0: the physical one) a requester is part of.
class FunctionMap {
 public:
  virtual ~FunctionMap() = default;
  virtual uint16_t function_of(const Requester& requester) const = 0;
};

// Called with the argument given and the outcome.
class ReadCallback {
 public:
  ReadCallback() = default;
  template <auto Method, class T>
  static ReadCallback to(T& object) {
    return ReadCallback(&object, [](void* self, uint64_t argument, DmaStatus status) {
      (static_cast<T*>(self)->*Method)(argument, status);
    });
  }
  void operator()(uint64_t argument, DmaStatus status) const { function_(object_, argument, status); }

 private:
  using Function = void (*)(void*, uint64_t, DmaStatus);
  ReadCallback(void* object, Function function) : object_(object), function_(function) {}
  void* object_ = nullptr;
  Function function_ = nullptr;
};

class DmaEngine {
 public:
  static constexpr uint32_t kSmallWriteBytes = 64;

  struct Ports {
    base::EventQueue& events;
    HostMemory& memory;
    DmaFaultHandler& faults;
    net::Payload payload = net::Payload::kBytes;
  };

  DmaEngine(base::StatGroup& parent, const LinkParams& params, const Ports& ports);

  // The destination must stay valid until the callback or reset().
  void read(uint64_t address, std::span<uint8_t> destination, ReadCallback done, uint64_t argument = 0,
            ReadFor purpose = ReadFor::kOther, Requester requester = {});

  // A descriptor or message of at most kSmallWriteBytes, copied; to the device's own memory any length. The
  // answer is when its last byte has left the device.
  Time write(Requester requester, uint64_t address, std::span<const uint8_t> bytes);

  // Bytes of a packet. They become visible no later than the next small write, which must follow. `owner`
  // keeps `bytes` alive; for a packet written in pieces, the last piece carries it.
  Time write_packet(Requester requester, uint64_t address, std::span<const uint8_t> bytes,
                    base::PacketPtr owner);

  // A posted write of the host to the device, on its way while completions are.
  Time arrive_at_device(Time now, uint32_t bytes);

  // What it takes on an idle link, from asking to the last byte: a round trip, and what the completions
  // behind the first bring.
  Time idle_read_time(uint32_t bytes) const {
    const uint32_t first = std::min(bytes, params_.max_read_request_bytes);
    const Time on_the_link = request_time_ + downstream_.duration(completion_bytes(params_, first));
    return std::max(params_.round_trip.ps, on_the_link) +
           downstream_.duration(completion_bytes(params_, bytes - first)) * static_cast<Time>(bytes > first);
  }
  Time write_duration(uint32_t bytes) const { return upstream_.duration(write_bytes(params_, bytes)); }

  // When the last write so far becomes visible.
  Time last_visible() const { return last_visible_; }

  // Makes all writes visible that are due by now; memory then is what a processor would read.
  void settle();

  // Null: accesses fail by their addresses alone.
  void set_fault_source(DmaFaultSource* source) { fault_source_ = source; }

  // Forgets reads under way: no callback comes, no destination is touched. Posted writes that left still
  // land.
  void reset();

  // Of the access that HostMemory is asked for.
  const Requester& requester() const { return requester_; }

  uint32_t reads_in_flight() const { return static_cast<uint32_t>(pending_.size() + waiting_.size()); }

 private:
  struct Read {
    Time done_at = 0;
    uint64_t address = 0;
    uint64_t argument = 0;
    std::span<uint8_t> destination;
    ReadCallback done;
    uint32_t requested = 0;  // bytes asked for so far
    ReadFor purpose = ReadFor::kOther;
    Requester requester;
  };
  struct Write {
    Time visible_at = 0;
    uint64_t address = 0;
    uint32_t length = 0;
    Requester requester;
    const uint8_t* bytes = nullptr;  // null: small_
    base::PacketPtr owner;
    std::array<uint8_t, kSmallWriteBytes> small;
  };

  void return_tags();
  void count_requests(uint64_t sent);
  void issue();
  void start(const Read& read);
  bool issue_one(Read& read);
  void on_tag_free(uint64_t);
  void on_completion(uint64_t);
  DmaStatus fetch(const Read& read);
  bool store(const Write& write);
  void on_visible(uint64_t);
  Write& post(Requester requester, uint64_t address, uint32_t length, Time* left);

  LinkParams params_;
  Ports ports_;
  DmaFaultSource* fault_source_ = nullptr;
  base::StatGroup group_;
  Direction upstream_;
  Direction downstream_;
  base::Counter read_bytes_{group_, "read_bytes", "byte", "Data read from host memory"};
  base::Counter write_bytes_{group_, "write_bytes", "byte", "Data written to host memory, messages included"};
  base::Counter reads_{group_, "reads", "request", "Reads asked for by blocks"};
  base::Counter requests_{group_, "read_requests", "TLP", "Read request TLPs sent"};
  base::Counter faults_{group_, "faults", "request",
                        "Reads and writes that failed: outside host memory, aborted, poisoned"};
  base::Gauge tags_used_{group_, "tags_used", "tag", "Tags that wait for a completion"};
  base::WaitStats tag_waits_{group_, "tags"};
  base::Histogram read_time_{group_, "read_time", "ps", "From asking for a read to its last byte"};

  Time request_time_ = upstream_.duration(request_header_bytes(params_));  // of a read
  base::Ring<Read> waiting_;                                               // for tags
  base::Ring<Read> pending_;                                               // for their last completion
  base::Ring<Time> tag_returns_;                                           // in order
  base::Ring<Write> posted_;                                               // in order of visibility
  base::EventFifo completions_;
  bool tag_event_ = false;
  bool contained_ = false;      // data was lost: what announces it must not be seen
  bool packet_failed_ = false;  // an earlier piece of the packet that is being written
  bool visible_event_ = false;  // as long as a small write is under way
  Time last_visible_ = 0;
  uint64_t epoch_ = 0;  // resets so far
  Requester requester_;
};

}  // namespace pspnic::pcie
