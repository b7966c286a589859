// SPDX-License-Identifier: Apache-2.0
#include "model/record/header.h"

#include <elf.h>
#include <link.h>

#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace pspnic::record {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kWarning =
    "This recording holds the keys that the driver installed and the payload of packets. The device's own "
    "keys never leave it; the seed tells them to whoever has the model.";

// Where an object of the process lies, and its build id once it is found.
struct Search {
  uintptr_t inside = 0;
  std::string found = "none";
};

std::string hexadecimal(const uint8_t* bytes, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text += "0123456789abcdef"[bytes[i] >> 4];
    text += "0123456789abcdef"[bytes[i] & 15];
  }
  return text;
}

bool holds(const dl_phdr_info& object, uintptr_t address) {
  for (unsigned i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object.dlpi_phdr[i];
    const uintptr_t begin = object.dlpi_addr + part.p_vaddr;
    if (part.p_type == PT_LOAD && address >= begin && address - begin < part.p_memsz) return true;
  }
  return false;
}

int look_at(dl_phdr_info* object, size_t, void* context) {
  auto& search = *static_cast<Search*>(context);
  if (!holds(*object, search.inside)) return 0;
  constexpr auto kAligned = [](size_t size) { return (size + 3) & ~size_t{3}; };
  for (unsigned i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object->dlpi_phdr[i];
    if (part.p_type != PT_NOTE) continue;
    const auto* bytes = reinterpret_cast<const uint8_t*>(object->dlpi_addr + part.p_vaddr);
    for (size_t at = 0; at + sizeof(ElfW(Nhdr)) <= part.p_memsz;) {
      ElfW(Nhdr) note;
      std::memcpy(&note, bytes + at, sizeof note);
      const size_t text = at + sizeof note + kAligned(note.n_namesz);
      if (note.n_type == NT_GNU_BUILD_ID) search.found = hexadecimal(bytes + text, note.n_descsz);
      at = text + kAligned(note.n_descsz);
    }
  }
  return 1;
}

// Numbers of other sizes and signs are refused: json's own conversion cuts them.
template <class T>
void get_number(const Json& json, const char* name, T& number) {
  const Json& value = json.at(name);
  const auto* const stored = value.get_ptr<const Json::number_unsigned_t*>();
  if (stored == nullptr || *stored > std::numeric_limits<T>::max()) {
    throw std::runtime_error(std::string(name) + ": " + value.dump() + ", must be a number from 0 to " +
                             std::to_string(std::numeric_limits<T>::max()));
  }
  number = static_cast<T>(*stored);
}

}  // namespace

std::string build_id() {
  Search search;
  search.inside = reinterpret_cast<uintptr_t>(&look_at);
  dl_iterate_phdr(look_at, &search);
  return search.found;
}

Header header_of(std::string source, const base::ParamTree& parameters, std::span<const uint8_t, 6> mac) {
  Header header;
  header.source = std::move(source);
  header.build = build_id();
  header.parameters = parameters.to_json();
  header.changed.emplace();
  for (const base::ParamInfo& info : parameters.list()) {
    if (info.scope == base::ParamScope::kDesign && info.changed()) header.changed->push_back(info.name);
  }
  for (size_t i = 0; i < mac.size(); ++i) {
    header.mac += (i == 0 ? "" : ":") + hexadecimal(&mac[i], 1);
  }
  return header;
}

std::string to_json(const Header& header) {
  Json json{{"warning", kWarning},
            {"source", header.source},
            {"build", header.build},
            {"mac", header.mac},
            {"seed", header.seed},
            {"stream", header.stream},
            {"spi_first", header.spi_first},
            {"interrupt_base", header.interrupt_base},
            {"interrupt_bytes", header.interrupt_bytes},
            {"parameters", Json::parse(header.parameters)}};
  if (header.changed) json["changed"] = *header.changed;
  return json.dump(1);
}

Header from_json(const std::string& text, const std::string& origin) {
  try {
    const Json json = Json::parse(text);
    Header header;
    json.at("source").get_to(header.source);
    json.at("build").get_to(header.build);
    json.at("mac").get_to(header.mac);
    get_number(json, "seed", header.seed);
    get_number(json, "stream", header.stream);
    get_number(json, "spi_first", header.spi_first);
    get_number(json, "interrupt_base", header.interrupt_base);
    get_number(json, "interrupt_bytes", header.interrupt_bytes);
    header.parameters = json.at("parameters").dump();
    if (json.contains("changed")) header.changed = json["changed"].get<std::vector<std::string>>();
    return header;
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(origin + ": header: not as docs/recording.md has it: " + error.what());
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(origin + ": header: " + error.what());
  }
}

}  // namespace pspnic::record
