// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/slurm.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <stdexcept>

#include "testbench/sweep/files.h"
#include "testbench/sweep/point_run.h"
#include "testbench/sweep/program.h"

namespace pspnic::sweep {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr size_t kMostTasks = 1000;  // Slurm's MaxArraySize is 1001 by default
constexpr milliseconds kBetweenQueries{1000};
// Network file systems show a new file to another machine this much later.
constexpr milliseconds kFilesLate{5000};
constexpr const char* kOutputs = "slurm";  // what tasks say, a file each

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

// What squeue says of a job.
struct QueueState {
  bool known = true;  // false: Slurm did not answer
  size_t running = 0;
  size_t waiting = 0;
  bool stuck = false;  // Slurm will not start it again by itself
  bool ended() const { return known && running == 0 && waiting == 0; }
};

QueueState read_queue(const std::string& output) {
  QueueState state;
  for (size_t begin = 0; begin < output.size();) {
    const size_t end = std::min(output.find('\n', begin), output.size());
    const std::string line = output.substr(begin, end - begin);
    begin = end + 1;
    if (line.empty()) continue;
    ++(line.starts_with("PENDING") ? state.waiting : state.running);
    state.stuck |= line.find("requeued held") != std::string::npos ||
                   line.find("requeued_held") != std::string::npos ||
                   line.find("JobHoldMaxRequeue") != std::string::npos;
  }
  return state;
}

class Job {
 public:
  Job(Session& session, const SlurmOptions& options, size_t points_per_task)
      : session_(session), options_(options), points_per_task_(points_per_task) {}

  void submit(const std::vector<size_t>& points) {
    fs::create_directories(session_.folder() + "/" + kOutputs);
    const std::string folder = fs::absolute(session_.folder()).string();
    std::string array = array_text(tasks_of(points, points_per_task_));
    if (options_.tasks > 0) array += fmt::format("%{}", options_.tasks);
    std::vector<std::string> words{"sbatch",
                                   "--parsable",
                                   "--job-name=pspnic-sweep",
                                   "--array=" + array,
                                   "--output=" + folder + "/" + kOutputs + "/%A_%a.txt",
                                   "--open-mode=append",
                                   "--chdir=" + folder};
    words.insert(words.end(), options_.arguments.begin(), options_.arguments.end());
    const std::string script = fmt::format(
        "#!/bin/sh\nexec {} sweep --task \"$SLURM_ARRAY_TASK_ID\" --points-per-task {} --out {}\n",
        quoted(fs::read_symlink("/proc/self/exe").string()), points_per_task_, quoted(folder));
    const ProgramEnd end = run_program(words, script);
    if (end.status != 0) {
      std::string reason = last_line(end.errors);
      for (const std::string word : {"sbatch: ", "error: "}) {
        if (reason.starts_with(word)) reason.erase(0, word.size());
      }
      throw std::runtime_error(fmt::format("sbatch refuses: {}; go on with --resume", reason));
    }
    id_ = end.output.substr(0, end.output.find_first_of(";\n"));
    if (id_.empty()) throw std::runtime_error("sbatch: names no job; go on with --resume");
  }

  void cancel() const { run_program({"scancel", id_}); }

  QueueState state() const {
    const ProgramEnd end = run_program({"squeue", "--noheader", "--jobs=" + id_, "--format=%T %r"});
    if (end.status == 0) return read_queue(end.output);
    QueueState state;
    // A job that ended some time ago is forgotten.
    state.known = end.errors.find("Invalid job id") != std::string::npos;
    return state;
  }

 private:
  Session& session_;
  const SlurmOptions& options_;
  size_t points_per_task_;
  std::string id_;
};

void look_at(Session& session, std::vector<size_t>& points) {
  std::erase_if(points, [&](size_t point) { return session.look(point); });
}

// Until all points are there or the job is not. False: interrupted. What is left in `points` got lost.
bool wait_for(const Job& job, Session& session, Signals& signals, std::vector<size_t>& points) {
  auto ended = Clock::time_point::max();
  milliseconds pause = kBetweenQueries;
  while (true) {
    const auto begin = Clock::now();
    const QueueState state = job.state();
    look_at(session, points);
    session.show(state.running, "task");
    if (points.empty()) return true;
    if (state.stuck) {
      job.cancel();
      return true;
    }
    if (state.ended()) ended = std::min(ended, begin);
    if (Clock::now() > ended && Clock::now() - ended > kFilesLate) return true;
    // Looking at many files must not keep the file server busy.
    const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
    pause = std::max(kBetweenQueries, 10 * took);
    const auto until = Clock::now() + pause;
    while (Clock::now() < until) {
      if (signals.wait(kBetweenQueries) == Signals::Event::kInterrupt) return false;
    }
  }
}

void clear(Session& session, const std::vector<size_t>& points) {
  for (const size_t point : points) {
    session.forget(point);
    clear_point(session.folder(), point);
  }
}

void give_up(Session& session, unsigned times) {
  for (const size_t point : session.open_points(true)) {
    if (is_there(point_file(session.folder(), point, kResult))) continue;
    session.fail(point, Status::kKilled,
                 fmt::format("its task was submitted {} times and ended before the point was done", times));
  }
}

}  // namespace

std::string array_text(const std::vector<size_t>& tasks) {
  std::string text;
  for (size_t i = 0; i < tasks.size();) {
    size_t last = i;
    while (last + 1 < tasks.size() && tasks[last + 1] == tasks[last] + 1) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ",", tasks[i]);
    if (last > i) text += fmt::format("-{}", tasks[last]);
    i = last + 1;
  }
  return text;
}

std::vector<size_t> tasks_of(const std::vector<size_t>& points, size_t points_per_task) {
  std::vector<size_t> tasks;
  for (const size_t point : points) {
    const size_t task = point / points_per_task;
    if (tasks.empty() || tasks.back() != task) tasks.push_back(task);
  }
  return tasks;
}

void check_slurm() {
  try {
    run_program({"sbatch", "--version"});
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(
        fmt::format("{}; --engine slurm needs Slurm's commands, --engine local none", error.what()));
  }
}

bool run_by_slurm(Session& session, Signals& signals, const SlurmOptions& options) {
  const size_t each = options.points_per_task > 0 ? options.points_per_task
                                                  : (session.plan().size() + kMostTasks - 1) / kMostTasks;
  std::vector<size_t> points = session.open_points();
  Job job(session, options, each);
  for (unsigned round = 0; !points.empty(); ++round) {
    if (round > options.retries) {
      give_up(session, round);
      return true;
    }
    if (round > 0) {
      session.progress().say(
          fmt::format("{} lost with a process; submitted again ({} of {})",
                      points.size() == 1 ? "1 point was" : fmt::format("{} points were", points.size()),
                      round, options.retries));
    }
    clear(session, points);
    job.submit(points);
    if (!wait_for(job, session, signals, points)) {
      job.cancel();
      return false;
    }
    points = session.open_points(true);
  }
  // Nobody said anything there that is worth keeping.
  fs::remove_all(session.folder() + "/" + kOutputs);
  return true;
}

}  // namespace pspnic::sweep
