// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/descriptors.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "model/idpf/mailbox.h"
#include "model/idpf/psp_config_queue.h"
#include "model/idpf/rx_descriptors.h"
#include "model/idpf/rx_single.h"
#include "model/idpf/tx_descriptors.h"
#include "model/idpf/tx_single.h"
#include "testbench/diff/annotated_diff.h"
#include "testbench/diff/layouts.h"

namespace pspnic::vectors {
namespace {

template <class D>
struct Member {
  const char* name;
  std::function<uint64_t(const D&)> get;
  std::function<void(D&, uint64_t)> set;
};

template <class D, class T>
Member<D> member(const char* name, T D::*field) {
  return {name, [field](const D& from) { return static_cast<uint64_t>(from.*field); },
          [field](D& to, uint64_t value) { to.*field = static_cast<T>(value); }};
}

// The members that `got` and `expected` have different: one field may be a single bit.
template <class D>
std::string other_members(const std::vector<Member<D>>& members, const D& got, const D& expected) {
  std::string text;
  for (const Member<D>& each : members) {
    if (each.get(got) == each.get(expected)) continue;
    text += fmt::format("{}field {} is {:#x}, expected {:#x}", text.empty() ? "" : "; ", each.name,
                        each.get(got), each.get(expected));
  }
  return text;
}

template <class D, size_t kBytes>
std::string check_layout(const DescriptorImage& one, const std::vector<Member<D>>& members) {
  if (one.image.size() != kBytes)
    return fmt::format("image of {} bytes, expected {}", one.image.size(), kBytes);
  D made{};
  for (const auto& [name, value] : one.fields) {
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&name = name](const Member<D>& each) { return name == each.name; });
    if (found == members.end()) return "there is no field " + name;
    found->set(made, value);
  }
  for (const Member<D>& each : members) {
    if (!one.fields.contains(each.name)) return fmt::format("field {} is missing", each.name);
  }
  Bytes image(kBytes);
  made.encode(std::span<uint8_t, kBytes>(image));
  const D expected = D::decode(std::span<const uint8_t, kBytes>(one.image));
  const std::string difference =
      diff::annotated_diff(one.image, image, diff::descriptor_fields(one.kind, kBytes));
  if (!difference.empty()) {
    const std::string values =
        other_members(members, D::decode(std::span<const uint8_t, kBytes>(image)), expected);
    return "image, " + (values.empty() ? "reserved bits" : values) + "; " + difference;
  }
  return other_members(members, expected, made);
}

std::string check_mailbox(const DescriptorImage& one) {
  using D = idpf::MailboxDescriptor;
  return check_layout<D, idpf::kMailboxDescriptorBytes>(
      one,
      {member("flags", &D::flags), member("opcode", &D::opcode), member("datalen", &D::datalen),
       member("ret_val", &D::ret_val), member("v_opcode", &D::v_opcode), member("v_dtype", &D::v_dtype),
       member("v_retval", &D::v_retval), member("param0", &D::param0), member("sw_cookie", &D::sw_cookie),
       member("v_flags", &D::v_flags), member("address", &D::address)});
}

std::string check_tx_flow_data(const DescriptorImage& one) {
  using D = idpf::FlowDataDescriptor;
  return check_layout<D, idpf::kTxDescriptorBytes>(
      one, {member("buffer_address", &D::buffer_address), member("eop", &D::eop), member("cs_en", &D::cs_en),
            member("re", &D::re), member("departure_time", &D::departure_time),
            member("horizon_overflow", &D::horizon_overflow), member("completion_tag", &D::completion_tag),
            member("buffer_size", &D::buffer_size), member("rxr", &D::rxr)});
}

std::string check_tx_tso_context(const DescriptorImage& one) {
  using D = idpf::TsoContextDescriptor;
  return check_layout<D, idpf::kTxDescriptorBytes>(
      one, {member("tlen", &D::tlen), member("mss", &D::mss), member("header_length", &D::header_length),
            member("command", &D::command)});
}

std::string check_tx_psp_context(const DescriptorImage& one) {
  using D = idpf::PspContextDescriptor;
  return check_layout<D, idpf::kTxDescriptorBytes>(
      one, {member("tlen", &D::tlen), member("psp_offset", &D::psp_offset), member("mss", &D::mss),
            member("header_length", &D::header_length), member("key_source", &D::key_source),
            member("append_icv", &D::append_icv), member("iv_from_header", &D::iv_from_header),
            member("insert_spi", &D::insert_spi), member("device_built", &D::device_built),
            member("command", &D::command), member("sa_tag", &D::sa_tag), member("sa_idx", &D::sa_idx)});
}

std::string check_tx_completion(const DescriptorImage& one) {
  using D = idpf::TxCompletion;
  return check_layout<D, idpf::kTxCompletionBytes>(
      one, {member("queue_id", &D::queue_id), member("type", &D::type), member("generation", &D::generation),
            member("value", &D::value), member("timestamp", &D::timestamp)});
}

std::string check_rx_buffer(const DescriptorImage& one) {
  using D = idpf::RxBufferDescriptor;
  return check_layout<D, idpf::kRxBufferDescriptorBytes>(
      one, {member("buf_id", &D::buf_id), member("packet_address", &D::packet_address),
            member("header_address", &D::header_address)});
}

std::string check_rx_completion(const DescriptorImage& one) {
  using D = idpf::RxCompletion;
  return check_layout<D, idpf::kRxCompletionBytes>(one, {member("rxdid", &D::rxdid),
                                                         member("cast", &D::cast),
                                                         member("status0", &D::status0),
                                                         member("ptype", &D::ptype),
                                                         member("ip_hdr_err", &D::ip_hdr_err),
                                                         member("udp_len_err", &D::udp_len_err),
                                                         member("raw_csum_inv", &D::raw_csum_inv),
                                                         member("psp_status", &D::psp_status),
                                                         member("length", &D::length),
                                                         member("generation", &D::generation),
                                                         member("bufq2", &D::bufq2),
                                                         member("header_length", &D::header_length),
                                                         member("rsc", &D::rsc),
                                                         member("sph", &D::sph),
                                                         member("ext_udp_0", &D::ext_udp_0),
                                                         member("int_udp_0", &D::int_udp_0),
                                                         member("trunc_mirror", &D::trunc_mirror),
                                                         member("miss_prepend", &D::miss_prepend),
                                                         member("status1", &D::status1),
                                                         member("status2", &D::status2),
                                                         member("psp_generation", &D::psp_generation),
                                                         member("psp_icv_stripped", &D::psp_icv_stripped),
                                                         member("ts_low", &D::ts_low),
                                                         member("buf_id", &D::buf_id),
                                                         member("raw_csum", &D::raw_csum),
                                                         member("hash", &D::hash),
                                                         member("l2tag2", &D::l2tag2),
                                                         member("l2tag1", &D::l2tag1),
                                                         member("psp_spi", &D::psp_spi),
                                                         member("ts_high", &D::ts_high)});
}

// Bytes of an array as one number, the first the lowest.
Member<idpf::PspKeyDescriptor> key_bytes(const char* name, size_t first, size_t count) {
  using D = idpf::PspKeyDescriptor;
  return {name,
          [=](const D& from) {
            uint64_t value = 0;
            for (size_t i = count; i-- > 0;) value = value << 8 | from.key[first + i];
            return value;
          },
          [=](D& to, uint64_t value) {
            for (size_t i = 0; i < count; ++i) to.key[first + i] = static_cast<uint8_t>(value >> 8 * i);
          }};
}

std::string check_tx_psp_key(const DescriptorImage& one) {
  using D = idpf::PspKeyDescriptor;
  return check_layout<D, idpf::kTxDescriptorBytes>(
      one, {key_bytes("key_0_7", 0, 8), member("index", &D::index), member("last", &D::last),
            key_bytes("key_8_12", 8, 5)});
}

std::string check_tx_base_data(const DescriptorImage& one) {
  using D = idpf::BaseDataDescriptor;
  return check_layout<D, idpf::kTxDescriptorBytes>(
      one, {member("buffer_address", &D::buffer_address), member("command", &D::command),
            member("mac_length", &D::mac_length), member("ip_length", &D::ip_length),
            member("l4_length", &D::l4_length), member("buffer_size", &D::buffer_size),
            member("l2tag1", &D::l2tag1)});
}

std::string check_tx_base_context(const DescriptorImage& one) {
  using D = idpf::BaseContextDescriptor;
  return check_layout<D, idpf::kTxDescriptorBytes>(
      one, {member("tunnelling", &D::tunnelling), member("l2tag2", &D::l2tag2),
            member("command", &D::command), member("tlen", &D::tlen), member("mss", &D::mss)});
}

std::string check_tx_flex_data(const DescriptorImage& one) {
  using D = idpf::FlexDataDescriptor;
  return check_layout<D, idpf::kTxDescriptorBytes>(
      one, {member("buffer_address", &D::buffer_address), member("dtype", &D::dtype),
            member("command", &D::command), member("l2tag1", &D::l2tag1), member("l2tag2", &D::l2tag2),
            member("buffer_size", &D::buffer_size)});
}

std::string check_rx_single_buffer(const DescriptorImage& one) {
  using D = idpf::SingleRxBuffer;
  return check_layout<D, 16>(
      one, {member("packet_address", &D::packet_address), member("header_address", &D::header_address)});
}

std::string check_rx_single_flex(const DescriptorImage& one) {
  using D = idpf::SingleRxFlex;
  return check_layout<D, idpf::kRxCompletionBytes>(
      one, {member("ptype", &D::ptype), member("length", &D::length), member("status0", &D::status0),
            member("l2tag1", &D::l2tag1), member("hash", &D::hash), member("status1", &D::status1),
            member("ts_low", &D::ts_low), member("l2tag2_first", &D::l2tag2_first),
            member("l2tag2_second", &D::l2tag2_second), member("flow_id", &D::flow_id),
            member("ts_high", &D::ts_high)});
}

std::string check_rx_single_base(const DescriptorImage& one) {
  using D = idpf::SingleRxBase;
  return check_layout<D, 16>(
      one, {member("rss", &D::rss), member("status", &D::status), member("error", &D::error),
            member("ptype", &D::ptype), member("length", &D::length)});
}

std::string check_config_queue(const DescriptorImage& one) {
  using D = idpf::ConfigQueueDescriptor;
  return check_layout<D, idpf::kCfgqDescriptorBytes>(
      one,
      {member("flags", &D::flags), member("opcode", &D::opcode), member("datalen", &D::datalen),
       member("status", &D::status), member("cookie", &D::cookie), member("vport", &D::vport),
       member("response", &D::response), member("num_records", &D::num_records), member("sa_tag", &D::sa_tag),
       member("addr_high", &D::addr_high), member("addr_low", &D::addr_low)});
}

struct Kind {
  const char* name;
  std::string (*check)(const DescriptorImage&);
};
constexpr Kind kKinds[] = {{"mailbox", check_mailbox},
                           {"tx_flow_data", check_tx_flow_data},
                           {"tx_tso_context", check_tx_tso_context},
                           {"tx_psp_context", check_tx_psp_context},
                           {"tx_completion", check_tx_completion},
                           {"rx_buffer", check_rx_buffer},
                           {"rx_completion", check_rx_completion},
                           {"tx_psp_key", check_tx_psp_key},
                           {"tx_base_data", check_tx_base_data},
                           {"tx_base_context", check_tx_base_context},
                           {"tx_flex_data", check_tx_flex_data},
                           {"rx_single_buffer", check_rx_single_buffer},
                           {"rx_single_flex", check_rx_single_flex},
                           {"rx_single_base", check_rx_single_base},
                           {"config_queue", check_config_queue}};

}  // namespace

std::vector<std::string> descriptor_kinds() {
  std::vector<std::string> names;
  for (const Kind& kind : kKinds) names.emplace_back(kind.name);
  return names;
}

std::string check_descriptor(const DescriptorImage& descriptor) {
  for (const Kind& kind : kKinds) {
    if (descriptor.kind == kind.name) return kind.check(descriptor);
  }
  return "no descriptor is of the kind " + descriptor.kind;
}

}  // namespace pspnic::vectors
