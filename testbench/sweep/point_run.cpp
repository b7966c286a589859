// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/point_run.h"

#include <sys/resource.h>

#include <iostream>
#include <sstream>

#include "testbench/bench/report.h"
#include "testbench/bench/summary.h"
#include "testbench/bench/verdict.h"
#include "testbench/sweep/files.h"
#include "testbench/sweep/point_result.h"

namespace pspnic::sweep {

namespace {

double cpu_seconds_of_process() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

std::string last_line(const std::string& text) {
  const size_t end = text.find_last_not_of(" \t\r\n");
  if (end == std::string::npos) return {};
  const size_t begin = text.find_last_of('\n', end);
  return text.substr(begin + 1, end - begin);
}

int run_point(Configuration& configuration, const std::string& folder, size_t point) {
  const bench::RunOptions options = configuration.apply(point);
  const bench::Parameters& parameters = configuration.parameters();
  configuration.name_copies(folder);
  PointResult result;
  PointCost cost;
  const int status = bench::run(options, parameters, [&](const bench::Finished& found) {
    const bench::Summary& summary = found.summary;
    configuration.name_files();
    result.status = summary.all_well() ? Status::kOk : Status::kFailed;
    if (result.status == Status::kFailed) {
      std::ostringstream text;
      bench::print_summary(text, summary);
      std::cout << text.str() << std::flush;
      result.reason = bench::first_fault(summary);
    }
    result.headlines = headlines(summary);
    cost.packets = summary.packets_simulated();
    write_whole(point_file(folder, point, kReport),
                bench::report_json(parameters, options, found.platform, found.checker, summary));
  });
  cost.cpu_seconds = cpu_seconds_of_process();
  write_whole(point_file(folder, point, kHost), cost_json(cost));
  write_whole(point_file(folder, point, kResult), result_json(result));
  return status;
}

}  // namespace pspnic::sweep
