// SPDX-License-Identifier: Apache-2.0
// A control plane on a fake device, and a driver's way of talking to it.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "model/idpf/psp_ext.h"
#include "model/idpf/virtchnl2.h"
#include "testbench/tests/firmware/fake_hardware.h"

namespace pspnic::firmware {

using Bytes = std::vector<uint8_t>;
using idpf::Opcode;
using idpf::QueueModel;
using idpf::QueueType;
using idpf::Status;

template <idpf::WireStruct T>
Bytes to_bytes(const T& value) {
  Bytes bytes(sizeof(T));
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

// A message with a list.
template <idpf::WireHeader H>
Bytes to_bytes(const H& header, const std::vector<typename H::Element>& elements) {
  Bytes bytes(idpf::message_size<H>(elements.size()));
  std::memcpy(bytes.data(), &header, sizeof(H));
  for (size_t i = 0; i < elements.size(); ++i) {
    if (!idpf::write_element<H>(bytes, i, elements[i])) ADD_FAILURE() << "element does not fit";
  }
  return bytes;
}

template <class T>
T from_bytes(const Bytes& bytes) {
  const std::optional<T> value = idpf::read_at<T>(bytes);
  EXPECT_TRUE(value.has_value());
  return value.value_or(T{});
}

template <idpf::WireHeader H>
typename H::Element element_of(const Bytes& bytes, size_t index) {
  const auto value = idpf::read_element<H>(bytes, index);
  EXPECT_TRUE(value.has_value());
  return value.value_or(typename H::Element{});
}

struct Reply {
  Status status = Status::kEio;
  Bytes payload;
  std::vector<Refusal> refusals{};
};

// Whether a refusal of this status names the field that was wrong; else something was used up, or the whole
// opcode or the device was the matter.
inline bool names_field(Status status) {
  return status == Status::kEinval || status == Status::kErange || status == Status::kEnxio ||
         status == Status::kEsm || status == Status::kEbusy || status == Status::kEperm ||
         status == Status::kEexist || status == Status::kPspBadVersion || status == Status::kPspBadKeyLen ||
         status == Status::kPspTagMismatch;
}

// Of an answer to the function: what it was refused for is said, and nothing that it was not refused for.
inline void expect_explained(const MailboxMessage& answer) {
  const Status status = answer.descriptor.v_retval;
  if (answer.descriptor.v_opcode == Opcode::kEvent) return;
  if (status != Status::kSuccess) {
    ASSERT_EQ(answer.refusals.size(), 1u) << idpf::opcode_name(answer.descriptor.v_opcode);
    EXPECT_EQ(answer.refusals[0].status, status);
  }
  for (const Refusal& refusal : answer.refusals) {
    EXPECT_TRUE(*refusal.why.field != 0 || !names_field(refusal.status))
        << idpf::opcode_name(answer.descriptor.v_opcode) << " " << idpf::status_name(refusal.status);
  }
}

class ControlBench {
 public:
  FakeHardware hardware;
  ControlPlane plane;

  explicit ControlBench(const ControlOptions& options = {}, const Limits* limits = nullptr,
                        const KeyOptions& keys = {})
      : plane(hardware, options, keys) {
    if (limits != nullptr) hardware.config = *limits;
    hardware.plane = &plane;
    plane.reset();
  }

  // Posts a request; its answer, if any, is in hardware.sent.
  void post(Opcode opcode, Bytes payload) {
    MailboxMessage message;
    message.descriptor.flags = idpf::kMbxFlagsRequest;
    message.descriptor.opcode = idpf::MailboxOpcode::kSendToCp;
    message.descriptor.datalen = static_cast<uint16_t>(payload.size());
    message.descriptor.v_opcode = opcode;
    message.descriptor.sw_cookie = ++cookie_;
    message.payload = std::move(payload);
    plane.handle(message);
  }

  // Sends a request and takes its answer. Events behind it stay in hardware.sent.
  Reply send(Opcode opcode, Bytes payload) {
    hardware.sent.clear();
    post(opcode, std::move(payload));
    return take_reply(opcode);
  }
  template <idpf::WireStruct T>
  Reply send(Opcode opcode, const T& message) {
    return send(opcode, to_bytes(message));
  }

  Reply take_reply(Opcode opcode) {
    if (hardware.sent.empty()) {
      ADD_FAILURE() << "no reply";
      return {};
    }
    MailboxMessage message = std::move(hardware.sent.front());
    hardware.sent.erase(hardware.sent.begin());
    EXPECT_EQ(message.descriptor.v_opcode, opcode);
    EXPECT_EQ(message.descriptor.sw_cookie, cookie_);
    EXPECT_EQ(message.descriptor.datalen, message.payload.size());
    expect_explained(message);
    return {message.descriptor.v_retval, std::move(message.payload), std::move(message.refusals)};
  }

  // As send(), and checks that a refusal has changed nothing.
  Status status_of(Opcode opcode, Bytes payload) {
    const uint64_t digest = plane.state_digest();
    const uint64_t writes = hardware.writes;
    const Status status = send(opcode, std::move(payload)).status;
    if (status != Status::kSuccess) {
      EXPECT_EQ(plane.state_digest(), digest);
      EXPECT_EQ(hardware.writes, writes);
      EXPECT_TRUE(hardware.sent.empty());
    }
    return status;
  }
  template <idpf::WireStruct T>
  Status status_of(Opcode opcode, const T& message) {
    return status_of(opcode, to_bytes(message));
  }

  // VERSION and GET_CAPS, as a driver that knows everything; with PSP also GET_OEM_CAPS.
  void negotiate(bool psp = false) {
    ASSERT_EQ(send(Opcode::kVersion, idpf::VersionInfo{2, 0}).status, Status::kSuccess);
    idpf::GetCapabilities caps{.csum_caps = ~0u, .seg_caps = ~0u, .hsplit_caps = ~0u, .rsc_caps = ~0u};
    caps.rss_caps = ~0ull;
    caps.other_caps = psp ? ~0ull : ~idpf::kCapOem;
    ASSERT_EQ(send(Opcode::kGetCaps, caps).status, Status::kSuccess);
    if (psp) {
      ASSERT_EQ(send(Opcode::kGetOemCaps, idpf::OemCaps{~0ull}).status, Status::kSuccess);
    }
  }

  // A vport of so many queue pairs, each with its completion queue and two buffer queues.
  uint32_t create_vport(uint16_t pairs = 2, QueueModel model = QueueModel::kSplit) {
    idpf::CreateVport wanted{.txq_model = model, .rxq_model = model, .num_tx_q = pairs, .num_rx_q = pairs};
    if (model == QueueModel::kSplit) {
      wanted.num_tx_complq = pairs;
      wanted.num_rx_bufq = static_cast<uint16_t>(2 * pairs);
    }
    const Reply reply = send(Opcode::kCreateVport, wanted);
    EXPECT_EQ(reply.status, Status::kSuccess);
    return from_bytes<idpf::CreateVport>(reply.payload).vport_id;
  }

  static idpf::TxqInfo tx_info(uint32_t id, uint16_t completion_id) {
    return {.dma_ring_addr = 0x10000u + 0x10000u * id,
            .type = QueueType::kTx,
            .queue_id = id,
            .model = QueueModel::kSplit,
            .sched_mode = idpf::SchedMode::kFlow,
            .ring_len = 512,
            .tx_compl_queue_id = completion_id};
  }
  static idpf::TxqInfo completion_info(uint32_t id) {
    return {.dma_ring_addr = 0x1000000u + 0x10000u * id,
            .type = QueueType::kTxCompletion,
            .queue_id = id,
            .model = QueueModel::kSplit,
            .sched_mode = idpf::SchedMode::kFlow,
            .ring_len = 512};
  }
  static idpf::RxqInfo rx_info(uint32_t id) {
    return {.desc_ids = 4,
            .dma_ring_addr = 0x2000000u + 0x10000u * id,
            .type = QueueType::kRx,
            .queue_id = id,
            .model = QueueModel::kSplit,
            .data_buffer_size = 2048,
            .max_pkt_size = 1526,
            .ring_len = 512,
            .qflags = idpf::kRxqDescSize32,
            .rx_bufq1_id = static_cast<uint16_t>(2 * id),
            .rx_bufq2_id = static_cast<uint16_t>(2 * id + 1)};
  }
  static idpf::RxqInfo buffer_info(uint32_t id) {
    return {.desc_ids = 4,
            .dma_ring_addr = 0x3000000u + 0x10000u * id,
            .type = QueueType::kRxBuffer,
            .queue_id = id,
            .model = QueueModel::kSplit,
            .data_buffer_size = 2048,
            .max_pkt_size = 1526,
            .ring_len = 256,
            .qflags = idpf::kRxqDescSize32};
  }

  Bytes config_tx(std::vector<idpf::TxqInfo> infos, uint32_t vport = 0) {
    return to_bytes(idpf::ConfigTxQueues{.vport_id = vport, .num_qinfo = static_cast<uint16_t>(infos.size())},
                    infos);
  }
  Bytes config_rx(std::vector<idpf::RxqInfo> infos, uint32_t vport = 0) {
    return to_bytes(idpf::ConfigRxQueues{.vport_id = vport, .num_qinfo = static_cast<uint16_t>(infos.size())},
                    infos);
  }
  Bytes chunks(std::vector<idpf::QueueChunk> list, uint32_t vport = 0) {
    return to_bytes(
        idpf::DelEnaDisQueues{.vport_id = vport, .num_chunks = static_cast<uint16_t>(list.size())}, list);
  }

  // All queues of `pairs` pairs from id 0 on.
  Bytes all_queues(uint32_t pairs, uint32_t vport = 0) {
    return chunks({{.type = QueueType::kTx, .num_queues = pairs},
                   {.type = QueueType::kTxCompletion, .num_queues = pairs},
                   {.type = QueueType::kRx, .num_queues = pairs},
                   {.type = QueueType::kRxBuffer, .num_queues = 2 * pairs}},
                  vport);
  }
  void configure_all(uint32_t pairs) {
    std::vector<idpf::TxqInfo> tx;
    std::vector<idpf::RxqInfo> rx;
    for (uint32_t id = 0; id < pairs; ++id) {
      tx.push_back(tx_info(id, static_cast<uint16_t>(id)));
      tx.push_back(completion_info(id));
      rx.push_back(rx_info(id));
      rx.push_back(buffer_info(2 * id));
      rx.push_back(buffer_info(2 * id + 1));
    }
    ASSERT_EQ(send(Opcode::kConfigTxQueues, config_tx(tx)).status, Status::kSuccess);
    ASSERT_EQ(send(Opcode::kConfigRxQueues, config_rx(rx)).status, Status::kSuccess);
  }
  // A vport with everything running.
  void bring_up(uint32_t pairs = 2) {
    create_vport(static_cast<uint16_t>(pairs));
    configure_all(pairs);
    ASSERT_EQ(send(Opcode::kEnableQueues, all_queues(pairs)).status, Status::kSuccess);
    ASSERT_EQ(send(Opcode::kEnableVport, idpf::VportMessage{}).status, Status::kSuccess);
  }

 private:
  uint16_t cookie_ = 0x1200;
};

}  // namespace pspnic::firmware
