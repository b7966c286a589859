// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace pspnic::bench {

namespace {

using base::Journey;
using base::Leg;
using base::Time;

// Numbers of the processes, of each direction.
constexpr unsigned kPackets = 1;
constexpr unsigned kBlocks = 2;
constexpr unsigned kWaits = 3;
constexpr unsigned kProcesses = 3;
constexpr unsigned kRowsOfBlock = 1000;

bool waits(Leg leg) {
  const std::string_view name = base::leg_name(leg);
  return name.ends_with("wait") || leg == Leg::kTurn || leg == Leg::kCoalesce || leg == Leg::kBuffers;
}

// Picoseconds as the microseconds of the format, without rounding.
std::string us(Time ps) {
  return fmt::format("{}.{:06}", ps / base::kUs, ps % base::kUs);
}

class Writer {
 public:
  // Of direction 0 or 1, named `way`.
  Writer(unsigned direction, const char* way, const std::vector<Journey>& journeys)
      : first_(direction * kProcesses), journeys_(journeys) {
    name_process(kPackets, fmt::format("packets, {}", way));
    name_process(kBlocks, fmt::format("blocks, {}", way));
    name_process(kWaits, fmt::format("waiting, {}", way));
    for (size_t i = 0; i < journeys.size(); ++i) write(i);
    write_counters();
  }
  const std::string& names() const { return names_; }
  const std::vector<std::pair<Time, std::string>>& events() const { return events_; }

 private:
  void name_process(unsigned process, const std::string& name) {
    names_ += fmt::format(R"({{"ph":"M","name":"process_name","pid":{},"args":{{"name":"{}"}}}},)"
                          "\n",
                          first_ + process, name);
  }
  void name_line(unsigned process, size_t line, const std::string& name) {
    names_ += fmt::format(R"({{"ph":"M","name":"thread_name","pid":{0},"tid":{1},"args":{{"name":"{2}"}}}},)"
                          "\n"
                          R"({{"ph":"M","name":"thread_sort_index","pid":{0},"tid":{1},)"
                          R"("args":{{"sort_index":{1}}}}},)"
                          "\n",
                          first_ + process, line, name);
  }
  void slice(unsigned process, size_t line, const std::string& name, Time begin, Time end, size_t packet) {
    events_.emplace_back(begin,
                         fmt::format(R"({{"ph":"X","name":"{}","pid":{},"tid":{},"ts":{},"dur":{},)"
                                     R"("args":{{"packet":{}}}}})",
                                     name, first_ + process, line, us(begin), us(end - begin), packet));
  }

  void write(size_t number) {
    const Journey& journey = journeys_[number];
    name_line(kPackets, number + 1, fmt::format("packet {}", number));
    slice(kPackets, number + 1, fmt::format("packet {}", number), journey.began, journey.since, number);
    Time at = journey.began;
    for (size_t i = 0; i < base::kLegs; ++i) {
      const Leg leg = static_cast<Leg>(i);
      const Time end = at + journey.legs[i];
      if (end == at) continue;
      slice(kPackets, number + 1, base::leg_name(leg), at, end, number);
      if (waits(leg)) {
        levels_[leg][at]++;
        levels_[leg][end]--;
      } else {
        const size_t row = row_of(i, at, end);
        slice(kBlocks, i * kRowsOfBlock + row, fmt::format("packet {}", number), at, end, number);
      }
      at = end;
    }
  }

  // The first line of the block that is free from `begin` on.
  size_t row_of(size_t block, Time begin, Time end) {
    std::vector<Time>& free = rows_[block];
    size_t row = 0;
    while (row < free.size() && free[row] > begin) ++row;
    if (row == free.size()) {
      free.push_back(0);
      const std::string name = base::leg_name(static_cast<Leg>(block));
      name_line(kBlocks, block * kRowsOfBlock + row, row == 0 ? name : fmt::format("{} {}", name, row + 1));
    }
    free[row] = end;
    return row;
  }

  void write_counters() {
    for (const auto& [leg, changes] : levels_) {
      int64_t level = 0;
      for (const auto& [when, change] : changes) {
        if (change == 0) continue;
        level += change;
        events_.emplace_back(when, fmt::format(R"({{"ph":"C","name":"{}","pid":{},"ts":{},)"
                                               R"("args":{{"packets":{}}}}})",
                                               base::leg_name(leg), first_ + kWaits, us(when), level));
      }
    }
  }

  unsigned first_;
  const std::vector<Journey>& journeys_;
  std::map<size_t, std::vector<Time>> rows_;       // by block: when its lines are free
  std::map<Leg, std::map<Time, int64_t>> levels_;  // changes of who waits
  std::string names_;
  std::vector<std::pair<Time, std::string>> events_;
};

}  // namespace

std::string timeline_json(const Timeline& arrived_at_a, const Timeline& arrived_at_b) {
  const Writer a_to_b(0, "A to B", arrived_at_b.journeys());
  const Writer b_to_a(1, "B to A", arrived_at_a.journeys());
  std::vector<std::pair<Time, std::string>> events = a_to_b.events();
  events.insert(events.end(), b_to_a.events().begin(), b_to_a.events().end());
  std::stable_sort(events.begin(), events.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string text = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n" + a_to_b.names() + b_to_a.names();
  for (const auto& [when, event] : events) text += event + ",\n";
  text.resize(text.size() - 2);
  return text + "\n]}\n";
}

}  // namespace pspnic::bench
