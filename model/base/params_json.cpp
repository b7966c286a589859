// SPDX-License-Identifier: Apache-2.0
// Parameters as JSON: the resolved configuration, and the schema of a configuration file.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "model/base/params.h"

namespace pspnic::base {

namespace {

using Json = nlohmann::ordered_json;

Json value_of(ParamKind kind, const std::string& text) {
  switch (kind) {
    case ParamKind::kInteger:
    case ParamKind::kReal:
    case ParamKind::kBool:
      return Json::parse(text);  // how these print is how JSON spells them
    case ParamKind::kQuantity:
    case ParamKind::kChoice:
    case ParamKind::kText:
      return text;
  }
  return nullptr;
}

Json schema_of(const ParamInfo& info) {
  Json schema = Json::object();
  switch (info.kind) {
    case ParamKind::kInteger:
    case ParamKind::kReal:
      schema["type"] = info.kind == ParamKind::kInteger ? "integer" : "number";
      schema["minimum"] = value_of(info.kind, info.min_text);
      schema["maximum"] = value_of(info.kind, info.max_text);
      break;
    case ParamKind::kQuantity:
      schema["type"] = "string";
      schema["pattern"] = fmt::format("^[0-9]+(\\.[0-9]+)? ?({})$", info.unit_names);
      break;
    case ParamKind::kBool:
      schema["type"] = "boolean";
      break;
    case ParamKind::kChoice:
      schema["enum"] = info.choices;
      break;
    case ParamKind::kText:
      schema["type"] = "string";
      break;
  }
  schema["default"] = value_of(info.kind, info.default_text);
  // A schema has no range for a quantity, so it is said in words.
  const std::string range = info.kind == ParamKind::kQuantity ? fmt::format(" ({})", info.range_text) : "";
  schema["description"] = fmt::format("{}{} [{}]", info.meaning, range, info.source);
  return schema;
}

// Walks the dotted name from `top`; `inside` gives the child of an object that a component names.
template <class Inside>
void put(Json& top, const std::string& name, Json value, Inside inside) {
  Json* at = &top;
  size_t begin = 0;
  for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', begin)) {
    at = &inside(*at, name.substr(begin, dot - begin));
    begin = dot + 1;
  }
  inside(*at, name.substr(begin)) = std::move(value);
}

void make_object_schema(Json& schema) {
  schema["type"] = "object";
  schema["additionalProperties"] = false;
  schema["properties"] = Json::object();
}

}  // namespace

std::string ParamTree::to_json(ParamScope scope) const {
  Json top = Json::object();
  for (const ParamInfo& info : list()) {
    if (info.scope != scope) continue;
    put(top, info.name, value_of(info.kind, info.value_text),
        [](Json& object, const std::string& component) -> Json& { return object[component]; });
  }
  return top.dump(2) + "\n";
}

std::string params_json_schema(const ParamTree& tree) {
  Json top = Json::object();
  top["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  top["title"] = "Parameters of the model";
  make_object_schema(top);
  for (const ParamInfo& info : tree.list()) {
    put(top, info.name, schema_of(info), [](Json& schema, const std::string& component) -> Json& {
      if (!schema.contains("properties")) make_object_schema(schema);
      return schema["properties"][component];
    });
  }
  return top.dump(2) + "\n";
}

}  // namespace pspnic::base
