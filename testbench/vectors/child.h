// SPDX-License-Identifier: Apache-2.0
// Work in a process of its own: SystemC elaborates once a process.
#pragma once

#include <functional>
#include <string>

namespace pspnic::vectors {

// What `work` returns, computed in a child process. Throws std::runtime_error with what it threw, or how the
// child ended.
std::string run_in_child(const std::function<std::string()>& work);

}  // namespace pspnic::vectors
