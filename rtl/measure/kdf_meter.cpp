// SPDX-License-Identifier: Apache-2.0
#include "rtl/measure/kdf_meter.h"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

#include "model/crypto/kdf_timing.h"
#include "model/psp/header.h"

namespace pspnic::rtl {
namespace {

constexpr unsigned kRequests = 64;

}  // namespace

KdfCycles measure_kdf(KdfForm form, unsigned version) {
  KdfUnit unit(form);
  const std::array<uint8_t, 32> key{1, 2, 3};
  unit.load(0, key);
  unit.run(std::vector<KdfRequest>{{1, version}});  // waits until the subkey is there
  std::vector<KdfRequest> requests;
  for (uint32_t i = 0; i < kRequests; ++i) requests.push_back({2 + i, version});
  const std::vector<KdfAnswer> answers = unit.run(requests);
  const uint64_t gap = answers[1].answered - answers[0].answered;
  for (size_t i = 1; i < answers.size(); ++i) {
    if (answers[i].answered - answers[i - 1].answered != gap) {
      throw std::runtime_error("the key derivation unit does not answer at one rate");
    }
  }
  return {gap, answers[0].answered - answers[0].offered};
}

KdfCycles modelled_kdf(KdfForm form, unsigned version) {
  const crypto::KdfUnitTiming& timing = crypto::timing_of(
      form == KdfForm::kPipelined ? crypto::KdfUnitKind::kPipelined : crypto::KdfUnitKind::kIterative);
  const crypto::KdfCycleCounts& counts =
      psp::key_bytes(static_cast<psp::Version>(version)) == 16 ? timing.key_128 : timing.key_256;
  return {counts.occupancy, counts.latency};
}

std::string kdf_unit_table() {
  std::string text =
      "// SPDX-License-Identifier: Apache-2.0\n"
      "// Cycles of the key derivation units of rtl/kdf, as measured. Written by `rtl_measure --write`; a\n"
      "// test compares it with the RTL.\n"
      "#pragma once\n\n"
      "#include \"model/crypto/kdf_timing.h\"\n\n"
      "namespace pspnic::crypto {\n\n"
      "// Of 128-bit and of 256-bit keys: occupancy, latency.\n"
      "inline constexpr KdfUnitTiming kKdfUnitTable[] = {\n";
  for (const KdfForm form : {KdfForm::kPipelined, KdfForm::kIterative}) {
    const KdfCycles small = measure_kdf(form, 0);
    const KdfCycles large = measure_kdf(form, 1);
    text += fmt::format("    {{\"{}\", {{{}, {}}}, {{{}, {}}}}},\n", name_of(form), small.occupancy,
                        small.latency, large.occupancy, large.latency);
  }
  return text + "};\n\n}  // namespace pspnic::crypto\n";
}

}  // namespace pspnic::rtl
