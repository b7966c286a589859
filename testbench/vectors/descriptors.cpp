// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/descriptors.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "model/idpf/mailbox.h"
#include "model/idpf/rx_descriptors.h"
#include "model/idpf/tx_descriptors.h"
#include "testbench/vectors/diff.h"

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
  Bytes image(kBytes);
  made.encode(std::span<uint8_t, kBytes>(image));
  std::string diff = annotated_diff(one.image, image, {{0, kBytes, one.kind}});
  if (!diff.empty()) return "image, " + diff;
  const D read = D::decode(std::span<const uint8_t, kBytes>(one.image));
  for (const Member<D>& each : members) {
    const auto said = one.fields.find(each.name);
    const uint64_t expected = said == one.fields.end() ? each.get(D{}) : said->second;
    if (each.get(read) == expected) continue;
    return fmt::format("field {} is {:#x}, expected {:#x}", each.name, each.get(read), expected);
  }
  return {};
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
                           {"rx_completion", check_rx_completion}};

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
