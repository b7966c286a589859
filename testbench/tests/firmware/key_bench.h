// SPDX-License-Identifier: Apache-2.0
// Key domains of one function and of two, on a fake device, and who is told of rotations.
#pragma once

#include <vector>

#include "firmware/key_domain.h"
#include "testbench/tests/firmware/fake_hardware.h"

namespace pspnic::firmware {

struct Notes : KeyDomainListener {
  std::vector<Rotation> rotations;
  std::vector<RotationCause> failures;
  bool pins = false;
  void on_rotated(const Rotation& rotation) override { rotations.push_back(rotation); }
  void on_rotation_failed(RotationCause cause) override { failures.push_back(cause); }
  bool pins_keys() const override { return pins; }
};

// Functions 0 and 1 of one card, SPIs 1..16 and 17..32; function 1 has no authority.
struct Pair {
  FakeHardware hardware;
  KeyDomain domain;
  Notes notes_a;
  Notes notes_b;
  KeyDomain::Member& a;
  KeyDomain::Member& b;
  explicit Pair(const KeyOptions& options = {})
      : domain(hardware, options),
        a(domain.join({.function = 0, .spi_first = 1, .spi_count = 16, .listener = &notes_a})),
        b(domain.join(
            {.function = 1, .spi_first = 17, .spi_count = 16, .authority = false, .listener = &notes_b})) {
    hardware.domain = &domain;
    a.begin(1, 16);
    b.begin(17, 16);
  }
};

struct Single {
  FakeHardware hardware;
  KeyDomain domain;
  Notes notes;
  KeyDomain::Member& keys;
  explicit Single(uint32_t first = 1, uint32_t count = 100, const KeyOptions& options = {})
      : domain(hardware, options),
        keys(domain.join({.spi_first = first, .spi_count = count, .listener = &notes})) {
    hardware.domain = &domain;
    keys.begin(first, count);
  }
  idpf::Status rotate(bool twice = false) { return keys.rotate(twice, Origin::kFunction); }
};

}  // namespace pspnic::firmware
