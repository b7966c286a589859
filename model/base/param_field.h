// SPDX-License-Identifier: Apache-2.0
// One registered field of a Params struct with its type taken away. Only params.cpp and its neighbours need
// this.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "model/base/json_reader.h"
#include "model/base/params.h"

namespace pspnic::base {

class ParamField {
 public:
  virtual ~ParamField() = default;

  // Value of the field now; parse() reads it back.
  virtual std::string text() const = 0;

  // What has to be done to give the field the value `text` spells. Throws ConfigError whose place is the
  // quoted text and whose rule is the broken one.
  virtual std::function<void()> parse(std::string_view text) const = 0;

  // Whether a JSON value of this kind may be given, and if not, what may: "true or false".
  virtual bool accepts(JsonKind kind) const = 0;
  virtual std::string expected_json() const = 0;

  // Fills in what depends on the type: kind, unit, ranges, choices.
  virtual void describe(ParamInfo& info) const = 0;
};

template <ParamNumber T>
std::unique_ptr<ParamField> make_number_field(T& field, T min, T max);
std::unique_ptr<ParamField> make_bool_field(bool& field);
std::unique_ptr<ParamField> make_choice_field(ParamChoice choice);
std::unique_ptr<ParamField> make_text_field(std::string& field);

}  // namespace pspnic::base
