// SPDX-License-Identifier: Apache-2.0
#include "model/queue/tx_descriptor_reader.h"

namespace pspnic::queue {

namespace {

constexpr uint32_t kMinFrameBytes = 17;         // IDPF: smallest frame a driver may hand over
constexpr uint32_t kMaxTsoBytes = 65535 + 256;  // largest IP packet and its headers
constexpr uint8_t kMinTsoHeaderBytes = 14 + 20 + 20;

DescriptorResult broken(const char* field, const char* rule, uint64_t seen) {
  return {rule, field, seen, false};
}

}  // namespace

void TxDescriptorReader::begin(TxJobPtr job, uint16_t queue) {
  job_ = std::move(job);
  job_->queue = queue;
  context_ = false;
}

DescriptorResult TxDescriptorReader::take(idpf::TxDescriptorIn descriptor, uint16_t next_index) {
  const idpf::Dtype dtype = idpf::tx_dtype(descriptor, idpf::QueueModel::kSplit);
  switch (dtype) {
    case idpf::Dtype::kTsoContext:
      return take_tso(descriptor);
    case idpf::Dtype::kPspContext:
      return take_psp(descriptor);
    case idpf::Dtype::kFlowData:
      return take_data(descriptor, next_index);
    default:
      return broken("dtype", "a split queue takes DTYPE 5, 12 and, with PSP, 16",
                    static_cast<uint64_t>(dtype));
  }
}

DescriptorResult TxDescriptorReader::check_tso(uint16_t mss, uint8_t header_length) {
  if (mss == 0) return broken("mss", "a TSO context needs an MSS above 0", mss);
  if (header_length < kMinTsoHeaderBytes) {
    return broken("header_length", "TSO headers have at least 54 bytes", header_length);
  }
  job_->tso = true;
  job_->mss = mss;
  job_->header_bytes = header_length;
  return {};
}

DescriptorResult TxDescriptorReader::take_tso(idpf::TxDescriptorIn descriptor) {
  if (context_ || job_->piece_count > 0)
    return broken("dtype", "a packet begins with at most one context", 5);
  context_ = true;
  const auto context = idpf::TsoContextDescriptor::decode(descriptor);
  return context.tso() ? check_tso(context.mss, context.header_length) : DescriptorResult{};
}

DescriptorResult TxDescriptorReader::take_psp(idpf::TxDescriptorIn descriptor) {
  if (!psp_allowed_) return broken("dtype", "DTYPE 16 needs the PSP flag of the queue's configuration", 16);
  if (context_ || job_->piece_count > 0)
    return broken("dtype", "a packet begins with at most one context", 16);
  context_ = true;
  const auto context = idpf::PspContextDescriptor::decode(descriptor);
  if (context.key_source != idpf::PspKeySource::kSaTable) {
    return broken("key_source", "only the SA table was granted as key source",
                  static_cast<uint64_t>(context.key_source));
  }
  if (context.iv_from_header) {
    return broken("iv_from_header", "the device writes the IV, so that none is used twice under a key", 1);
  }
  if (context.tso() && !context.append_icv) {
    return broken("append_icv", "each segment of a TSO frame needs an ICV that the device appends", 0);
  }
  job_->psp = true;
  job_->append_icv = context.append_icv;
  job_->spi_from_sa = context.insert_spi;
  job_->sa_tag = context.sa_tag;
  job_->sa_index = context.sa_idx;
  return context.tso() ? check_tso(context.mss, context.header_length) : DescriptorResult{};
}

DescriptorResult TxDescriptorReader::take_data(idpf::TxDescriptorIn descriptor, uint16_t next_index) {
  const auto data = idpf::FlowDataDescriptor::decode(descriptor);
  if (data.buffer_size == 0) return broken("buffer_size", "must not be 0", 0);
  if (job_->piece_count >= TxJob::kMaxPieces) {
    return broken("eop", "a packet has at most 48 data descriptors", job_->piece_count + 1u);
  }
  job_->pieces[job_->piece_count++] = {data.buffer_address, data.buffer_size};
  job_->total_bytes += data.buffer_size;
  job_->checksum |= data.cs_en;
  job_->report_head |= data.re;
  if (!data.eop) return {};
  job_->completion_tag = data.completion_tag;
  job_->head = next_index;
  if (job_->total_bytes < kMinFrameBytes) {
    return broken("buffer_size", "a frame has at least 17 bytes", job_->total_bytes);
  }
  if (job_->tso && job_->total_bytes <= job_->header_bytes) {
    return broken("header_length", "a TSO frame has payload behind its headers", job_->header_bytes);
  }
  if (job_->total_bytes > kMaxTsoBytes) {
    return broken("buffer_size", "a frame has at most 65535 bytes and its headers", job_->total_bytes);
  }
  DescriptorResult result;
  result.packet_complete = true;
  return result;
}

}  // namespace pspnic::queue
