// SPDX-License-Identifier: Apache-2.0
// Tests that run once on each crypto engine of the test program. The tests of this folder that need an engine
// are an object library, pspnic_engine_tests: a program that links it and calls add_engine() before main()
// runs them on its engine as well.
//
//   class Sealing : public test::EngineTest {};
//   PSPNIC_ON_EVERY_ENGINE(Sealing);
//   TEST_P(Sealing, Works) { const auto aead = make_aead(); ... }
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "model/psp/engine.h"

namespace pspnic::psp {

inline void PrintTo(const Engine& engine, std::ostream* out) {
  *out << engine.name;
}

namespace test {

class EngineTest : public testing::TestWithParam<Engine> {
 protected:
  static const Engine& engine() { return GetParam(); }
  static std::unique_ptr<Aead> make_aead() { return engine().make_aead(); }
  static Kdf make_kdf(const DeviceKey& key) { return Kdf(engine().make_kdf(key)); }
};

inline std::vector<Engine> every_engine() {
  return {engines().begin(), engines().end()};
}

inline std::string engine_name(const testing::TestParamInfo<Engine>& test) {
  return test.param.name;
}

}  // namespace test
}  // namespace pspnic::psp

// The list is asked for when main() has begun, so it has what was added before.
#define PSPNIC_ON_EVERY_ENGINE(suite)                                                             \
  INSTANTIATE_TEST_SUITE_P(OnEngine, suite, testing::ValuesIn(pspnic::psp::test::every_engine()), \
                           pspnic::psp::test::engine_name)
