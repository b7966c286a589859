// SPDX-License-Identifier: Apache-2.0
// pspnic_record(): what a device's file says of it, and what becomes of errors.
#include <exception>
#include <stdexcept>
#include <string>

#include "model/embed/c_device.h"
#include "model/embed/pspnic.h"
#include "model/record/header.h"
#include "model/record/writer.h"

using pspnic::embed::fail;

void pspnic_device::end_recording(uint64_t time) {
  device.set_listener(nullptr);
  const auto ended = std::move(recording);
  if (!ended) return;
  try {
    ended->finish(time);
  } catch (const std::exception& error) {
    recording_error = error.what();
  }
}

namespace {

pspnic::record::Header header_of(const pspnic_device& device) {
  const pspnic::embed::CardOptions& options = device.device.options();
  pspnic::record::Header header = pspnic::record::header_of(
      "an embedded device, " + options.name, device.device.card().parameters(), options.mac.bytes);
  header.seed = options.seed;
  header.stream = options.stream;
  header.spi_first = options.spi_first;
  header.interrupt_base = device.range.base;
  header.interrupt_bytes = device.range.bytes;
  return header;
}

pspnic_status end(pspnic_device& device) {
  device.end_recording(device.device.now());
  if (device.recording_error.empty()) return PSPNIC_OK;
  const std::string error = std::move(device.recording_error);
  device.recording_error.clear();
  return fail(PSPNIC_ERROR_FILE, error.c_str());
}

pspnic_status begin(pspnic_device& device, const char* file) {
  if (device.recording) {
    return fail(PSPNIC_ERROR_ARGUMENT, "pspnic_record: the device is being recorded; null ends that");
  }
  if (!device.fresh) {
    return fail(PSPNIC_ERROR_ARGUMENT, "pspnic_record: a recording begins at power-on, before anything else");
  }
  try {
    device.recording = std::make_unique<pspnic::record::Writer>(file, header_of(device));
  } catch (const std::runtime_error& error) {
    return fail(PSPNIC_ERROR_FILE, error.what());
  }
  device.recording_error.clear();
  device.device.set_listener(device.recording.get());
  return PSPNIC_OK;
}

}  // namespace

pspnic_status pspnic_record(pspnic_device* device, const char* file) {
  return pspnic::embed::locked(device, "pspnic_record", PSPNIC_ERROR_INTERNAL, [&] {
    device->device.require_still("pspnic_record");
    return file == nullptr ? end(*device) : begin(*device, file);
  });
}
