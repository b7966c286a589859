// SPDX-License-Identifier: Apache-2.0
// Parameters of the model. Every block has a plain `Params` struct whose fields hold the defaults and which
// describes itself once; parsing, tables, JSON Schema and the dump of the resolved configuration all come
// from that description:
//
//   struct Params {
//     unsigned generation = 4;
//     Duration round_trip{700 * kNs};
//     template <class Visitor>
//     void describe(Visitor& v) {
//       v.value("generation", generation, 3, 5, "PCIe generation", "PCIe 4.0 is what the card has");
//       v.value("round_trip", round_trip, Duration{1 * kNs}, Duration{1 * kMs}, "Read request to completion",
//       "...");
//     }
//   };
//   ParamTree tree;
//   tree.add("nic.pcie", params);
//   tree.load_file("card.json");
//   tree.set("nic.pcie.generation", "5");
//
// Order of precedence is the order of calls. Every error is a ConfigError naming file and line if there is
// one, the full dotted key, the value, the rule and, for an unknown key, the nearest key.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "model/base/config_error.h"
#include "model/base/units.h"

namespace pspnic::base {

// Types a field with a range may have.
template <class T>
concept ParamNumber = Quantity<T> || std::same_as<T, uint8_t> || std::same_as<T, uint16_t> ||
    std::same_as<T, unsigned> || std::same_as<T, uint64_t> || std::same_as<T, int> || std::same_as<T, double>;

enum class ParamKind { kInteger, kReal, kQuantity, kBool, kChoice, kText };

// What a parameter is about: the design and its traffic, or only how the machine that simulates gets to the
// result. The latter never changes a result, so it is left out where results say how they came about.
enum class ParamScope { kDesign, kMachine };

// All that is known about one parameter, as text.
struct ParamInfo {
  std::string name;  // full dotted name: "nic.pcie.generation"
  ParamKind kind;
  ParamScope scope;
  std::string unit;  // "integer", "real", "bool", "choice", "text" or the quantity: "duration", "size", ...
  std::string default_text;  // value of the field when it was added
  std::string range_text;    // "3..5", "1ns..1ms", "bytes | lengths", "true | false"; empty for text
  std::string value_text;    // value of the field now
  std::string meaning;       // one sentence
  std::string source;        // where the default comes from
  std::string min_text;      // numbers and quantities only
  std::string max_text;
  std::vector<std::string> choices;  // choice only
  std::string unit_names;            // quantities only: "ps|ns|us|ms|s"

  bool changed() const { return value_text != default_text; }
};

class ParamField;    // one registered field; param_field.h
class ParamVisitor;  // what describe() is called with; below
struct JsonLeaf;     // one value of a configuration file; json_reader.h

// A choice with the enumeration taken away.
struct ParamChoice {
  std::vector<std::string> names;
  std::function<size_t()> get;  // index into names; names.size() if the field has a value that is not listed
  std::function<void(size_t)> set;
};

class ParamTree {
 public:
  ParamTree();
  ~ParamTree();
  ParamTree(const ParamTree&) = delete;
  ParamTree& operator=(const ParamTree&) = delete;

  // Registers every field that params.describe() names under "<prefix>." (an empty prefix adds nothing) and
  // keeps references to them, so `params` must outlive the tree and stay where it is. Throws std::logic_error
  // if a full name is taken, a name is not lower case letters, digits and '_', meaning or source is missing,
  // or the default breaks its own rule.
  template <class Params>
  void add(std::string_view prefix, Params& params);

  // Sets one parameter from text as written after --set. The key may leave out groups at its beginning as
  // long as one group is left and a single parameter ends so: "dma.tags" for "nic.pcie.dma.tags". Throws
  // ConfigError, which lists all that end so if there are several; the field is then unchanged.
  void set(std::string_view key, std::string_view text);

  // The same for "key=value" in one piece.
  void set_assignment(std::string_view assignment);

  // Reads a JSON file with // and /* */ comments. Keys may be nested objects, dotted, or mixed. What the file
  // does not name stays as it is; null puts a parameter or a whole group back to its default (JSON merge
  // patch, RFC 7396). Throws ConfigError for anything wrong, and then no parameter has changed.
  void load_file(const std::string& path);

  // The same for text already in memory; `origin` stands for the file name in errors.
  void load_text(std::string_view json, const std::string& origin);

  // The resolved configuration, every parameter of that scope in order of registration, as text that
  // load_file() accepts.
  std::string to_json(ParamScope scope = ParamScope::kDesign) const;

  // In order of registration.
  std::vector<ParamInfo> list() const;

  bool contains(std::string_view key) const;
  // The whole name of what set() would set. Throws ConfigError as set() does.
  const std::string& full_name(std::string_view key) const { return find(key).name; }
  size_t size() const { return entries_.size(); }

  // The registered key most similar to `key`; empty if there is none at all. Counts insertions, deletions,
  // replacements and swaps of neighbours on the full name, or on the last component alone if that is much
  // nearer.
  std::string nearest_key(std::string_view key) const;

 private:
  friend class ParamVisitor;
  using Change = std::function<void()>;

  struct Entry {
    std::string name;
    std::string meaning;
    std::string source;
    std::string default_text;
    ParamScope scope;
    std::unique_ptr<ParamField> field;
  };

  void add_field(std::string name, std::string_view meaning, std::string_view source,
                 std::unique_ptr<ParamField> field, ParamScope scope = ParamScope::kDesign);
  void add_groups_of(const std::string& name);
  const Entry& find(std::string_view key) const;
  Change prepare(const JsonLeaf& leaf) const;
  Change prepare_reset(std::string_view key) const;
  std::string explain_unknown(std::string_view key) const;
  std::string nearest_group(std::string_view key) const;

  std::vector<Entry> entries_;
  std::map<std::string, size_t, std::less<>> index_;
  std::set<std::string, std::less<>> groups_;  // "nic", "nic.pcie": proper prefixes of the names
};

// The visitor of describe(). Names are one component, e.g. "round_trip"; meaning and source are sentences.
class ParamVisitor {
 public:
  // A number or quantity that must lie in min..max, both included.
  template <ParamNumber T>
  void value(std::string_view name, T& field, std::type_identity_t<T> min, std::type_identity_t<T> max,
             std::string_view meaning, std::string_view source);

  // A switch. Written true or false.
  void value(std::string_view name, bool& field, std::string_view meaning, std::string_view source);

  // One of a list of words; T is usually an enumeration, a number works too (a bus is 1, 2, 4, 8 or 16 lanes
  // wide).
  template <class T>
  void choice(std::string_view name, T& field, std::initializer_list<std::pair<std::string_view, T>> choices,
              std::string_view meaning, std::string_view source, ParamScope scope = ParamScope::kDesign);

  // Any UTF-8 text, e.g. a file name.
  void text(std::string_view name, std::string& field, std::string_view meaning, std::string_view source);

  // A Params struct inside another: its fields are named "<prefix>.<name>.<field>".
  template <class Params>
  void group(std::string_view name, Params& params);

 private:
  friend class ParamTree;
  ParamVisitor(ParamTree& tree, std::string_view prefix) : tree_(tree), prefix_(prefix) {}

  void add_choice(std::string_view name, ParamChoice choice, std::string_view meaning,
                  std::string_view source, ParamScope scope);
  std::string full_name(std::string_view name) const;

  ParamTree& tree_;
  std::string prefix_;
};

// For people: groups with aligned columns name, default, value (only if anything differs from its default),
// range, meaning [source]; wrapped so that lines stay within about `columns`.
std::string params_table(const ParamTree& tree, size_t columns = 120);

// JSON Schema (draft 2020-12) of the nested form of a configuration file, for editors and for checking in CI.
std::string params_json_schema(const ParamTree& tree);

// ---- templates ----

template <class Params>
void ParamTree::add(std::string_view prefix, Params& params) {
  ParamVisitor visitor(*this, prefix);
  params.describe(visitor);
}

template <class T>
void ParamVisitor::choice(std::string_view name, T& field,
                          std::initializer_list<std::pair<std::string_view, T>> choices,
                          std::string_view meaning, std::string_view source, ParamScope scope) {
  ParamChoice choice;
  std::vector<T> values;
  for (const auto& [word, value] : choices) {
    choice.names.emplace_back(word);
    values.push_back(value);
  }
  choice.get = [&field, values] {
    size_t i = 0;
    while (i < values.size() && !(values[i] == field)) ++i;
    return i;
  };
  choice.set = [&field, values](size_t i) { field = values[i]; };
  add_choice(name, std::move(choice), meaning, source, scope);
}

template <class Params>
void ParamVisitor::group(std::string_view name, Params& params) {
  ParamVisitor inner(tree_, full_name(name));
  params.describe(inner);
}

}  // namespace pspnic::base
