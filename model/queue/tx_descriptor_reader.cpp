// SPDX-License-Identifier: Apache-2.0
#include "model/queue/tx_descriptor_reader.h"

#include <algorithm>

#include "model/net/wipe.h"

namespace pspnic::queue {

using base::DriverRule;

namespace {

constexpr uint32_t kMaxTsoBytes = 65535 + 256;        // largest IP packet and its headers
constexpr uint32_t kMinTsoHeaderBytes = 14 + 20 + 8;  // Ethernet, IPv4, UDP
constexpr size_t kCommandByte = 8;                    // of a descriptor; DTYPE in its lower half

DescriptorResult broken(const char* field, DriverRule rule, uint64_t seen) {
  return {&base::info(rule), field, seen, false};
}

}  // namespace

void TxDescriptorReader::begin(TxJobPtr job, uint16_t queue) {
  job_ = std::move(job);
  job_->queue = queue;
  context_ = header_length_due_ = key_due_ = false;
}

DescriptorResult TxDescriptorReader::take(idpf::TxDescriptorIn descriptor, uint16_t index,
                                          uint16_t next_index) {
  job_->head = next_index;
  return rules_.model == idpf::QueueModel::kSplit ? take_split(descriptor) : take_single(descriptor, index);
}

DescriptorResult TxDescriptorReader::take_split(idpf::TxDescriptorIn descriptor) {
  const idpf::Dtype dtype = idpf::tx_dtype(descriptor, idpf::QueueModel::kSplit);
  if (key_due_ && dtype != idpf::Dtype::kPspKey) [[unlikely]] {
    return broken("dtype", DriverRule::kTxKeyMissing, static_cast<uint64_t>(dtype));
  }
  switch (dtype) {
    case idpf::Dtype::kTsoContext:
      return take_tso(descriptor);
    case idpf::Dtype::kPspContext:
      return take_psp(descriptor);
    case idpf::Dtype::kPspKey:
      return take_key(descriptor);
    case idpf::Dtype::kFlowData:
      return take_flow_data(descriptor);
    default:
      return broken("dtype", DriverRule::kTxDtypeSplit, static_cast<uint64_t>(dtype));
  }
}

DescriptorResult TxDescriptorReader::take_single(idpf::TxDescriptorIn descriptor, uint16_t index) {
  const idpf::Dtype dtype = idpf::tx_dtype(descriptor, idpf::QueueModel::kSingle);
  switch (dtype) {
    case idpf::Dtype::kBaseData:
      return take_base_data(descriptor, index);
    case idpf::Dtype::kFlexData:
      return take_flex_data(descriptor, index);
    case idpf::Dtype::kBaseContext:
      return take_base_context(descriptor);
    case idpf::Dtype::kTsoContext:
      return take_tso(descriptor);
    default:
      return broken("dtype", DriverRule::kTxDtypeSingle, static_cast<uint64_t>(dtype));
  }
}

DescriptorResult TxDescriptorReader::begin_context(uint8_t dtype) {
  if (context_ || job_->piece_count > 0) return broken("dtype", DriverRule::kTxContextPlace, dtype);
  context_ = true;
  return {};
}

DescriptorResult TxDescriptorReader::check_tso(uint16_t mss, uint32_t header_length) {
  if (mss == 0) return broken("mss", DriverRule::kTxTsoMss, mss);
  if (header_length < kMinTsoHeaderBytes) {
    return broken("header_length", DriverRule::kTxTsoHeaderShort, header_length);
  }
  if (header_length > TxJob::kMaxHeaderBytes) {
    return broken("header_length", DriverRule::kTxTsoHeaderLong, header_length);
  }
  job_->tso = true;
  job_->mss = mss;
  job_->header_bytes = static_cast<uint16_t>(header_length);
  return {};
}

DescriptorResult TxDescriptorReader::take_tso(idpf::TxDescriptorIn descriptor) {
  const DescriptorResult first = begin_context(static_cast<uint8_t>(idpf::Dtype::kTsoContext));
  if (first.rule != nullptr) return first;
  const auto context = idpf::TsoContextDescriptor::decode(descriptor);
  return context.tso() ? check_tso(context.mss, context.header_length) : DescriptorResult{};
}

// Its header length stands in the data descriptors behind it. What it says of tunnels is not needed: the
// device parses.
DescriptorResult TxDescriptorReader::take_base_context(idpf::TxDescriptorIn descriptor) {
  const DescriptorResult first = begin_context(static_cast<uint8_t>(idpf::Dtype::kBaseContext));
  if (first.rule != nullptr) return first;
  const auto context = idpf::BaseContextDescriptor::decode(descriptor);
  if ((context.command & idpf::kBaseContextIl2tag2) != 0)
    return broken("cmd", DriverRule::kTxVlan, context.command);
  if ((context.command & idpf::kBaseContextTso) == 0) return {};
  if (context.mss == 0) return broken("mss", DriverRule::kTxTsoMss, 0);
  job_->mss = context.mss;
  header_length_due_ = true;
  return {};
}

DescriptorResult TxDescriptorReader::take_psp(idpf::TxDescriptorIn descriptor) {
  if (!rules_.psp) return broken("dtype", DriverRule::kTxPspFlag, 16);
  const DescriptorResult first = begin_context(static_cast<uint8_t>(idpf::Dtype::kPspContext));
  if (first.rule != nullptr) return first;
  const auto context = idpf::PspContextDescriptor::decode(descriptor);
  if (const DescriptorResult source = check_key_source(context); source.rule != nullptr) return source;
  if (context.iv_from_header) {
    return broken("iv_from_header", DriverRule::kTxPspIv, 1);
  }
  if (context.tso() && !context.append_icv && !context.device_built) {
    return broken("append_icv", DriverRule::kTxPspTsoIcv, 0);
  }
  job_->psp = !context.device_built;
  job_->device_built = context.device_built;
  job_->append_icv = context.append_icv && job_->psp;
  job_->spi_from_sa = context.insert_spi;
  job_->sa_tag = context.sa_tag;
  // What lies outside the function's part is nobody's; the packet is dropped as with an empty slot.
  job_->sa_index = context.sa_idx < rules_.sa_count ? rules_.sa_first + context.sa_idx : TxJob::kNoSa;
  job_->inline_key = key_due_ = context.key_source == idpf::PspKeySource::kInline;
  key_descriptors_ = 0;
  return context.tso() ? check_tso(context.mss, context.header_length) : DescriptorResult{};
}

DescriptorResult TxDescriptorReader::check_key_source(const idpf::PspContextDescriptor& context) const {
  const auto source = static_cast<uint64_t>(context.key_source);
  if (context.key_source == idpf::PspKeySource::kSaTable) return {};
  if (context.key_source != idpf::PspKeySource::kInline) {
    return broken("key_source", DriverRule::kTxPspKeySource, source);
  }
  if (!rules_.key_in_descriptor) return broken("key_source", DriverRule::kTxPspInlineGranted, source);
  if (context.device_built) {
    return broken("device_built", DriverRule::kTxPspInlineTemplate, 1);
  }
  if (context.insert_spi) return broken("insert_spi", DriverRule::kTxPspInlineSpi, 1);
  return {};
}

// Whether the key is as long as the version wants is seen when the packet's header is there.
DescriptorResult TxDescriptorReader::take_key(idpf::TxDescriptorIn descriptor) {
  constexpr size_t kPart = idpf::PspKeyDescriptor::kKeyBytes;
  if (!key_due_) return broken("dtype", DriverRule::kTxKeyAlone, 17);
  // Made in place and wiped: it is a part of the key.
  net::Wiped<idpf::PspKeyDescriptor> part{idpf::PspKeyDescriptor::decode(descriptor)};
  if (part->index != key_descriptors_) {
    return broken("index", DriverRule::kTxKeyIndex, part->index);
  }
  constexpr size_t kMost = idpf::psp_key_descriptors(psp::kMaxSessionKeyBytes);
  const bool may_be_last = part->index + 1u >= idpf::psp_key_descriptors(16);
  if (part->last ? !may_be_last : part->index + 1u == kMost) {
    return broken("last", DriverRule::kTxKeyLast, part->last);
  }
  const size_t at = kPart * part->index;
  std::copy_n(part->key.begin(), std::min(kPart, psp::kMaxSessionKeyBytes - at),
              job_->key.bytes.begin() + at);
  job_->key.size = part->index + 1u == kMost ? 32 : 16;
  ++key_descriptors_;
  key_due_ = !part->last;
  return {};
}

DescriptorResult TxDescriptorReader::take_flow_data(idpf::TxDescriptorIn descriptor) {
  const auto data = idpf::FlowDataDescriptor::decode(descriptor);
  job_->l3_checksum |= data.cs_en;
  job_->l4_checksum |= data.cs_en;
  job_->report_head |= data.re;
  job_->completion_tag = data.completion_tag;
  return add_piece(
      {.address = data.buffer_address, .length = data.buffer_size, .report_id = data.completion_tag},
      data.eop);
}

// Which checksums to make is said by IIPT and L4T; where the headers are by lengths, of which only the sum is
// needed and only with TSO.
DescriptorResult TxDescriptorReader::take_base_data(idpf::TxDescriptorIn descriptor, uint16_t index) {
  const auto data = idpf::BaseDataDescriptor::decode(descriptor);
  if ((data.command & idpf::kBaseIl2tag1) != 0) return broken("cmd", DriverRule::kTxVlan, data.command);
  if (header_length_due_) {
    header_length_due_ = false;
    const uint32_t header_length = uint32_t{data.mac_length} + data.ip_length + data.l4_length;
    const DescriptorResult tso = check_tso(job_->mss, header_length);
    if (tso.rule != nullptr) return tso;
  }
  const uint16_t l4_type = data.command & idpf::kBaseL4tUdp;
  job_->l3_checksum |= (data.command & idpf::kBaseIiptIpv4Csum) == idpf::kBaseIiptIpv4Csum;
  job_->l4_checksum |= l4_type == idpf::kBaseL4tTcp || l4_type == idpf::kBaseL4tUdp;
  return add_piece({.address = data.buffer_address,
                    .length = data.buffer_size,
                    .report_id = index,
                    .report = (data.command & idpf::kBaseRs) != 0,
                    .command = descriptor[kCommandByte]},
                   (data.command & idpf::kBaseEop) != 0);
}

DescriptorResult TxDescriptorReader::take_flex_data(idpf::TxDescriptorIn descriptor, uint16_t index) {
  const auto data = idpf::FlexDataDescriptor::decode(descriptor);
  if ((data.command & idpf::kFlexIl2tag1) != 0) return broken("cmd_dtype", DriverRule::kTxVlan, data.command);
  if (header_length_due_) return broken("dtype", DriverRule::kTxTsoBaseData, 3);
  const bool checksum = (data.command & idpf::kFlexCsEn) != 0;
  job_->l3_checksum |= checksum;
  job_->l4_checksum |= checksum;
  return add_piece({.address = data.buffer_address,
                    .length = data.buffer_size,
                    .report_id = index,
                    .report = (data.command & idpf::kFlexRs) != 0,
                    .command = descriptor[kCommandByte]},
                   (data.command & idpf::kFlexEop) != 0);
}

DescriptorResult TxDescriptorReader::add_piece(const DataPiece& piece, bool eop) {
  if (piece.length == 0) return broken("buffer_size", DriverRule::kTxBufferEmpty, 0);
  if (job_->piece_count >= TxJob::kMaxPieces) {
    return broken("eop", DriverRule::kTxBufferCount, job_->piece_count + 1u);
  }
  job_->pieces[job_->piece_count++] = piece;
  job_->total_bytes += piece.length;
  return eop ? check_packet() : DescriptorResult{};
}

DescriptorResult TxDescriptorReader::check_packet() const {
  if (job_->total_bytes < idpf::kMinTxFrameBytes) {
    return broken("buffer_size", DriverRule::kTxFrameShort, job_->total_bytes);
  }
  if (job_->tso && job_->total_bytes <= job_->header_bytes) {
    return broken("header_length", DriverRule::kTxTsoPayload, job_->header_bytes);
  }
  if (job_->total_bytes > kMaxTsoBytes) {
    return broken("buffer_size", DriverRule::kTxFrameLong, job_->total_bytes);
  }
  DescriptorResult result;
  result.packet_complete = true;
  return result;
}

}  // namespace pspnic::queue
