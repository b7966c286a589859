// SPDX-License-Identifier: Apache-2.0
// pspnic vectors: test vectors of this project and of others.
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "model/base/config_error.h"
#include "testbench/bench/parameters.h"
#include "testbench/cli/commands.h"
#include "testbench/sweep/progress.h"
#include "testbench/vectors/device.h"
#include "testbench/vectors/results.h"

namespace pspnic::cli {
namespace {

// As nic.crypto.engine says; the RTL is an engine of its own.
nic::CryptoParams crypto_params(const options::variables_map& map, vectors::Way way) {
  bench::Parameters parameters;
  const bool rtl = way == vectors::Way::kRtl;
  const std::string name = get<std::string>(map, "engine", rtl ? "rtl" : "openssl");
  if (rtl && name != "rtl") {
    throw base::ConfigError("--engine " + name, "--through rtl computes with the RTL: leave --engine out");
  }
  try {
    parameters.tree.set("nic.crypto.engine", name);
    nic::engine_of(parameters.platform.nic.crypto);
  } catch (const base::ConfigError& error) {
    throw base::ConfigError(map.count("engine") != 0 ? "--engine" : "--through rtl", error.what());
  }
  return parameters.platform.nic.crypto;
}

void write_junit(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw std::runtime_error(path + ": cannot be written");
}

std::vector<vectors::FileResult> run_all(const vectors::Collected& collected, vectors::Way way,
                                         const nic::CryptoParams& crypto) {
  const psp::Engine& engine = nic::engine_of(crypto);
  const bool bare_aes = vectors::has_bare_aes(engine);
  const auto through =
      way == vectors::Way::kDevice ? vectors::make_device(crypto) : vectors::make_library(engine);
  const size_t total = vectors::count_applicable(collected.files, way, bare_aes);
  sweep::SweepProgress progress;
  sweep::SweepState state;
  state.points = total;
  state.items = "vectors";
  return vectors::run_cases(collected.files, way, bare_aes, *through, [&](size_t done) {
    state.finished = done;
    progress.show(state);
  });
}

}  // namespace

options::options_description vectors_description() {
  options::options_description description("Options of vectors");
  description.add_options()                                                                      //
      ("engine", options::value<std::string>(), "who computes the bytes, as nic.crypto.engine")  //
      ("through", options::value<std::string>()->default_value("library"),
       "library: functions alone; device: whole cards; rtl: as library, by the Verilated RTL")  //
      ("show", options::value<size_t>()->default_value(1), "how many failures in full")         //
      ("junit", options::value<std::string>(), "JUnit XML to write");
  return description;
}

int vectors_command(const Words& words) {
  options::options_description all("");
  all.add(vectors_description()).add_options()("paths", options::value<Words>(), "files and folders");
  options::positional_options_description positions;
  positions.add("paths", -1);
  const options::variables_map map = parse(words, all, positions);
  const vectors::Way way = vectors::parse_way(map["through"].as<std::string>());
  const nic::CryptoParams crypto = crypto_params(map, way);
  const Words paths = get<Words>(map, "paths");
  if (paths.empty()) throw base::ConfigError("pspnic vectors", "name files or folders of test vectors");
  const vectors::Collected collected = vectors::collect(paths);
  if (collected.files.empty()) {
    throw base::ConfigError(paths.front(), "has no test vectors in it: docs/vectors.md lists the formats");
  }
  const std::vector<vectors::FileResult> results = run_all(collected, way, crypto);
  vectors::print_results(std::cout, results, collected.skipped, map["show"].as<size_t>());
  if (map.count("junit") != 0) {
    write_junit(map["junit"].as<std::string>(), vectors::junit(results, collected.skipped, way));
  }
  const bool any = vectors::count_run(results) != 0;
  if (!any) std::cout << "\nNothing was run: none of these vectors is applicable, or none could be read\n";
  return any && vectors::count_failures(results) == 0 ? 0 : kFailure;
}

}  // namespace pspnic::cli
