// SPDX-License-Identifier: Apache-2.0
// The driver of one function of the modelled NIC, physical or virtual. It uses nothing but what a driver has:
// registers, rings in DMA memory, the virtchnl2 mailbox and MSI-X (see HostPort). Order and values follow
// Linux's idpf with split queues; PSP follows Linux's PSP core.
//
// Two kinds of members: scripts let simulated time pass and may throw DriverError; everything else runs at
// one instant, may be called from HostEvents, allocates nothing and does not throw.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/idpf/rx_descriptors.h"
#include "model/idpf/virtchnl2_vport.h"
#include "model/net/ethernet.h"
#include "model/net/payload.h"
#include "model/psp/header.h"
#include "model/psp/key.h"
#include "testbench/host/host_port.h"
#include "testbench/host/stats.h"

namespace pspnic::idpf {
struct PspCaps;
struct PspEvent;
struct PspStats;
}  // namespace pspnic::idpf

namespace pspnic::host {

class ConfigQueue;
class PspRequests;

// The device or its firmware did not do what a driver needs; the text names the place (register, opcode,
// queue) and the rule. Also thrown for a DriverConfig that cannot work.
class DriverError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// How the device comes to the key of a transmit SA.
enum class KeyMode : uint8_t {
  kMailbox,      // PSP_ADD_TX_SA: the firmware writes it into the SA table
  kConfigQueue,  // a command in a ring of its own does
  kDescriptor    // each packet brings it along; the device keeps none
};

struct DriverConfig {
  unsigned queue_pairs = 1;  // Tx + completion queue and Rx + two buffer queues each; 1..256
  // Queue pairs of each further vport, likewise. Pairs are numbered through all vports, 256 at most.
  std::vector<unsigned> more_vports = {};
  uint16_t tx_ring = 1024;  // descriptors, a multiple of 32, 128..4064; the completion ring has twice as many
  // completions, a multiple of 32, 64..8160, not less than buffer_ring. Twice that if frames longer than a
  // buffer, or merged ones, are expected: only then are both buffer queues in use at once.
  uint16_t rx_ring = 1024;
  uint16_t buffer_ring = 1024;   // descriptors a buffer queue, a multiple of 32, 64..8160
  uint32_t buffer_bytes = 2048;  // of a receive buffer, both buffer queues; a multiple of 128, 1024..16256
  uint16_t mtu = 1500;           // bytes of an IP packet, 68..9216
  uint32_t itr_us = 4;           // least time between two interrupts of a vector, 0..8190, resolution 2 us
  uint64_t poll_delay_ps = 0;    // from an interrupt to the poll of its queues
  bool tso = true;               // large transmit slots are allocated
  uint16_t tso_slots = 64;       // TSO frames in flight a queue
  uint32_t tx_slot_bytes = 0;    // of a TSO slot; 0: 64 KiB and headers
  bool psp = true;               // ask for the PSP extension; a device without it is no error
  uint32_t psp_versions = 0xf;   // bit v: receive of PSP version v is switched on at start
  // By queue pair, and from the beginning again; empty: all by mailbox. DriverError if the device has not
  // what it needs.
  std::vector<KeyMode> key_modes = {};
  uint64_t config_queue_poll_ps = 1'000'000;  // how often completions of config queues are looked for
  bool psp_strip_icv = false;                 // have the device take the ICV off
  bool psp_capture = false;  // have failed PSP packets as they came, see Stack::on_captured()
  bool psp_sample = false;   // have the device follow the S and D bits, with copies as they came
  // Let the device rotate its keys by itself; DriverError if this function has no authority over them
  bool psp_device_rotates = false;
  // Have the device hand over the plain packet instead: outer headers and ICV off
  bool psp_strip_headers = false;
  // Have the device merge TCP segments (IDPF: RSC); DriverError if it cannot
  bool gro = false;
  // Have the device put headers into buffers of their own, of header_buffer_bytes; DriverError if it cannot
  bool header_split = false;
  uint16_t header_buffer_bytes = 256;  // a multiple of 64, 64..960
  bool verify_checksums = false;       // check every received IP and L4 checksum in software too
  bool promiscuous = false;
  // kLengths: of frames only what is carried is copied, and no checksum is computed over payload.
  net::Payload payload = net::Payload::kBytes;
  // Virtual functions that the driver of the physical one switches on when it is up, and off in stop(); each
  // wants a driver of its own. DriverError if the device has fewer.
  uint16_t vfs = 0;
  uint64_t mailbox_poll_ps = 5'000'000;             // first wait for a reply; doubles up to 64 times that
  uint64_t mailbox_timeout_ps = 2'000'000'000'000;  // Linux's short time-out, 2 s
  uint64_t link_timeout_ps = 1'000'000'000'000;
  // Time between two looks of the watchdog, as long as frames are under way; 0: none. See watchdog.cpp.
  uint64_t watchdog_ps = 0;
  // Account for the bytes that each transmit queue has under way (byte_queue.h), see tx_progress().
  bool byte_queues = false;
  uint32_t byte_queue_limit = 0;  // with it: bytes at which transmit_room() is 0; 0: no limit
  std::array<uint8_t, 52> rss_key = default_rss_key();  // the first rss_key_size bytes are used

  static std::array<uint8_t, 52> default_rss_key();
};

inline constexpr uint32_t kNoSa = 0xffffffff;  // SaHandle::index: the device refused it

// A receive SA: the device chose the SPI and derived the key, which is now for the peer.
struct RxSa {
  uint32_t spi = 0;
  psp::Version version = psp::Version::kAesGcm128;
  uint8_t generation = 0;
  psp::SessionKey key;
};

struct TxSaRequest {
  uint32_t spi = 0;  // the peer's
  psp::Version version = psp::Version::kAesGcm128;
  psp::SessionKey key;
};

// A slot of the device's SA table, or with kDescriptor of the driver's own. The tag changes whenever the slot
// is given out anew.
struct SaHandle {
  uint32_t index = kNoSa;
  uint16_t tag = 0;
  KeyMode way = KeyMode::kMailbox;  // by which it was programmed; any queue may use it
  bool operator==(const SaHandle&) const = default;
};

// How PSP is put around a frame, beyond its SA, SPI and version. What spans point to is the caller's.
struct PspMode {
  static constexpr uint8_t kExposePorts = 0xff;  // Crypt Offset that leaves the inner L4 ports in clear

  bool tunnel = false;    // the whole IP packet is carried; else what is behind its IP headers
  bool outer_v6 = false;  // tunnel: family and addresses of the outer header, of IPv4 the first four bytes
  std::array<uint8_t, 16> source{};
  std::array<uint8_t, 16> destination{};
  // 4-byte units from the end of the IV, 0..63, or kExposePorts; less for a packet that ends before, 0 in
  // versions that encrypt nothing.
  uint8_t crypt_offset = 0;
  bool sample = false;
  bool drop_after_sample = false;
  std::optional<uint64_t> vc = std::nullopt;  // the virtualization cookie
  std::span<const uint8_t> extension = {};    // further header bytes behind it, a multiple of 8
  // UDP source ports, of which the flow's hash chooses one: one entry is a port given by software, a table
  // has 16 and more. None: the hash scaled to Linux's local port range.
  std::span<const uint16_t> source_ports = {};
};

// An Ethernet frame without FCS, plain, as the stack hands it over. With tso_mss: headers and up to 64 KiB of
// payload, of which each segment gets tso_mss bytes.
struct TxFrame {
  std::span<const uint8_t> bytes;
  // Set: encrypted, with the next two, or refused; never in clear for want of a slot.
  std::optional<SaHandle> sa = std::nullopt;
  uint32_t spi = 0;
  psp::Version version = psp::Version::kAesGcm128;
  const PspMode* mode = nullptr;  // null: transport mode, everything encrypted
  // The frame stays plain: the device builds the PSP headers, see let_device_build_headers().
  bool device_built = false;
  uint16_t tso_mss = 0;           // 0: no segmentation; TCP, or UDP if the device can
  bool checksum_offload = false;  // the device fills in IP and L4 checksum; implied by tso_mss
  uint32_t flow_hash = 0;         // for the UDP source port of PSP; 0: taken from the frame
  uint64_t cookie = 0;            // comes back in Stack::on_sent
};

// What is known about a received frame.
struct RxInfo {
  unsigned queue = 0;
  bool psp = false;  // was encrypted, and is authentic; the next four are valid
  uint32_t spi = 0;
  psp::Version version = psp::Version::kAesGcm128;
  uint8_t generation = 0;
  uint16_t psp_device = 0;  // id given by Driver::set_psp_device()
  bool l4_checksum_ok =
      false;          // the device checked it (with verify_checksums: the driver, too) and it is right
  uint32_t hash = 0;  // the device's RSS hash
  uint16_t ptype = 0;
  // TCP segments that the device has merged, and the payload of each but the last, which may be shorter
  unsigned segments = 1;
  uint32_t segment_bytes = 0;  // 0: not merged
  uint64_t now_ps = 0;
};

// The network stack above the driver. May call transmit() and flush() from each of these.
class Stack {
 public:
  virtual ~Stack() = default;
  // `frame` is valid until the call returns; PSP frames come decapsulated, merged ones as one frame.
  virtual void on_receive(std::span<const uint8_t> frame, const RxInfo& info) = 0;
  // A PSP frame as it was on the wire: one that failed, or a sample. Not to be believed in any part.
  virtual void on_captured(std::span<const uint8_t>, idpf::PspRxStatus, const RxInfo&) {}
  // The device is done with the frame.
  virtual void on_sent(unsigned queue, uint64_t cookie) = 0;
  // Completions have freed ring space or slots. Once a poll.
  virtual void on_transmit_room(unsigned queue) = 0;
};

// Sees every frame that transmit() has taken, before the device does.
class TransmitObserver {
 public:
  virtual ~TransmitObserver() = default;
  virtual void on_transmit(unsigned queue, const TxFrame& frame) = 0;
};

// Told that a transmit queue makes no progress even after its doorbell has been rung again: the function
// needs recover().
class WatchdogListener {
 public:
  virtual ~WatchdogListener() = default;
  virtual void on_stuck() = 0;
};

// Told of the events of the device's PSP side when the driver has taken note of them.
class PspEventListener {
 public:
  virtual ~PspEventListener() = default;
  virtual void on_psp_event(const idpf::PspEvent& event) = 0;
};

// What a transmit queue has taken and the device has completed, in bytes and in the order of the queue.
struct TxProgress {
  uint64_t posted = 0;
  uint64_t completed = 0;
  uint64_t starts = 0;  // how often the driver has been started: counting begins anew each time
};

class Driver : public HostEvents {
 public:
  // Checks the configuration only; DriverError names the field.
  Driver(HostPort& port, const DriverConfig& config);
  // Without stop() the DMA memory stays allocated: the device may still write to it.
  ~Driver() override;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  // Scripts. start() probes, resets and configures the device and returns when the link is up; stop() is
  // ifdown and remove. start() may follow stop().
  void start(Stack& stack);
  void stop();
  // Resets the function in the middle of whatever it does, forgets the frames under way (tx_lost_in_reset)
  // and starts anew; the device has forgotten all SAs. After a failure it may be called again.
  void recover(Stack& stack);
  // Of a virtual function: the reset that its mailbox knows, RESET_VF, as Linux does it; the driver is then
  // stopped, and has forgotten the frames under way as in recover().
  void reset_by_message();

  // PSP scripts, only with psp_available(). Bulk requests are split into messages as the device allows.
  std::vector<RxSa> allocate_rx_sas(psp::Version version, unsigned count);  // may be fewer: SPIs used up
  std::vector<SaHandle> add_tx_sas(
      std::span<const TxSaRequest> requests);  // index kNoSa: refused, see last_status()
  std::vector<SaHandle> add_tx_sas(std::span<const TxSaRequest> requests, KeyMode way);
  // Has the device build the headers for frames of these SAs with device_built. Its template knows of a mode
  // all but exposed ports, an extension, and several source ports. False if it refuses one; see
  // last_status().
  bool let_device_build_headers(std::span<const SaHandle> handles, const PspMode& mode = {});
  void delete_tx_sas(std::span<const SaHandle> handles);
  // What the device refuses stays; see anomalies() and last_status().
  void free_rx_sas(std::span<const uint32_t> spis);
  uint8_t rotate_keys(bool twice = false);  // the generation now current
  void set_psp_receive(uint32_t versions);  // 0: PSP packets come as plain UDP
  idpf::PspStats psp_statistics();          // include model/idpf/psp_ext.h
  const idpf::PspCaps& psp_caps() const;    //
  KeyMode key_mode(unsigned queue) const;
  // Transmit SAs by commands in a ring, without waiting: include testbench/host/config_queue.h. Runs if a
  // queue's key mode says so.
  ConfigQueue& config_queue();
  PspRequests& psp_requests();   // the same without waiting: include testbench/host/psp_requests.h
  uint32_t last_status() const;  // of the entry refused last, virtchnl2 or PSP numbering; 0: none
  idpf::VportStats vport_statistics(unsigned vport = 0);  // throws std::out_of_range for one it has not
  void set_promiscuous(bool unicast, bool multicast);     // all vports

  bool running() const;
  bool is_virtual() const;  // once started
  bool psp_available() const;
  bool link_up() const;  // of all vports
  uint32_t link_speed_mbps() const;
  // Vports are numbered from 0 in the order of their creation. A number that there is not: std::out_of_range.
  unsigned vports() const;
  const net::MacAddress& mac(unsigned vport = 0) const;
  unsigned queue_pairs() const;                // of all vports
  unsigned first_queue(unsigned vport) const;  // vports() + 1 values; the last is queue_pairs()
  unsigned vport_of(unsigned queue) const;

  // Data path. transmit() copies the frame and posts its descriptors; false when ring or slots are full
  // (tx_ring_full) or when the frame cannot be sent at all (tx_refused, with a text in anomalies()). The
  // device learns of it with flush(), one doorbell for all frames since the last.
  bool transmit(unsigned queue, const TxFrame& frame);
  void flush(unsigned queue);
  // Frames that surely fit: of at most MTU, or TSO frames. None counts in tx_ring_full, as who asks will not
  // try.
  unsigned transmit_room(unsigned queue, bool tso = false) const;
  // Frames handed to transmit() whose on_sent() is still to come.
  unsigned in_flight(unsigned queue) const;
  // With DriverConfig::byte_queues; else all 0 but `starts`.
  TxProgress tx_progress(unsigned queue) const;

  const DriverStats& stats() const;
  // Null: nobody.
  void set_transmit_observer(TransmitObserver* observer);
  void set_watchdog_listener(WatchdogListener* listener);
  void set_psp_listener(PspEventListener* listener);
  // The id under which the host's PSP core knows the device; 0 after the start and without one.
  void set_psp_device(uint16_t id);

  // What the device did wrong, in words; the first 64, all of them counted in stats().
  const std::vector<std::string>& anomalies() const;

  void on_interrupt(uint32_t message_data) override;
  void on_timer(uint64_t cookie) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pspnic::host
