// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/recognise.h"

#include <array>
#include <cctype>
#include <set>
#include <string>

#include "testbench/vectors/rsp.h"

namespace pspnic::vectors {
namespace {

constexpr size_t kHead = 4096;  // where a text file has shown what it is

bool has(std::string_view text, std::string_view mark) {
  return text.find(mark) != std::string_view::npos;
}

bool is_capture(std::string_view content) {
  static constexpr std::array<std::string_view, 5> kMagic = {{{"\xd4\xc3\xb2\xa1", 4},
                                                              {"\xa1\xb2\xc3\xd4", 4},
                                                              {"\x4d\x3c\xb2\xa1", 4},
                                                              {"\xa1\xb2\x3c\x4d", 4},
                                                              {"\x0a\x0d\x0d\x0a", 4}}};
  for (const std::string_view magic : kMagic) {
    if (content.starts_with(magic)) return true;
  }
  return false;
}

Format recognise_json(std::string_view text) {
  struct Mark {
    std::string_view text;
    std::string_view as_well;
    Format format;
  };
  // What comes first decides: a later one's marks may stand in an earlier one's files.
  static constexpr std::array<Mark, 13> kMarks = {{
      {"\"pspnic-kdf-", "", Format::kOwnKdf},
      {"\"pspnic-packets-", "", Format::kOwnPackets},
      {"\"pspnic-receiver-", "", Format::kOwnReceiver},
      {"\"pspnic-segments-", "", Format::kOwnSegments},
      {"\"pspnic-merges-", "", Format::kOwnMerges},
      {"\"pspnic-descriptors-", "", Format::kOwnDescriptors},
      {"\"pspnic-mailbox-", "", Format::kOwnMailbox},
      {"\"pspnic-", "\"format\"", Format::kOwnOther},
      {"\"psp_segments\"", "\"cleartext_segments\"", Format::kGoogleSegments},
      {"\"encrypted_frame\"", "\"cleartext_frame\"", Format::kGooglePackets},
      {"\"expect\"", "\"master_key0\"", Format::kGoogleReceiver},
      {"\"derived_key\"", "\"input_blocks\"", Format::kGoogleKdf},
      {"\"testGroups\"", "\"algorithm\"", Format::kWycheproof},
  }};
  for (const Mark& mark : kMarks) {
    if (has(text, mark.text) && has(text, mark.as_well)) return mark.format;
  }
  return Format::kUnknown;
}

// Two lines of 32 bytes with blanks between them, then an SPI and a mode, or nothing.
bool is_google_config(std::string_view head) {
  for (int key = 0; key < 2; ++key) {
    const std::string_view line = head.substr(0, head.find('\n'));
    if (line.size() < 95 || line.size() > 97) return false;
    for (size_t i = 0; i < 95; ++i) {
      const bool blank = i % 3 == 2;
      if (blank != (line[i] == ' ')) return false;
      if (!blank && std::isxdigit(static_cast<unsigned char>(line[i])) == 0) return false;
    }
    head.remove_prefix(std::min(line.size() + 1, head.size()));
  }
  return true;
}

// ECB's fields are those of every block cipher: the comments above the first case tell.
bool names_aes(std::string_view content) {
  while (!content.empty() && (content[0] == '#' || content[0] == '\r' || content[0] == '\n')) {
    const std::string_view line = content.substr(0, content.find('\n'));
    if (line.find("AES") != std::string_view::npos) return true;
    content.remove_prefix(std::min(line.size() + 1, content.size()));
  }
  return false;
}

// By the names of a case's fields.
Format format_of(const RspCase& one, bool aes) {
  static const std::set<std::string> kEcb = {"COUNT", "KEY", "PLAINTEXT", "CIPHERTEXT"};
  static const std::set<std::string> kCmac = {"COUNT", "KEY", "MESSAGE", "OUTPUT"};
  std::set<std::string> names;
  for (const auto& [name, value] : one.fields) names.insert(name);
  if (names == kEcb && aes && (one.section.contains("ENCRYPT") || one.section.contains("DECRYPT"))) {
    return Format::kNistEcb;
  }
  if (one.section.contains("Taglen") && names.contains("AAD") && names.contains("IV"))
    return Format::kNistGcm;
  if (names == kCmac) return Format::kNistCmac;
  const bool cmac = names.contains("Klen") && names.contains("Tlen") && names.contains("Msg") &&
                    names.contains("Mac") && names.contains("Key");
  return cmac ? Format::kNistCmac : Format::kUnknown;
}

// The first case may be the damaged one: the first that is of a format tells.
Format recognise_rsp(std::string_view content) {
  const bool aes = names_aes(content);
  Format format = Format::kUnknown;
  any_rsp_case(content, [&](const RspCase& one) {
    format = format_of(one, aes);
    return format != Format::kUnknown;
  });
  return format;
}

}  // namespace

const char* name_of(Format format) {
  switch (format) {
    case Format::kOwnKdf:
      return "pspnic session keys";
    case Format::kOwnPackets:
      return "pspnic packets";
    case Format::kOwnReceiver:
      return "pspnic receiver cases";
    case Format::kOwnSegments:
      return "pspnic segments";
    case Format::kOwnMerges:
      return "pspnic merged packets";
    case Format::kOwnDescriptors:
      return "pspnic descriptors";
    case Format::kOwnMailbox:
      return "pspnic mailbox transcripts";
    case Format::kOwnOther:
      return "pspnic, of an unknown format";
    case Format::kGoogleKdf:
      return "google-psp session keys";
    case Format::kGooglePackets:
      return "google-psp packets";
    case Format::kGoogleReceiver:
      return "google-psp receiver cases";
    case Format::kGoogleSegments:
      return "google-psp segments";
    case Format::kGoogleConfig:
      return "google-psp configuration";
    case Format::kCapture:
      return "packet capture";
    case Format::kNistEcb:
      return "NIST CAVP, AES-ECB";
    case Format::kNistGcm:
      return "NIST CAVP, AES-GCM";
    case Format::kNistCmac:
      return "NIST, AES-CMAC";
    case Format::kWycheproof:
      return "Wycheproof";
    case Format::kUnknown:
      break;
  }
  return "no vectors";
}

Format recognise(std::string_view content) {
  if (is_capture(content)) return Format::kCapture;
  const std::string_view head = content.substr(0, kHead);
  if (has(head, std::string_view("\0", 1))) return Format::kUnknown;
  const size_t begin = head.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return Format::kUnknown;
  if (head[begin] == '{') return recognise_json(content);
  if (is_google_config(head)) return Format::kGoogleConfig;
  return recognise_rsp(content);
}

}  // namespace pspnic::vectors
