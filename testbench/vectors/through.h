// SPDX-License-Identifier: Apache-2.0
// Runs cases and says what was wrong with each.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/psp/engine.h"
#include "testbench/vectors/applicable.h"
#include "testbench/vectors/case.h"

namespace pspnic::vectors {

// One for each case, in order: empty, or what differed, of one or several lines.
using Failures = std::vector<std::string>;
// Told how many cases are done.
using Step = std::function<void(size_t)>;

class Through {
 public:
  virtual ~Through() = default;
  // The cases are those that not_applicable() has left. Throws std::runtime_error if the machinery itself
  // breaks.
  virtual Failures run(std::span<const Case* const> cases, const Step& step) = 0;
};

// Through the functions of model/psp and model/tx, with `engine` for all cryptography. Bare AES and CMAC go
// through OpenSSL itself, whose AES the engine "openssl" takes.
std::unique_ptr<Through> make_library(const psp::Engine& engine);

// Whether make_library() runs AesBlocks and Cmac with this engine.
bool has_bare_aes(const psp::Engine& engine);

}  // namespace pspnic::vectors
