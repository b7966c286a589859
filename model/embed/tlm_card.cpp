// SPDX-License-Identifier: Apache-2.0
// pspnic_tlm.h: a Card in the simulation of somebody else, its sockets handed through.
#include <algorithm>
#include <cstring>

#include "model/base/event_fifo.h"
#include "model/base/ring.h"
#include "model/embed/card.h"
#include "model/embed/config_part.h"
#include "model/embed/pspnic_tlm.h"

namespace pspnic {

namespace {

constexpr unsigned kWordBytes = 4;

embed::CardOptions options_of(const char* name, const CardConfig& config) {
  embed::CardOptions options;
  options.name = name;
  options.json = config.json;
  options.settings = config.set;
  options.seed = config.seed;
  options.stream = config.stream;
  options.spi_first = config.spi_first;
  std::copy(std::begin(config.mac), std::end(config.mac), options.mac.bytes.begin());
  return options;
}

// Bytes behind one another, and some. A streaming width of 0 is that of a payload nobody has set it in.
bool is_one_burst(const tlm::tlm_generic_payload& access) {
  const unsigned width = access.get_streaming_width();
  return access.get_data_ptr() != nullptr && (width == 0 || width >= access.get_data_length());
}

// An extension that stays its owner's: a payload deletes those that it still has when it ends, so one must be
// taken off also where a target throws.
template <class Extension>
class Lent {
 public:
  Lent(tlm::tlm_generic_payload& payload, Extension& extension) : payload_(payload), extension_(extension) {
    payload_.set_extension(&extension_);
  }
  ~Lent() { payload_.clear_extension(&extension_); }
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;

 private:
  tlm::tlm_generic_payload& payload_;
  Extension& extension_;
};

}  // namespace

// Not to be seen outside the library, as the class around it is.
struct __attribute__((visibility("hidden"))) Card::Parts : sc_core::sc_module {
  Parts(const sc_core::sc_module_name& name, Card& outside, const CardConfig& config);

  // Of less than a word.
  void access_part(tlm::tlm_generic_payload& access, const embed::ConfigPart& part, sc_core::sc_time& delay);
  bool access_word(tlm::tlm_command command, uint64_t address, uint8_t* word, sc_core::sc_time& delay);
  void receive(std::span<const uint8_t> bytes, bool fcs_ok, base::Time when);
  void on_arrival(uint64_t);
  void send(const embed::SentFrame& frame);
  void on_dma(tlm::tlm_generic_payload& access, sc_core::sc_time& delay);
  bool on_direct(tlm::tlm_generic_payload& access, tlm::tlm_dmi& grant) {
    return outside.dma->get_direct_mem_ptr(access, grant);
  }

  struct Arriving {
    std::vector<uint8_t> bytes;
    bool fcs_ok = true;
  };

  Card& outside;
  base::EventQueue events{"events"};
  embed::Card card;
  tlm_utils::simple_initiator_socket<Parts> mmio{"mmio"};
  tlm_utils::simple_target_socket<Parts> memory{"memory"};
  base::Ring<Arriving> arriving;
  base::EventFifo arrivals{events, base::Callback::to<&Parts::on_arrival>(*this)};
  tlm::tlm_generic_payload frame_payload;
  FrameInfo frame_info;
  DmaInfo dma_info;
};

Card::Parts::Parts(const sc_core::sc_module_name& name, Card& module, const CardConfig& config)
    : sc_module(name),
      outside(module),
      card(options_of(module.basename(), config), events,
           [this](const embed::SentFrame& frame) { send(frame); }) {
  memory.register_b_transport(this, &Parts::on_dma);
  memory.register_get_direct_mem_ptr(this, &Parts::on_direct);
  mmio.bind(card.nic().endpoint().mmio);
  card.nic().endpoint().dma_socket.bind(memory);
  frame_payload.set_command(tlm::TLM_WRITE_COMMAND);
  frame_payload.set_address(0);
}

bool Card::Parts::access_word(tlm::tlm_command command, uint64_t address, uint8_t* word,
                              sc_core::sc_time& delay) {
  tlm::tlm_generic_payload access;
  access.set_command(command);
  access.set_address(address);
  access.set_data_ptr(word);
  access.set_data_length(kWordBytes);
  access.set_streaming_width(kWordBytes);
  mmio->b_transport(access, delay);
  return access.is_response_ok();
}

void Card::Parts::access_part(tlm::tlm_generic_payload& access, const embed::ConfigPart& part,
                              sc_core::sc_time& delay) {
  uint8_t* const bytes = access.get_data_ptr();
  const unsigned length = access.get_data_length();
  const size_t first = part.shift / 8;
  uint8_t word[kWordBytes] = {};
  sc_core::sc_time answered = delay;
  access.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  if (!access_word(tlm::TLM_READ_COMMAND, part.word, word, answered)) return;
  if (access.is_read()) {
    std::copy_n(word + first, length, bytes);
    delay = answered;
  } else if (access.is_write()) {
    std::copy_n(bytes, length, word + first);
    if (!access_word(tlm::TLM_WRITE_COMMAND, part.word, word, delay)) return;
  }
  access.set_response_status(tlm::TLM_OK_RESPONSE);
}

void Card::Parts::on_dma(tlm::tlm_generic_payload& access, sc_core::sc_time& delay) {
  dma_info.function = card.nic().endpoint().requesting_function();
  const Lent lent(access, dma_info);
  outside.dma->b_transport(access, delay);
}

void Card::Parts::receive(std::span<const uint8_t> bytes, bool fcs_ok, base::Time when) {
  arriving.push({{bytes.begin(), bytes.end()}, fcs_ok});
  arrivals.push(when);
}

void Card::Parts::on_arrival(uint64_t) {
  const Arriving frame = arriving.pop();
  card.receive(frame.bytes, frame.fcs_ok);
}

void Card::Parts::send(const embed::SentFrame& frame) {
  if (outside.wire_out.size() == 0) return;
  frame_info.first_bit = sc_core::sc_time::from_value(frame.first_bit);
  frame_info.last_bit = sc_core::sc_time::from_value(frame.last_bit);
  // The generic payload has one pointer for both directions; a write does not change what it points to.
  frame_payload.set_data_ptr(const_cast<uint8_t*>(frame.bytes.data()));
  frame_payload.set_data_length(static_cast<unsigned>(frame.bytes.size()));
  frame_payload.set_streaming_width(static_cast<unsigned>(frame.bytes.size()));
  frame_payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  const Lent lent(frame_payload, frame_info);
  sc_core::sc_time delay = events.offset();
  outside.wire_out->b_transport(frame_payload, delay);
}

Card::Card(const sc_core::sc_module_name& name, const CardConfig& config)
    : sc_module(name),
      mmio("mmio"),
      dma("dma"),
      wire_in("wire_in"),
      wire_out("wire_out"),
      parts_(std::make_unique<Parts>("parts", *this, config)) {
  mmio.register_b_transport(this, &Card::on_mmio);
  wire_in.register_b_transport(this, &Card::on_wire_in);
  dma.register_invalidate_direct_mem_ptr(this, &Card::on_invalidate);
}

Card::~Card() = default;

void Card::on_mmio(tlm::tlm_generic_payload& access, sc_core::sc_time& delay) {
  if (!is_one_burst(access)) return access.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  const auto part = embed::config_part(access.get_address(), access.get_data_length());
  if (part && access.get_data_length() < kWordBytes && access.get_byte_enable_ptr() == nullptr) {
    parts_->access_part(access, *part, delay);
  } else {
    parts_->mmio->b_transport(access, delay);
  }
}

void Card::on_wire_in(tlm::tlm_generic_payload& frame, sc_core::sc_time& delay) {
  if (!is_one_burst(frame)) return frame.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  if (!frame.is_write()) {
    frame.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return;
  }
  if (frame.get_byte_enable_ptr() != nullptr) {
    frame.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  if (frame.get_data_length() == 0 || frame.get_data_length() > PSPNIC_MAX_FRAME_BYTES) {
    frame.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  const FrameInfo* info = frame.get_extension<FrameInfo>();
  parts_->receive({frame.get_data_ptr(), frame.get_data_length()}, info == nullptr || info->fcs_ok,
                  (sc_core::sc_time_stamp() + delay).value());
  frame.set_response_status(tlm::TLM_OK_RESPONSE);
}

void Card::on_invalidate(sc_dt::uint64 first, sc_dt::uint64 last) {
  parts_->memory->invalidate_direct_mem_ptr(first, last);
}

std::uint64_t Card::counter(const std::string& name) const {
  return parts_->card.counter(name);
}

std::string Card::counters_json() const {
  return parts_->card.counters_json();
}

std::string Card::parameters_json() const {
  return parts_->card.parameters().to_json();
}

std::string Card::violations() const {
  return parts_->card.violations();
}

std::string Card::violations_json() const {
  return parts_->card.violations_json();
}

std::uint64_t Card::violation_count() const {
  return parts_->card.violation_count();
}

}  // namespace pspnic
