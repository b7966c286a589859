// SPDX-License-Identifier: Apache-2.0
#include "model/base/params.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

#include "model/base/edit_distance.h"
#include "model/base/json_reader.h"
#include "model/base/param_field.h"

namespace pspnic::base {

namespace {

bool is_component(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool is_dotted_name(std::string_view name) {
  size_t begin = 0;
  while (true) {
    const size_t dot = name.find('.', begin);
    if (!is_component(name.substr(begin, dot - begin))) return false;
    if (dot == std::string_view::npos) return true;
    begin = dot + 1;
  }
}

std::string_view last_component(std::string_view name) {
  return name.substr(name.rfind('.') + 1);
}

// How little a user who wrote `key` can have meant `name`: less is nearer.
std::pair<size_t, size_t> unlikeness(std::string_view key, std::string_view name) {
  const size_t whole = edit_distance(key, name);
  // A right last component in a wrong or missing group counts as two slips.
  const size_t last = edit_distance(last_component(key), last_component(name)) + 2;
  return {std::min(whole, last), whole};
}

template <class Names, class NameOf>
std::string nearest(std::string_view key, const Names& names, NameOf name_of) {
  const auto best = std::min_element(names.begin(), names.end(), [&](const auto& a, const auto& b) {
    return unlikeness(key, name_of(a)) < unlikeness(key, name_of(b));
  });
  return best == names.end() ? std::string() : std::string(name_of(*best));
}

// Several parameters may have the name that a user gave without its group.
std::string hint_for(std::string_view key, std::vector<std::string_view> names, const std::string& nearest) {
  constexpr size_t kMost = 6;
  const std::string ending = "." + std::string(key);
  std::erase_if(names, [&](std::string_view name) { return !name.ends_with(ending); });
  if (names.size() > 1 && names.size() <= kMost) {
    return fmt::format("those that end so are {}", fmt::join(names, ", "));
  }
  const bool bare = key.find('.') == std::string_view::npos;
  if (bare && unlikeness(key, nearest).first >= key.size()) return "no parameter has a name like it";
  return "the nearest one is " + nearest;
}

std::string_view kind_name(JsonKind kind) {
  switch (kind) {
    case JsonKind::kNull:
      return "null";
    case JsonKind::kBool:
      return "true or false";
    case JsonKind::kNumber:
      return "a number";
    case JsonKind::kString:
      return "a text in quotes";
    case JsonKind::kArray:
      return "a list";
    case JsonKind::kEmptyObject:
      return "an object";
  }
  return "";
}

std::string read_file(const std::string& path) {
  if (std::error_code error; std::filesystem::is_directory(path, error)) {
    throw ConfigError(path, "cannot be read: is a directory");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw ConfigError(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) throw ConfigError(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  return text;
}

// The field knows value and rule, the tree the key.
std::function<void()> parse_for(const std::string& key, const ParamField& field, std::string_view text) {
  try {
    return field.parse(text);
  } catch (const ConfigError& error) {
    throw ConfigError(key, error.place() + " " + error.rule());
  }
}

}  // namespace

ParamTree::ParamTree() = default;
ParamTree::~ParamTree() = default;

void ParamTree::set(std::string_view key, std::string_view text) {
  const Entry& entry = find(key);
  parse_for(entry.name, *entry.field, text)();
}

const ParamTree::Entry& ParamTree::find(std::string_view key) const {
  if (const auto found = index_.find(key); found != index_.end()) return entries_[found->second];
  const std::string tail = "." + std::string(key);
  const Entry* only = nullptr;
  std::string candidates;
  for (const Entry& entry : entries_) {
    // A last component alone is too short to tell what is meant: the next parameter may have the same.
    if (key.find('.') == std::string_view::npos || !entry.name.ends_with(tail)) continue;
    only = candidates.empty() ? &entry : nullptr;
    candidates += (candidates.empty() ? "" : ", ") + entry.name;
  }
  if (candidates.empty()) throw ConfigError(std::string(key), explain_unknown(key));
  if (only == nullptr) throw ConfigError(std::string(key), "may be any of " + candidates);
  return *only;
}

void ParamTree::set_assignment(std::string_view assignment) {
  const size_t equals = assignment.find('=');
  if (equals == std::string_view::npos) {
    throw ConfigError(std::string(assignment), "has no value; write key=value");
  }
  set(assignment.substr(0, equals), assignment.substr(equals + 1));
}

void ParamTree::load_file(const std::string& path) {
  load_text(read_file(path), path);
}

void ParamTree::load_text(std::string_view json, const std::string& origin) {
  std::vector<Change> changes;
  for (const JsonLeaf& leaf : read_json_leaves(json, origin)) {
    try {
      changes.push_back(prepare(leaf));
    } catch (const ConfigError& error) {
      throw ConfigError(fmt::format("{}:{}:{}: {}", origin, leaf.line, leaf.column, error.place()),
                        error.rule());
    }
  }
  // Only now, so that a file with a mistake changes nothing.
  for (const Change& change : changes) change();
}

ParamTree::Change ParamTree::prepare(const JsonLeaf& leaf) const {
  if (leaf.kind == JsonKind::kNull) return prepare_reset(leaf.name);
  const auto found = index_.find(leaf.name);
  if (found == index_.end()) {
    if (leaf.kind == JsonKind::kEmptyObject && groups_.contains(leaf.name)) return [] {};
    throw ConfigError(leaf.name, explain_unknown(leaf.name));
  }
  const Entry& entry = entries_[found->second];
  if (!entry.field->accepts(leaf.kind)) {
    const std::string shown = leaf.text.empty() ? "" : fmt::format(" \"{}\"", leaf.text);
    throw ConfigError(leaf.name, fmt::format("{}{} is given; must be {}", kind_name(leaf.kind), shown,
                                             entry.field->expected_json()));
  }
  return parse_for(entry.name, *entry.field, leaf.text);
}

ParamTree::Change ParamTree::prepare_reset(std::string_view key) const {
  const bool is_group = groups_.contains(key);
  if (!is_group && !index_.contains(key)) throw ConfigError(std::string(key), explain_unknown(key));
  std::vector<Change> changes;
  const std::string inside = std::string(key) + ".";
  for (const Entry& entry : entries_) {
    if (entry.name != key && !entry.name.starts_with(inside)) continue;
    changes.push_back(parse_for(entry.name, *entry.field, entry.default_text));
  }
  return [changes = std::move(changes)] {
    for (const Change& change : changes) change();
  };
}

std::vector<ParamInfo> ParamTree::list() const {
  std::vector<ParamInfo> infos;
  for (const Entry& entry : entries_) {
    ParamInfo& info = infos.emplace_back();
    info.name = entry.name;
    info.default_text = entry.default_text;
    info.value_text = entry.field->text();
    info.meaning = entry.meaning;
    info.source = entry.source;
    info.scope = entry.scope;
    entry.field->describe(info);
  }
  return infos;
}

bool ParamTree::contains(std::string_view key) const {
  return index_.contains(key);
}

std::string ParamTree::nearest_key(std::string_view key) const {
  return nearest(key, entries_, [](const Entry& entry) -> std::string_view { return entry.name; });
}

std::string ParamTree::nearest_group(std::string_view key) const {
  return nearest(key, groups_, [](const std::string& name) -> std::string_view { return name; });
}

std::string ParamTree::explain_unknown(std::string_view key) const {
  if (entries_.empty()) return "is unknown; there are no parameters";
  if (groups_.contains(key)) {
    const std::string inside = std::string(key) + ".";
    const auto first = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return entry.name.starts_with(inside); });
    return fmt::format("is a group of parameters and has no value itself; inside is e.g. {}", first->name);
  }
  std::vector<std::string_view> names;
  for (const Entry& entry : entries_) names.push_back(entry.name);
  const std::string hint = hint_for(key, names, nearest_key(key));
  for (size_t dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.', dot + 1)) {
    const std::string_view outer = key.substr(0, dot);
    if (index_.contains(outer)) {
      return fmt::format("is unknown: {} is a parameter and nothing is inside it; {}", outer, hint);
    }
    if (!groups_.contains(outer)) {
      return fmt::format("is unknown: there is no group {}{}; {}", outer,
                         groups_.empty() ? "" : fmt::format(" (the nearest is {})", nearest_group(outer)),
                         hint);
    }
  }
  return "is an unknown parameter; " + hint;
}

void ParamTree::add_field(std::string name, std::string_view meaning, std::string_view source,
                          std::unique_ptr<ParamField> field, ParamScope scope) {
  if (!is_dotted_name(name)) throw std::logic_error("bad name of a parameter: \"" + name + "\"");
  if (meaning.empty()) throw std::logic_error("parameter " + name + " has no meaning");
  if (source.empty()) throw std::logic_error("parameter " + name + " has no source of its default");
  if (index_.contains(name)) throw std::logic_error("two parameters are named " + name);
  if (groups_.contains(name)) throw std::logic_error("a parameter and a group are named " + name);
  const std::string default_text = field->text();
  try {
    field->parse(default_text);
  } catch (const ConfigError& error) {
    throw std::logic_error("default of parameter " + name + ": " + error.what());
  }
  add_groups_of(name);
  index_.emplace(name, entries_.size());
  entries_.push_back(
      {std::move(name), std::string(meaning), std::string(source), default_text, scope, std::move(field)});
}

void ParamTree::add_groups_of(const std::string& name) {
  for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
    std::string group = name.substr(0, dot);
    if (index_.contains(group)) throw std::logic_error("a parameter and a group are named " + group);
    groups_.insert(std::move(group));
  }
}

template <ParamNumber T>
void ParamVisitor::value(std::string_view name, T& field, std::type_identity_t<T> min,
                         std::type_identity_t<T> max, std::string_view meaning, std::string_view source) {
  tree_.add_field(full_name(name), meaning, source, make_number_field<T>(field, min, max));
}

using Words = std::string_view;
template void ParamVisitor::value(Words, uint8_t&, uint8_t, uint8_t, Words, Words);
template void ParamVisitor::value(Words, uint16_t&, uint16_t, uint16_t, Words, Words);
template void ParamVisitor::value(Words, unsigned&, unsigned, unsigned, Words, Words);
template void ParamVisitor::value(Words, uint64_t&, uint64_t, uint64_t, Words, Words);
template void ParamVisitor::value(Words, int&, int, int, Words, Words);
template void ParamVisitor::value(Words, double&, double, double, Words, Words);
template void ParamVisitor::value(Words, Duration&, Duration, Duration, Words, Words);
template void ParamVisitor::value(Words, Bandwidth&, Bandwidth, Bandwidth, Words, Words);
template void ParamVisitor::value(Words, ByteSize&, ByteSize, ByteSize, Words, Words);
template void ParamVisitor::value(Words, Frequency&, Frequency, Frequency, Words, Words);

void ParamVisitor::value(std::string_view name, bool& field, std::string_view meaning,
                         std::string_view source) {
  tree_.add_field(full_name(name), meaning, source, make_bool_field(field));
}

void ParamVisitor::text(std::string_view name, std::string& field, std::string_view meaning,
                        std::string_view source) {
  tree_.add_field(full_name(name), meaning, source, make_text_field(field));
}

void ParamVisitor::add_choice(std::string_view name, ParamChoice choice, std::string_view meaning,
                              std::string_view source, ParamScope scope) {
  const auto& words = choice.names;
  for (auto word = words.begin(); word != words.end(); ++word) {
    if (std::find(words.begin(), word, *word) == word) continue;
    throw std::logic_error("parameter " + full_name(name) + " offers \"" + *word + "\" twice");
  }
  tree_.add_field(full_name(name), meaning, source, make_choice_field(std::move(choice)), scope);
}

std::string ParamVisitor::full_name(std::string_view name) const {
  return prefix_.empty() ? std::string(name) : fmt::format("{}.{}", prefix_, name);
}

}  // namespace pspnic::base
