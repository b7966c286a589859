// SPDX-License-Identifier: Apache-2.0
#include "testbench/report/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "model/base/config_error.h"

extern char** environ;

namespace pspnic::report {

namespace {

namespace fs = std::filesystem;
constexpr const char* kReport = "report.json";

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw base::ConfigError(path, "cannot be read");
  return text.str();
}

std::vector<std::string> reports_below(const std::string& folder) {
  const fs::path own = fs::path(folder) / kReport;
  if (fs::exists(own)) return {own.string()};
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().filename() == kReport) found.push_back(entry.path().string());
  }
  std::sort(found.begin(), found.end());
  if (found.empty()) throw base::ConfigError(folder, "has no report.json, nor has a folder below it");
  return found;
}

// Exit status; 127 if there is no such program. What it says is not heard.
int run_quietly(std::vector<std::string> words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int stream : {0, 1, 2})
    posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (failed != 0 || waitpid(child, &status, 0) != child) return 127;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

bool draw_png(const std::string& svg, const std::string& png, const Svg& image) {
  fs::remove(png);
  if (run_quietly({"rsvg-convert", "--zoom=2", "--output", png, svg}) == 0) return true;
  const std::string size = fmt::format("--window-size={:.0f},{:.0f}", image.width(), image.height());
  const std::string address = "file://" + fs::absolute(svg).string();
  run_quietly({"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
               "--force-device-scale-factor=2", size, "--screenshot=" + png, address});
  return fs::exists(png);
}

}  // namespace

std::vector<RunView> read_runs(const std::vector<std::string>& words) {
  std::vector<RunView> runs;
  for (const std::string& word : words) {
    std::vector<std::string> files = {word};
    if (fs::is_directory(word)) files = reports_below(word);
    for (const std::string& file : files) runs.push_back(read_run(read_text(file), file));
  }
  return runs;
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw std::runtime_error(path + ": cannot be written");
}

std::string write_plots(const std::vector<Plot>& plots, const std::string& folder) {
  fs::create_directories(folder);
  size_t drawn = 0;
  for (const Plot& plot : plots) {
    const Svg image = plot.draw(kWide);
    const std::string stem = folder + "/" + plot.name;
    write_text(stem + ".svg", image.file_text());
    if (drawn == 0 && &plot != &plots.front()) continue;  // no program for it
    drawn += draw_png(stem + ".svg", stem + ".png", image) ? 1 : 0;
  }
  std::string text = fmt::format("{} charts as SVG in {}", plots.size(), folder);
  if (drawn == plots.size()) return text + ", and as PNG";
  return text + "; no PNG, as neither rsvg-convert (Debian: librsvg2-bin) nor chromium is there or works";
}

}  // namespace pspnic::report
