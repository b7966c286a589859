// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <link.h>
#include <stdio.h>

#include <string>
#include <vector>

#include "testbench/tests/testbench/dpdk/ports.h"

namespace pspnic::dpdk {
namespace {

std::string output_of(const std::string& command, int& status) {
  FILE* pipe = popen(command.c_str(), "r");
  std::string text;
  char line[512];
  while (fgets(line, sizeof line, pipe) != nullptr) text += line;
  status = pclose(pipe);
  return text;
}

std::string loaded_path(const std::string& part) {
  struct Search {
    std::string part;
    std::string found;
  } search{part, ""};
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        auto& wanted = *static_cast<Search*>(data);
        if (std::string(info->dlpi_name).find(wanted.part) != std::string::npos)
          wanted.found = info->dlpi_name;
        return 0;
      },
      &search);
  return search.found;
}

// The driver that attaches is Debian's file, and no byte of it or of what it stands on has been changed.
TEST(Packages, TheDriverIsDebiansUnchanged) {
  int status = 0;
  if (output_of("command -v dpkg", status).empty()) GTEST_SKIP() << "no dpkg";
  DpdkBench bench("bench", {});
  std::string driver;
  bench.run([&] {
    const Ports ports;
    driver = loaded_path("librte_net_idpf.so");
  });
  ASSERT_FALSE(driver.empty());
  EXPECT_NE(output_of("dpkg -S $(readlink -f " + driver + ")", status).find("librte-net-idpf23"),
            std::string::npos);
  EXPECT_EQ(output_of("dpkg -V librte-net-idpf23 librte-common-idpf23 librte-bus-pci23 librte-eal23 "
                      "librte-ethdev23 librte-mbuf23 librte-mempool23 2>&1",
                      status),
            "");
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace pspnic::dpdk
