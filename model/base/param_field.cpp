// SPDX-License-Identifier: Apache-2.0
#include "model/base/param_field.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace pspnic::base {

namespace {

template <ParamNumber T>
std::string number_text(T value) {
  if constexpr (Quantity<T>) {
    return to_string(value);
  } else {
    return fmt::format("{}", value);  // shortest text that reads back as the same number
  }
}

template <ParamNumber T>
class NumberField final : public ParamField {
 public:
  NumberField(T& field, T min, T max) : field_(field), min_(min), max_(max) {}

  std::string text() const override { return number_text(field_); }

  std::function<void()> parse(std::string_view text) const override {
    const T value = parse_value(text);
    // Written so that a NaN is outside.
    if (!(value >= min_ && value <= max_)) refuse_text(text, fmt::format("must lie in {}", range()));
    return [this, value] { field_ = value; };
  }

  // A number given for a quantity goes to parse(), which knows what to say about the missing unit.
  bool accepts(JsonKind kind) const override {
    return kind == JsonKind::kNumber || (Quantity<T> && kind == JsonKind::kString);
  }

  std::string expected_json() const override {
    if constexpr (Quantity<T>) {
      return fmt::format("a {} in quotes such as \"{}\"", quantity_name<T>(), text());
    } else {
      return fmt::format("{} without quotes in {}", std::same_as<T, double> ? "a number" : "an integer",
                         range());
    }
  }

  void describe(ParamInfo& info) const override {
    if constexpr (Quantity<T>) {
      info.kind = ParamKind::kQuantity;
      info.unit = quantity_name<T>();
      info.unit_names = quantity_units<T>("|");
    } else if constexpr (std::same_as<T, double>) {
      info.kind = ParamKind::kReal;
      info.unit = "real";
    } else {
      info.kind = ParamKind::kInteger;
      info.unit = "integer";
    }
    info.range_text = range();
    info.min_text = number_text(min_);
    info.max_text = number_text(max_);
  }

 private:
  std::string range() const { return fmt::format("{}..{}", number_text(min_), number_text(max_)); }

  T parse_value(std::string_view text) const {
    if constexpr (Quantity<T>) {
      return parse_quantity<T>(text);
    } else {
      T value{};
      const char* const end = text.data() + text.size();
      const auto [rest, error] = scan(text, value);
      if (error == std::errc::result_out_of_range) refuse_text(text, fmt::format("must lie in {}", range()));
      if (error != std::errc{} || rest != end) {
        refuse_text(text, fmt::format("is not {}; must lie in {}",
                                      std::same_as<T, double> ? "a number" : "an integer", range()));
      }
      return value;
    }
  }

  // What is not negative may be hexadecimal, with 0x in front.
  static std::from_chars_result scan(std::string_view text, T& value) {
    const char* const end = text.data() + text.size();
    if constexpr (std::unsigned_integral<T>) {
      if (text.starts_with("0x") && text.size() > 2) return std::from_chars(text.data() + 2, end, value, 16);
      T unused{};
      const bool below = text.starts_with("-") && std::from_chars(text.data() + 1, end, unused).ptr == end;
      if (below && text.size() > 1) return {end, std::errc::result_out_of_range};
    }
    return std::from_chars(text.data(), end, value);
  }

  T& field_;
  T min_;
  T max_;
};

class BoolField final : public ParamField {
 public:
  explicit BoolField(bool& field) : field_(field) {}
  std::string text() const override { return field_ ? "true" : "false"; }
  std::function<void()> parse(std::string_view text) const override {
    if (text != "true" && text != "false") refuse_text(text, "must be true or false");
    return [this, value = text == "true"] { field_ = value; };
  }
  bool accepts(JsonKind kind) const override { return kind == JsonKind::kBool; }
  std::string expected_json() const override { return "true or false without quotes"; }
  void describe(ParamInfo& info) const override {
    info.kind = ParamKind::kBool;
    info.unit = "bool";
    info.range_text = "true | false";
  }

 private:
  bool& field_;
};

class ChoiceField final : public ParamField {
 public:
  explicit ChoiceField(ParamChoice choice) : choice_(std::move(choice)) {}
  std::string text() const override {
    const size_t i = choice_.get();
    return i < choice_.names.size() ? choice_.names[i] : "?";
  }
  std::function<void()> parse(std::string_view text) const override {
    const auto& names = choice_.names;
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) refuse_text(text, "must be one of " + words());
    return [this, i = static_cast<size_t>(found - names.begin())] { choice_.set(i); };
  }
  // A number, because the words may be "1", "2", "4".
  bool accepts(JsonKind kind) const override {
    return kind == JsonKind::kString || kind == JsonKind::kNumber;
  }
  std::string expected_json() const override { return "one of " + words() + " in quotes"; }
  void describe(ParamInfo& info) const override {
    info.kind = ParamKind::kChoice;
    info.unit = "choice";
    info.range_text = words();
    info.choices = choice_.names;
  }

 private:
  std::string words() const { return fmt::format("{}", fmt::join(choice_.names, " | ")); }
  ParamChoice choice_;
};

class TextField final : public ParamField {
 public:
  explicit TextField(std::string& field) : field_(field) {}
  std::string text() const override { return field_; }
  std::function<void()> parse(std::string_view text) const override {
    std::string value(text);
    if (!is_utf8(value)) throw ConfigError("the value", "is not UTF-8 text");
    return [this, value = std::move(value)] { field_ = value; };
  }
  bool accepts(JsonKind kind) const override { return kind == JsonKind::kString; }
  std::string expected_json() const override { return "a text in quotes"; }
  void describe(ParamInfo& info) const override {
    info.kind = ParamKind::kText;
    info.unit = "text";
  }

 private:
  std::string& field_;
};

}  // namespace

template <ParamNumber T>
std::unique_ptr<ParamField> make_number_field(T& field, T min, T max) {
  return std::make_unique<NumberField<T>>(field, min, max);
}

template std::unique_ptr<ParamField> make_number_field(uint8_t&, uint8_t, uint8_t);
template std::unique_ptr<ParamField> make_number_field(uint16_t&, uint16_t, uint16_t);
template std::unique_ptr<ParamField> make_number_field(unsigned&, unsigned, unsigned);
template std::unique_ptr<ParamField> make_number_field(uint64_t&, uint64_t, uint64_t);
template std::unique_ptr<ParamField> make_number_field(int&, int, int);
template std::unique_ptr<ParamField> make_number_field(double&, double, double);
template std::unique_ptr<ParamField> make_number_field(Duration&, Duration, Duration);
template std::unique_ptr<ParamField> make_number_field(Bandwidth&, Bandwidth, Bandwidth);
template std::unique_ptr<ParamField> make_number_field(ByteSize&, ByteSize, ByteSize);
template std::unique_ptr<ParamField> make_number_field(Frequency&, Frequency, Frequency);

std::unique_ptr<ParamField> make_bool_field(bool& field) {
  return std::make_unique<BoolField>(field);
}
std::unique_ptr<ParamField> make_choice_field(ParamChoice choice) {
  return std::make_unique<ChoiceField>(std::move(choice));
}
std::unique_ptr<ParamField> make_text_field(std::string& field) {
  return std::make_unique<TextField>(field);
}

}  // namespace pspnic::base
