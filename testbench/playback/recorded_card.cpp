// SPDX-License-Identifier: Apache-2.0
#include "testbench/playback/recorded_card.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/base/config_error.h"

namespace pspnic::playback {

namespace {

using Json = nlohmann::ordered_json;

net::MacAddress parse_mac(const record::Recording& recording) {
  const std::string& text = recording.header.mac;
  net::MacAddress mac;
  unsigned bytes[6];
  int end = 0;
  const int found = std::sscanf(text.c_str(), "%2x:%2x:%2x:%2x:%2x:%2x%n", &bytes[0], &bytes[1], &bytes[2],
                                &bytes[3], &bytes[4], &bytes[5], &end);
  if (found != 6 || static_cast<size_t>(end) != text.size()) {
    throw std::runtime_error(recording.origin + ": header: mac: '" + text +
                             "', must be like 02:50:53:50:00:0a");
  }
  for (size_t i = 0; i < 6; ++i) mac.bytes[i] = static_cast<uint8_t>(bytes[i]);
  return mac;
}

// Takes what this program does not know out of a header's parameters.
class Sieve {
 public:
  explicit Sieve(const record::Recording& recording) : recording_(recording) { tree_.add("nic", nic_); }

  std::string run() {
    Json parameters = Json::parse(recording_.header.parameters);
    take_unknown_out_of(parameters, "");
    const std::string text = parameters.dump();
    tree_.load_text(text, recording_.origin + ": header: parameters");  // for errors that name the file
    return text;
  }
  std::vector<std::string> left_out() { return std::move(left_out_); }

 private:
  void take_unknown_out_of(Json& group, const std::string& prefix) {
    if (!group.is_object()) return;
    for (auto member = group.begin(); member != group.end();) {
      const std::string name = prefix + member.key();
      if (member->is_object() && !member->empty()) take_unknown_out_of(*member, name + ".");
      const bool emptied = member->is_object() && member->empty();
      const bool unknown = !member->is_object() && !tree_.contains(name);
      if (unknown) leave_out(name, *member);
      member = emptied || unknown ? group.erase(member) : std::next(member);
    }
  }

  void leave_out(const std::string& name, const Json& value) {
    const auto& changed = recording_.header.changed;
    if (changed && std::ranges::find(*changed, name) == changed->end()) {
      left_out_.push_back(name);
      return;
    }
    throw base::ConfigError(recording_.origin + ": header: " + name,
                            value.dump() + " when it was recorded; this program has no such parameter, the " +
                                "nearest one is " + tree_.nearest_key(name));
  }

  const record::Recording& recording_;
  nic::NicParams nic_;
  base::ParamTree tree_;
  std::vector<std::string> left_out_;
};

}  // namespace

RecordedCard recorded_card(const record::Recording& recording) {
  const record::Header& header = recording.header;
  RecordedCard card;
  Sieve sieve(recording);
  card.options.json = sieve.run();
  card.left_out = sieve.left_out();
  card.options.mac = parse_mac(recording);
  card.options.seed = header.seed;
  card.options.stream = header.stream;
  card.options.spi_first = header.spi_first;
  return card;
}

}  // namespace pspnic::playback
