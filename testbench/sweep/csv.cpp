// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "model/base/config_error.h"
#include "testbench/sweep/points.h"

namespace pspnic::sweep {

namespace {

// One pass over the text.
class CsvReader {
 public:
  CsvReader(std::string_view text, const std::string& origin) : text_(text), origin_(origin) {}

  std::vector<CsvRow> read() {
    while (at_ < text_.size()) read_row();
    return std::move(rows_);
  }

 private:
  [[noreturn]] void refuse(size_t line, const char* rule) const {
    throw base::ConfigError(fmt::format("{}:{}", origin_, line), rule);
  }

  void read_row() {
    CsvRow row{line_, {}};
    while (true) {
      row.fields.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted() : bare());
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        continue;
      }
      break;
    }
    if (at_ < text_.size()) ++at_;  // the line end
    ++line_;
    if (row.fields.size() > 1 || !row.fields.front().empty()) rows_.push_back(std::move(row));
  }

  std::string bare() {
    const size_t end = std::min(text_.find_first_of(",\n", at_), text_.size());
    std::string field(text_.substr(at_, end - at_));
    if (field.ends_with('\r') && (end == text_.size() || text_[end] == '\n')) field.pop_back();
    if (field.find('"') != std::string::npos) refuse(line_, "has a quote inside a value that is not quoted");
    at_ = end;
    return field;
  }

  std::string quoted() {
    const size_t begins = line_;
    std::string field;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] == '"' && text_.substr(at_ + 1, 1) != "\"") {
        ++at_;
        if (text_.substr(at_, 2) == "\r\n") ++at_;
        if (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n') {
          refuse(line_, "has text behind a closing quote");
        }
        return field;
      }
      if (text_[at_] == '"') ++at_;
      field += text_[at_];
    }
    refuse(begins, "has a quote that is not closed");
  }

  std::string_view text_;
  const std::string& origin_;
  size_t at_ = 0;
  size_t line_ = 1;
  std::vector<CsvRow> rows_;
};

}  // namespace

std::vector<CsvRow> read_csv(std::string_view text, const std::string& origin) {
  return CsvReader(text, origin).read();
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string field = "\"";
  for (const char c : text) field += c == '"' ? std::string("\"\"") : std::string(1, c);
  return field + '"';
}

}  // namespace pspnic::sweep
