// SPDX-License-Identifier: Apache-2.0
#include "testbench/fuzz/readers_target.h"

#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>

#include "model/base/params.h"
#include "model/net/capture.h"
#include "testbench/vectors/applicable.h"
#include "testbench/vectors/capture_set.h"
#include "testbench/vectors/readers.h"

namespace pspnic::fuzz {
namespace {

std::string_view text_of(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A parameter of each kind.
struct EveryKind {
  enum class Colour { kRed, kGreen };
  uint8_t small = 1;
  unsigned whole = 2;
  int signed_whole = -3;
  uint64_t large = 4;
  double real = 0.5;
  base::Duration time{5 * base::kNs};
  base::ByteSize size{base::kMiB};
  bool flag = false;
  Colour colour = Colour::kRed;
  std::string words = "none";

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("small", small, uint8_t{0}, uint8_t{200}, "A small number", "None");
    v.value("whole", whole, 0u, 1000u, "A number", "None");
    v.value("signed_whole", signed_whole, -10, 10, "A number that may be negative", "None");
    v.value("large", large, uint64_t{0}, ~uint64_t{0}, "A large number", "None");
    v.value("real", real, -1.0, 1e9, "A real number", "None");
    v.value("time", time, base::Duration{0}, base::Duration{1 * base::kMs}, "A time", "None");
    v.value("size", size, base::ByteSize{0}, base::ByteSize{base::kGiB}, "A size", "None");
    v.value("flag", flag, "A flag", "None");
    v.choice("colour", colour, {{"red", Colour::kRed}, {"green", Colour::kGreen}}, "A choice", "None");
    v.text("words", words, "A text", "None");
  }
};

struct ConfigTree {
  EveryKind params;
  base::ParamTree tree;
  ConfigTree() { tree.add("group.of", params); }
};

// A file in memory.
class MemoryFile {
 public:
  explicit MemoryFile(std::span<const uint8_t> bytes) : file_(memfd_create("fuzz", 0)) {
    size_t done = 0;
    while (file_ >= 0 && done < bytes.size()) {
      const ssize_t count = write(file_, bytes.data() + done, bytes.size() - done);
      if (count <= 0) throw std::runtime_error("no memory for a file");
      done += static_cast<size_t>(count);
    }
  }
  ~MemoryFile() { close(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

}  // namespace

std::string fuzz_vectors(std::span<const uint8_t> bytes) {
  const vectors::Format format = vectors::recognise(text_of(bytes));
  try {
    if (format == vectors::Format::kGoogleConfig) vectors::read_google_config(text_of(bytes), "file");
    for (const vectors::Case& one : vectors::read_cases(format, text_of(bytes), "file")) {
      if (one.id.empty() && one.group.empty()) return "a case without a name";
      for (const vectors::Way way : {vectors::Way::kLibrary, vectors::Way::kDevice, vectors::Way::kRtl}) {
        vectors::not_applicable(one, way, true);
      }
    }
  } catch (const base::ConfigError& refused) {
    if (!refused.place().starts_with("file")) return "an error names another place: " + refused.place();
  }
  return {};
}

std::string fuzz_capture(std::span<const uint8_t> bytes) {
  const MemoryFile file(bytes);
  net::CaptureReader reader(file.path());
  net::CaptureRecord record;
  uint64_t packets = 0;
  unsigned sum = 0;
  while (reader.next(record)) {
    ++packets;
    for (const uint8_t byte : record.bytes) sum += byte;
    if (record.bytes.size() > bytes.size()) return "a packet is longer than its file";
  }
  if (reader.packets() != packets) return "the packets are not counted";
  if (reader.next(record)) return "there is more behind the end";
  if (reader.error() && reader.error()->text().empty()) return "an error without a text";
  return sum == ~0u ? "no sum" : "";
}

std::string fuzz_config(std::span<const uint8_t> bytes) {
  ConfigTree first;
  const std::string before = first.tree.to_json();
  try {
    first.tree.load_text(text_of(bytes), "file");
  } catch (const base::ConfigError& refused) {
    if (refused.place().empty()) return "an error without a place";
    return first.tree.to_json() == before ? "" : "what was refused changed something";
  }
  ConfigTree second;
  const std::string said = first.tree.to_json();
  try {
    second.tree.load_text(said, "said");
  } catch (const base::ConfigError& refused) {
    return std::string("what was printed is refused: ") + refused.what();
  }
  return second.tree.to_json() == said ? "" : "what was printed says something else";
}

}  // namespace pspnic::fuzz
