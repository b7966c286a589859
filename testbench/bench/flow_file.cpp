// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/flow_file.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "model/base/config_error.h"
#include "model/net/ethernet.h"
#include "model/net/ipv4.h"

namespace pspnic::bench {

namespace {

using Json = nlohmann::ordered_json;
using Mode = flow::Encapsulation::Mode;

// One object of the file, and where it stands.
class Entry {
 public:
  Entry(const Json& value, std::string place) : value_(value), place_(std::move(place)) {
    if (!value.is_object()) throw base::ConfigError(place_, "is no object");
  }

  [[noreturn]] void refuse(const std::string& key, const std::string& rule) const {
    throw base::ConfigError(place_ + ": " + key, rule);
  }
  bool has(const char* key) const { return value_.contains(key); }
  const Json& at(const char* key) const { return value_[key]; }
  const std::string& place() const { return place_; }

  void check_keys(std::initializer_list<const char*> known) const {
    for (const auto& [key, value] : value_.items()) {
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      std::string names;
      for (const char* name : known) names += std::string(names.empty() ? "" : ", ") + name;
      refuse(key, "is no key of a flow; there are " + names);
    }
  }
  uint64_t number(const char* key, uint64_t otherwise, uint64_t least, uint64_t most) const {
    if (!has(key)) return otherwise;
    const Json& value = at(key);
    const bool whole = value.is_number_unsigned();
    if (!whole || value.get<uint64_t>() < least || value.get<uint64_t>() > most) {
      refuse(key, "is " + value.dump() + ", must be a whole number in " + std::to_string(least) + ".." +
                      std::to_string(most));
    }
    return value.get<uint64_t>();
  }
  std::string word(const char* key, const char* otherwise) const {
    if (!has(key)) return otherwise;
    if (!at(key).is_string()) refuse(key, "is " + at(key).dump() + ", must be a string");
    return at(key).get<std::string>();
  }

 private:
  const Json& value_;
  std::string place_;
};

// 4, 6, or 0 if the text is no address.
uint8_t parse_address(const std::string& text, std::array<uint8_t, 16>& bytes) {
  bytes = {};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return 4;
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return 6;
  return 0;
}

void read_end(const Entry& entry, const char* key, FlowEnd& end) {
  const std::string text = entry.word(key, "any");
  if (text == "any") return;
  const size_t slash = text.find('/');
  end.family = parse_address(text.substr(0, slash), end.address);
  if (end.family == 0) {
    entry.refuse(key, "is \"" + text + "\", must be an IPv4 or IPv6 address, a prefix, or \"any\"");
  }
  const unsigned most = end.family == 4 ? 32 : 128;
  end.bits = static_cast<uint8_t>(most);
  if (slash == std::string::npos) return;
  const std::string length = text.substr(slash + 1);
  const bool digits = !length.empty() && length.size() <= 3 &&
                      std::all_of(length.begin(), length.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || std::stoul(length) > most) {
    entry.refuse(key, "is \"" + text + "\", must have a prefix length in 0.." + std::to_string(most));
  }
  end.bits = static_cast<uint8_t>(std::stoul(length));
}

void read_protocol(const Entry& entry, FlowSpec& spec) {
  const std::string protocol = entry.word("protocol", "any");
  if (protocol == "tcp") {
    spec.protocol = net::kProtocolTcp;
  } else if (protocol == "udp") {
    spec.protocol = net::kProtocolUdp;
  } else if (protocol != "any") {
    entry.refuse("protocol", "is \"" + protocol + "\", must be tcp, udp or any");
  }
  const char* const keys[] = {"a_port", "b_port"};
  for (size_t i = 0; i < 2; ++i) {
    if (!entry.has(keys[i])) continue;
    if (!spec.protocol) entry.refuse(keys[i], "needs a protocol, tcp or udp");
    spec.ends[i].port = static_cast<uint16_t>(entry.number(keys[i], 0, 0, 65535));
  }
}

void read_tunnel(const Entry& entry, FlowSpec& spec) {
  const std::string mode = entry.word("mode", "transport");
  if (mode != "transport" && mode != "tunnel") {
    entry.refuse("mode", "is \"" + mode + "\", must be transport or tunnel");
  }
  if (mode == "transport") {
    if (entry.has("outer")) entry.refuse("outer", "is only of mode tunnel");
    return;
  }
  if (!entry.has("outer")) entry.refuse("outer", "is missing: mode tunnel needs {\"a\": ..., \"b\": ...}");
  const Entry outer(entry.at("outer"), entry.place() + ": outer");
  outer.check_keys({"a", "b", "ttl", "traffic_class"});
  uint8_t families[2] = {};
  const char* const keys[] = {"a", "b"};
  for (size_t i = 0; i < 2; ++i) {
    families[i] = parse_address(outer.word(keys[i], ""), spec.ends[i].outer);
    if (families[i] == 0) outer.refuse(keys[i], "must be an IPv4 or IPv6 address");
  }
  if (families[0] != families[1]) outer.refuse("b", "must be of the same family as a");
  spec.encapsulation.mode = families[0] == 4 ? Mode::kTunnelV4 : Mode::kTunnelV6;
  spec.encapsulation.ttl = static_cast<uint8_t>(outer.number("ttl", 64, 1, 255));
  spec.encapsulation.traffic_class = static_cast<uint8_t>(outer.number("traffic_class", 0, 0, 255));
}

FlowSpec read_flow(const Entry& entry) {
  entry.check_keys(
      {"a", "b", "protocol", "a_port", "b_port", "vlan", "version", "mode", "outer", "crypt_offset", "vc"});
  FlowSpec spec;
  read_end(entry, "a", spec.ends[0]);
  read_end(entry, "b", spec.ends[1]);
  const uint8_t a = spec.ends[0].family;
  const uint8_t b = spec.ends[1].family;
  if (a != 0 && b != 0 && a != b) entry.refuse("b", "must be of the same family as a");
  read_protocol(entry, spec);
  if (entry.has("vlan")) spec.vlan = static_cast<uint16_t>(entry.number("vlan", 0, 0, 4094));
  spec.version = static_cast<psp::Version>(entry.number("version", 0, 0, 3));
  spec.encapsulation.crypt_offset =
      static_cast<uint8_t>(entry.number("crypt_offset", 0, 0, psp::kMaxCryptOffset));
  if (entry.has("vc")) spec.encapsulation.vc = entry.number("vc", 0, 0, UINT64_MAX);
  read_tunnel(entry, spec);
  return spec;
}

// Of a key that is there twice the library would take the last without a word.
Json parse_json(std::string_view text, const std::string& origin) {
  std::vector<std::set<std::string>> keys;
  const auto check = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) {
      keys.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      keys.pop_back();
    } else if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second) {
      throw base::ConfigError(origin, "has the key " + value.dump() + " twice in one object");
    }
    return true;
  };
  try {
    return Json::parse(text, check);
  } catch (const Json::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
    const std::string what = error.what();
    throw base::ConfigError(origin, "is no JSON: " + what.substr(what.find("] ") + 2));
  }
}

}  // namespace

std::vector<FlowSpec> parse_flows(std::string_view text, const std::string& origin) {
  const Json list = parse_json(text, origin);
  if (!list.is_array()) {
    throw base::ConfigError(origin, "must be a list of flows, a list of objects is needed: [{...}, ...]");
  }
  if (list.empty()) throw base::ConfigError(origin, "names no flow");
  std::vector<FlowSpec> flows;
  for (const Json& value : list) {
    flows.push_back(read_flow(Entry(value, origin + ": flow " + std::to_string(flows.size() + 1))));
  }
  return flows;
}

bool is_flow_text(std::string_view path) {
  const size_t first = path.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (path[first] == '[' || path[first] == '{');
}

std::string flows_origin(const std::string& path) {
  return is_flow_text(path) ? "--protect" : path;
}

std::vector<FlowSpec> read_flows(const std::string& path) {
  if (is_flow_text(path)) return parse_flows(path, flows_origin(path));
  if (std::error_code error; std::filesystem::is_directory(path, error)) {
    throw base::ConfigError(path, "cannot be read: is a directory");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) throw base::ConfigError(path, std::string("cannot be read: ") + std::strerror(errno));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return parse_flows(text, path);
}

}  // namespace pspnic::bench
