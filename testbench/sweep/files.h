// SPDX-License-Identifier: Apache-2.0
// Files of a sweep: how its folder is laid out, and writing that leaves a whole file or none.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace pspnic::sweep {

// Names in the folder of a sweep. That of a point has kReport, kResult, kHost, and kLog where there is
// something to say. A point with kResult is finished: it is written last.
inline constexpr const char* kPlan = "sweep.json";
inline constexpr const char* kInputs = "inputs";  // folder of copies, inputs.h
inline constexpr const char* kResultsCsv = "results.csv";
inline constexpr const char* kResultsJson = "results.json";
inline constexpr const char* kHost = "host.json";  // also of a point
inline constexpr const char* kReport = "report.json";
inline constexpr const char* kResult = "result.json";
inline constexpr const char* kLog = "log.txt";

// "DIR/points/00017".
std::string point_folder(const std::string& folder, size_t point);
std::string point_file(const std::string& folder, size_t point, const char* name);

// Writes beside `path` and renames. Throws std::runtime_error that names the file and the reason; then there
// is none, or the one that was there.
void write_whole(const std::string& path, std::string_view text);
// The same in pieces, for what is long.
using Put = std::function<void(std::string_view)>;
void write_whole(const std::string& path, const std::function<void(const Put&)>& write);

// Nothing if there is no such file. Throws std::runtime_error for one that cannot be read.
std::optional<std::string> read_if_there(const std::string& path);

bool is_there(const std::string& path);

// Makes the folder of a point, empty. Throws std::runtime_error.
void clear_point(const std::string& folder, size_t point);

}  // namespace pspnic::sweep
