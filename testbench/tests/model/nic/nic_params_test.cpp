// SPDX-License-Identifier: Apache-2.0
#include "model/nic/nic_params.h"

#include <gtest/gtest.h>

#include <string>

#include "model/base/params.h"

namespace pspnic::nic {
namespace {

TEST(NicParams, TheEngineIsTheOneOfThatName) {
  base::ParamTree tree;
  NicParams params;
  tree.add("nic", params);
  for (const base::ParamInfo& info : tree.list()) {
    if (info.name != "nic.crypto.engine") continue;
    EXPECT_EQ(info.scope, base::ParamScope::kMachine);
    for (const std::string& name : info.choices) {
      tree.set("crypto.engine", name);
      const psp::Engine* engine = psp::find_engine(name);
      if (engine == nullptr) continue;
      EXPECT_EQ(&engine_of(params.crypto), engine) << name;
    }
  }
  EXPECT_EQ(&engine_of(CryptoParams()), &psp::reference_engine());
}

TEST(NicParams, AMissingEngineIsNamedWithThoseThatAreThere) {
  CryptoParams params;
  params.engine = CryptoParams::Engine::kRtl;
  if (psp::find_engine("rtl") != nullptr) GTEST_SKIP() << "this program has it";
  try {
    engine_of(params);
    FAIL() << "accepted";
  } catch (const base::ConfigError& error) {
    EXPECT_EQ(error.place(), "nic.crypto.engine");
    EXPECT_TRUE(error.rule().starts_with("\"rtl\" is not part of this program; there is openssl"))
        << error.rule();
    for (const psp::Engine& engine : psp::engines()) {
      EXPECT_NE(error.rule().find(engine.name), std::string::npos);
    }
  }
}

TEST(NicParams, VirtualFunctionsLeaveThePhysicalOneSomething) {
  DeviceParams params;
  params.vfs = 4;
  params.sa_slots = 401;
  params.vf_sa_slots = 100;
  EXPECT_NO_THROW(check(params));
  params.sa_slots = 400;
  try {
    check(params);
    FAIL() << "accepted";
  } catch (const base::ConfigError& error) {
    EXPECT_EQ(error.place(), "nic.device.vf_sa_slots");
  }
  params.sa_slots = 401;
  params.spi_count = 4 * params.vf_spi_count;
  EXPECT_THROW(check(params), base::ConfigError);
}

}  // namespace
}  // namespace pspnic::nic
