// SPDX-License-Identifier: Apache-2.0
// What the control plane sees of the device: contexts to write, engines to ask, counters to read. The
// firmware knows no SystemC and no time model; the device implements this interface and calls the control
// plane back.
//
// Keys: the firmware never holds a device key. It orders the device to make one in a slot (key_slots.h), and
// may have a session key derived, which leaves the device only in the answer to PSP_ALLOC_RX_SA.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "firmware/key_slots.h"
#include "firmware/origin.h"
#include "firmware/refusal.h"
#include "model/flow/rule.h"
#include "model/idpf/mailbox.h"
#include "model/net/ethernet.h"
#include "model/net/wipe.h"
#include "model/psp/header.h"
#include "model/psp/key.h"

namespace pspnic::firmware {

// IVs must not repeat under a key: drivers are told when the clock that they come from has so much left. The
// specification replaces keys every 24 hours, so that every key is gone in time.
inline constexpr uint64_t kIvLowPs = 24ull * 3600 * 1'000'000'000'000;

// Sizes of one function, fixed at build of the device.
struct Limits {
  uint16_t tx_queues = 16;  // also completion queues
  uint16_t rx_queues = 16;
  uint16_t buffer_queues = 32;  // two a receive queue
  uint16_t vectors = 65;        // MSI-X entries, vector 0 is the mailbox's
  uint16_t vports = 1;
  uint16_t config_queue_pairs = 1;
  bool single_queue_model = true;  // the device has it beside the split-queue model
  uint16_t max_mtu = 9216;         // bytes of an IP packet
  uint32_t tx_sa_slots = 65536;
  uint32_t link_speed_mbps = 200'000;
  uint32_t psp_versions = 0xf;      // bit v: PSP version v
  uint32_t spi_first = 1;           // first SPI id (31 bits) this function may hand out
  uint32_t spi_count = 0x7ffffffe;  // ids owned, a key phase; 0 and 0x7fffffff are never handed out
  uint8_t max_sg_buffers = 10;      // data descriptors a packet (of a TSO frame: a segment)
  uint16_t max_tx_header_bytes = 256;
  net::MacAddress mac;      // factory address
  bool is_virtual = false;  // a VF: its registers lie as a VF's do
  bool trusted = true;      // may be promiscuous and take any address; else only those that it was given
  uint16_t max_vfs = 0;     // virtual functions that this one may enable
};

// The last two are rings of commands and of the answers to them, outside vports.
enum class QueueKind : uint8_t { kTx, kRx, kTxCompletion, kRxBuffer, kConfigTx, kConfigRx };

struct QueueRef {
  QueueKind kind = QueueKind::kTx;
  uint32_t id = 0;  // of the function
  bool operator==(const QueueRef&) const = default;
};

struct TxQueueContext {
  uint32_t id = 0;
  uint32_t vport_id = 0;
  uint64_t ring_address = 0;
  uint16_t ring_length = 0;  // descriptors
  uint16_t relative_id = 0;  // what completions report
  uint32_t completion_queue_id = 0;
  bool split = true;               // split-queue model with flow scheduling
  bool psp = false;                // PSP context descriptors accepted
  bool key_in_descriptor = false;  // and keys behind them
};

struct CompletionQueueContext {
  uint32_t id = 0;
  uint64_t ring_address = 0;
  uint16_t ring_length = 0;
};

struct BufferQueueContext {
  uint32_t id = 0;
  uint64_t ring_address = 0;
  uint16_t ring_length = 0;
  uint32_t buffer_bytes = 0;
};

struct RxQueueContext {
  uint32_t id = 0;
  uint32_t vport_id = 0;
  uint64_t ring_address = 0;
  uint16_t ring_length = 0;
  uint32_t buffer_queue_1 = 0;
  uint32_t buffer_queue_2 = 0;
  uint32_t buffer_bytes = 0;  // single-queue model: size of the buffers in this ring
  uint32_t max_packet_bytes = 0;
  bool split = true;
  bool psp = false;           // decrypted packets are reported with PSP metadata
  uint32_t rsc = 0;           // split queues: rsc_caps bits of the packets to be coalesced
  uint16_t header_bytes = 0;  // split queues: size of the header buffers; 0: headers are not split off
};

struct ConfigQueueContext {
  QueueRef queue;
  uint64_t ring_address = 0;
  uint16_t ring_length = 0;
};

// What decides whether a frame belongs to a vport and to which of its queues.
struct VportContext {
  uint32_t id = 0;
  bool enabled = false;
  bool promiscuous_unicast = false;
  bool promiscuous_multicast = false;
  bool loopback = false;
  uint16_t max_mtu = 0;
  std::vector<net::MacAddress> addresses;  // primary first
  uint64_t rss_types = 0;                  // rss_caps bits in use
  std::array<uint8_t, 52> rss_key{};
  std::vector<uint32_t> rss_queues;   // look-up table: queue ids of the function
  std::vector<uint32_t> rx_queues{};  // its queues, by their number in the vport
  uint32_t default_rx_queue = 0;
};

struct VportCounters {
  uint64_t rx_bytes = 0, rx_unicast = 0, rx_multicast = 0, rx_broadcast = 0, rx_discards = 0, rx_errors = 0;
  uint64_t rx_unknown_protocol = 0, rx_invalid_frame_length = 0, rx_overflow_drop = 0;
  uint64_t tx_bytes = 0, tx_unicast = 0, tx_multicast = 0, tx_broadcast = 0, tx_discards = 0, tx_errors = 0;
};

// Of the port, whatever vport or function the frames are of.
struct PortCounters {
  uint64_t rx_frames = 0, rx_bytes = 0, rx_unicast = 0, rx_multicast = 0, rx_broadcast = 0;
  uint64_t rx_oversized = 0, rx_dropped = 0, rx_crc_errors = 0;
  uint64_t tx_frames = 0, tx_bytes = 0, tx_unicast = 0, tx_multicast = 0, tx_broadcast = 0;
};

// Bytes count from the first byte after the IV to the last byte of the payload, without the ICV.
struct PspCounters {
  uint64_t rx_packets = 0, rx_bytes = 0, rx_auth_fail = 0, rx_error = 0, rx_bad = 0;
  uint64_t tx_packets = 0, tx_bytes = 0, tx_error = 0;
  uint64_t rx_bad_version = 0, rx_stale_key = 0, rx_bypass = 0, tx_bad_sa = 0;
};

struct TxSa {
  uint32_t spi = 0;
  psp::Version version = psp::Version::kAesGcm128;
  uint16_t tag = 0;  // compared with the descriptor's
  psp::SessionKey key;
  bool flows_only = false;  // of the management port: descriptors may not name it, a function reset leaves it
  uint64_t first_iv = 0;    // asked for, and the clock is past it; 0: none
};

// Slot of the transmit SA table. The table is the device's: config queues change it, too.
enum class TxSaState : uint8_t {
  kFree,
  kUsed,
  kErasing  // packets in flight may still need the key
};
struct TxSaSlot {
  TxSaState state = TxSaState::kFree;
  uint16_t tag = 0;  // this and the next: of one that is not free
  Origin owner = Origin::kFunction;
};

// Which slots to erase: those named, or those in use in a range and the owner's.
struct TxSaErase {
  std::vector<uint32_t> indexes;
  uint32_t first = 0;
  uint32_t count = 0;  // of the range; 0: none
  Origin owner = Origin::kFunction;

  bool any() const { return !indexes.empty() || count != 0; }
};

struct PspReceiveConfig {
  uint32_t versions = 0;  // bit v: decrypt version v; 0 passes PSP up as plain UDP
  bool strip_icv = false;
  bool spi_in_descriptor = true;
  bool capture_failures = false;  // failed packets go to the host as they came, at a limited rate
  bool sample = false;            // S and D bits are followed
  bool strip_headers = false;     // split queues get the plain packet
  bool rss_inner = false;         // the queue is chosen after decryption
  bool vc_steering = false;       // the cookie may name it
};

// Its payload is wiped when it dies, since session keys travel in requests and answers.
struct MailboxMessage {
  idpf::MailboxDescriptor descriptor;
  std::vector<uint8_t> payload;
  uint16_t index = 0;             // of the request's descriptor in its ring; its answer has the same
  std::vector<Refusal> refusals;  // of an answer: why it, or entries of it, were refused; not sent

  MailboxMessage() = default;
  MailboxMessage(MailboxMessage&&) noexcept = default;
  MailboxMessage& operator=(MailboxMessage&& other) noexcept {
    if (this == &other) return *this;
    forget_payload();
    descriptor = other.descriptor;
    payload.swap(other.payload);
    index = other.index;
    refusals = std::move(other.refusals);
    return *this;
  }
  ~MailboxMessage() { forget_payload(); }
  void forget_payload() noexcept {
    net::wipe(payload);
    payload.clear();
  }
};

class Hardware : public KeySlots {
 public:
  virtual const Limits& limits() const = 0;

  // Queues. A context may be written only while the queue is disabled; head, completion index and generation
  // restart, the latched tail stays. What a queue refers to is configured when it is enabled, but may be
  // enabled after it.
  virtual void configure(const TxQueueContext& context) = 0;
  virtual void configure(const CompletionQueueContext& context) = 0;
  virtual void configure(const RxQueueContext& context) = 0;
  virtual void configure(const BufferQueueContext& context) = 0;
  virtual void configure(const ConfigQueueContext& context) = 0;
  virtual void enable_queue(QueueRef queue) = 0;
  virtual bool queue_enabled(QueueRef queue) const = 0;
  // Stops fetching, finishes what is in flight, posts a marker completion for each transmit queue, resets
  // head and tail; then calls ControlPlane::hardware_done(token).
  virtual void disable_queues(std::span<const QueueRef> queues, uint64_t token) = 0;
  // The same with all queues of a vport, running or not, and waits for its frames: none is on its way to the
  // wire, back from it in loopback, or to these queues. The vport takes no frames any more.
  virtual void drain_vport(uint32_t vport_id, std::span<const QueueRef> queues, uint64_t token) = 0;

  // Interrupts: vector 0 is the mailbox's. kNoVector ends a mapping.
  static constexpr uint16_t kNoVector = 0xffff;
  virtual void map_vector(QueueRef queue, uint16_t vector, uint8_t itr_index) = 0;

  virtual void write_vport(const VportContext& context) = 0;
  virtual VportCounters vport_counters(uint32_t vport_id) const = 0;
  virtual PortCounters port_counters() const = 0;
  // There are `count` virtual functions from now on, at most limits().max_vfs. False: not now, as others are
  // in use.
  virtual bool enable_vfs(uint16_t count) = 0;
  // This function is to be reset, as by a function-level reset; ControlPlane::reset() follows, perhaps later.
  virtual void reset_function() = 0;

  // SAs. Slots count from 0 to limits().tx_sa_slots, whatever part of the device's table they are.
  virtual TxSaSlot tx_sa_slot(uint32_t index) const = 0;
  virtual std::optional<uint32_t> free_tx_sa_slot() const = 0;  // reused as late as possible
  virtual uint32_t tx_sas_in_use(Origin owner) const = 0;       // those being erased included
  // False, and nothing changed: packets of the slot's last owner have still to be sealed.
  virtual bool write_tx_sa(uint32_t index, const TxSa& sa) = 0;
  // Ends when no descriptor in flight can use the slots and their keys are wiped:
  // ControlPlane::hardware_done(token). A slot is free as soon as that is so of it.
  virtual void erase_tx_sas(const TxSaErase& sas, uint64_t token) = 0;
  // Until the clock that IVs come from wraps, ps.
  virtual uint64_t iv_left_ps() const = 0;
  virtual void configure_psp_receive(const PspReceiveConfig& config) = 0;
  virtual PspCounters psp_counters() const = 0;

  // How the device builds headers for an SA; null: it does not. Ends with the SA.
  virtual void set_tx_encapsulation(const flow::SaName& sa, const flow::Encapsulation* encapsulation) = 0;
  // Flows that the device protects; a function reset leaves them. The rule is flow::valid().
  virtual flow::Added add_flow(const flow::Rule& rule, bool replace) = 0;
  virtual bool remove_flow(uint32_t id) = 0;
  virtual void remove_flows() = 0;
  virtual uint32_t flow_count() const = 0;
  virtual std::optional<flow::Counters> flow_counters(uint32_t id) const = 0;

  // Mailbox towards the driver; queued until the driver offers a buffer.
  virtual void send_to_driver(MailboxMessage message) = 0;
  // Answers to what came from the management port.
  virtual void send_to_management(MailboxMessage message) = 0;
};

}  // namespace pspnic::firmware
