// SPDX-License-Identifier: Apache-2.0
#include "testbench/host/driver_psp.h"

#include <algorithm>

#include "model/idpf/psp_ext.h"

namespace pspnic::host {

DriverPsp::~DriverPsp() {
  driver_.set_psp_listener(nullptr);
}

// A device that refuses, or whose answer a driver cannot use, throws.
template <class Call>
PspErrno DriverPsp::guarded(Call call) {
  try {
    return call();
  } catch (const DriverError& error) {
    last_error_ = error.what();
    return PspErrno::kIo;
  }
}

PspErrno DriverPsp::allocate(psp::Version version, RxSa& out) {
  std::vector<RxSa> sas = driver_.allocate_rx_sas(version, 1);
  if (sas.empty()) return PspErrno::kNoSpc;
  out = sas.front();
  return PspErrno::kOk;
}

PspErrno DriverPsp::add_key(const TxSaRequest& request, SaHandle& out) {
  const std::vector<SaHandle> handles = driver_.add_tx_sas(std::span(&request, 1));
  if (handles.empty() || handles.front().index == kNoSa) {
    return driver_.last_status() == static_cast<uint32_t>(idpf::Status::kEnospc) ? PspErrno::kNoSpc
                                                                                 : PspErrno::kIo;
  }
  out = handles.front();
  return PspErrno::kOk;
}

PspErrno DriverPsp::counters(PspDeviceCounters& out) {
  const idpf::PspStats stats = driver_.psp_statistics();
  out.rx_packets = stats.rx_packets;
  out.rx_bytes = stats.rx_bytes;
  out.rx_auth_fail = stats.rx_auth_fail;
  out.rx_error = stats.rx_error;
  out.rx_bad = stats.rx_bad;
  out.tx_packets = stats.tx_packets;
  out.tx_bytes = stats.tx_bytes;
  out.tx_error = stats.tx_error;
  return PspErrno::kOk;
}

// What a reset has taken from the queues is done with too.
std::function<bool()> DriverPsp::watch_transmit() const {
  std::vector<TxProgress> marks;
  for (unsigned queue = 0; queue < driver_.queue_pairs(); ++queue) {
    marks.push_back(driver_.tx_progress(queue));
  }
  return [this, marks] {
    for (unsigned queue = 0; queue < marks.size(); ++queue) {
      const TxProgress now = driver_.tx_progress(queue);
      if (now.starts == marks[queue].starts && now.completed < marks[queue].posted) return false;
    }
    return true;
  };
}

PspDeviceOps DriverPsp::ops() {
  PspDeviceOps ops;
  ops.set_config = [this](uint32_t versions) {
    return guarded([&] {
      driver_.set_psp_receive(versions);
      return PspErrno::kOk;
    });
  };
  ops.key_rotate = [this](uint8_t& generation) {
    return guarded([&] {
      generation = driver_.rotate_keys();
      return PspErrno::kOk;
    });
  };
  ops.rx_spi_alloc = [this](psp::Version version, RxSa& out) {
    return guarded([&] { return allocate(version, out); });
  };
  ops.tx_key_add = [this](const TxSaRequest& request, SaHandle& out) {
    return guarded([&] { return add_key(request, out); });
  };
  ops.tx_key_del = [this](const SaHandle& handle) {
    guarded([&] {
      driver_.delete_tx_sas(std::span(&handle, 1));
      return PspErrno::kOk;
    });
  };
  ops.get_stats = [this](PspDeviceCounters& out) { return guarded([&] { return counters(out); }); };
  ops.watch_transmit = [this] { return watch_transmit(); };
  return ops;
}

PspErrno DriverPsp::register_with(PspCore& core) {
  if (!driver_.psp_available()) return PspErrno::kOpNotSupp;
  const PspErrno off = guarded([&] {
    driver_.set_psp_receive(0);
    return PspErrno::kOk;
  });
  if (off != PspErrno::kOk) return off;
  PspErrno error = PspErrno::kOk;
  device_ = core.add({driver_.psp_caps().versions}, ops(), driver_.psp_caps().generation, error);
  if (device_ == nullptr) return error;
  driver_.set_psp_device(device_->id());
  driver_.set_psp_listener(this);
  return PspErrno::kOk;
}

void DriverPsp::unregister_from(PspCore& core) {
  if (device_ == nullptr) return;
  driver_.set_psp_listener(nullptr);
  driver_.set_psp_device(0);
  core.remove(device_);
  device_ = nullptr;
}

void DriverPsp::on_psp_event(const idpf::PspEvent& event) {
  if (device_ != nullptr && event.event == idpf::EventCode::kPspKeyRotated) {
    device_->on_rotated(event.generation);
  }
}

}  // namespace pspnic::host
