// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/capture_set.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "model/base/config_error.h"
#include "model/net/capture.h"
#include "model/net/ipv6.h"
#include "model/net/parse.h"
#include "model/psp/check.h"
#include "model/psp/key.h"

namespace pspnic::vectors {
namespace {

constexpr size_t kMacBytes = 12;

class ConfigLines {
 public:
  ConfigLines(std::string_view content, const std::string& path)
      : stream_(std::string(content)), path_(path) {}

  bool next() {
    ++number_;
    if (!std::getline(stream_, line_)) return false;
    while (!line_.empty() && (line_.back() == '\r' || line_.back() == ' ')) line_.pop_back();
    return !line_.empty();
  }
  void need(const char* what) {
    if (!next()) fail(std::string("must be ") + what);
  }
  [[noreturn]] void fail(const std::string& rule) const {
    throw base::ConfigError(path_ + ":" + std::to_string(number_), rule);
  }
  const std::string& line() const { return line_; }

  Bytes device_key() {
    need("a device key of 32 bytes");
    std::string digits = line_;
    std::erase(digits, ' ');
    const auto key = parse_hex(digits);
    if (!key || key->size() != psp::kDeviceKeyBytes) fail("must be a device key of 32 bytes");
    return *key;
  }
  unsigned number(unsigned most) {
    need("a number");
    unsigned value = 0;
    const auto [end, error] = std::from_chars(line_.data(), line_.data() + line_.size(), value);
    if (error != std::errc{} || end != line_.data() + line_.size() || value > most) {
      fail("must be a whole number, 0.." + std::to_string(most));
    }
    return value;
  }
  // The index of the word.
  size_t choice(const std::vector<std::string>& words, const char* what) {
    need(what);
    const auto found = std::find(words.begin(), words.end(), line_);
    if (found == words.end()) fail(std::string("must be ") + what);
    return static_cast<size_t>(found - words.begin());
  }

 private:
  std::istringstream stream_;
  std::string path_;
  std::string line_;
  size_t number_ = 0;
};

psp::Check check_of(const Bytes& frame) {
  return psp::check_packet(frame, net::parse_frame(frame));
}

// What the PSP packet would have been made of, as far as lengths and addresses say.
bool fits(const Bytes& clear, const Bytes& wire, const psp::Check& check) {
  const net::Parsed inner = net::parse_frame(clear);
  const net::Parsed outer = net::parse_frame(wire);
  if (!inner.is_ip() || !outer.is_ip()) return false;
  if (!std::equal(clear.begin(), clear.begin() + kMacBytes, wire.begin())) return false;
  const size_t inserted =
      check.psp_offset - outer.l3_offset + psp::header_bytes(check.header) + psp::kIcvBytes;
  if (psp::is_tunnel(check.header.next_header)) {
    const uint8_t family = inner.is_v6() ? net::kProtocolIpv6 : net::kProtocolIpv4;
    return family == check.header.next_header &&
           inner.ip_end - inner.l3_offset + inserted == check.icv_end - outer.l3_offset;
  }
  if (inner.is_v6() != outer.is_v6() || inner.ip_protocol != check.header.next_header) return false;
  return inner.ip_end - inner.l3_offset + inserted - outer.l3_header_bytes == check.icv_end - outer.l3_offset;
}

bool fits(const CaptureFile& clear, const CaptureFile& encrypted) {
  if (clear.psp || clear.frames.size() != encrypted.frames.size()) return false;
  for (size_t i = 0; i < clear.frames.size(); ++i) {
    if (!fits(clear.frames[i], encrypted.frames[i], check_of(encrypted.frames[i]))) return false;
  }
  return true;
}

bool fits(const GoogleConfig& config, const psp::Header& header) {
  const bool tunnel = psp::is_tunnel(header.next_header);
  unsigned offset = config.transport_offset;
  if (tunnel)
    offset = header.next_header == net::kProtocolIpv6 ? config.tunnel_v6_offset : config.tunnel_v4_offset;
  return header.spi == config.spi && header.version == config.version && tunnel == config.tunnel &&
         header.vc_present == config.cookie && header.crypt_offset == offset;
}

void add_captured(const CaptureFile& clear, const CaptureFile& encrypted, const GoogleConfig& config,
                  std::vector<Case>& cases) {
  for (size_t i = 0; i < encrypted.frames.size(); ++i) {
    const std::string id = "packet " + std::to_string(i + 1);
    Seal seal;
    seal.keys = config.keys;
    seal.tunnel = config.tunnel;
    seal.psp_offset = check_of(encrypted.frames[i]).psp_offset;
    seal.cleartext = clear.frames[i];
    seal.wire = encrypted.frames[i];
    Receive open;
    open.keys = config.keys;
    open.frame = seal.wire;
    open.cleartext = seal.cleartext;
    cases.push_back({id + ", seal", "seal", std::move(seal)});
    cases.push_back({id + ", open", "open", std::move(open)});
  }
}

size_t overhead(const GoogleConfig& config, const Bytes& clear) {
  const bool v6 = net::parse_frame(clear).is_v6();
  const size_t outer = v6 ? net::kIpv6HeaderBytes : net::kIpv4HeaderBytes;
  return psp::kTransportOverheadBytes + (config.cookie ? psp::kVcBytes : 0) + (config.tunnel ? outer : 0);
}

// An encrypted capture whose headers are damaged: frame by frame as much longer than a cleartext as a
// configuration says.
bool is_like_encrypted(const CaptureFile& capture, const std::vector<CaptureFile>& captures,
                       const std::vector<GoogleConfig>& configs) {
  const auto is_of = [&](const CaptureFile& clear, const GoogleConfig& config) {
    if (clear.psp || clear.frames.size() != capture.frames.size()) return false;
    for (size_t i = 0; i < clear.frames.size(); ++i) {
      if (capture.frames[i].size() != clear.frames[i].size() + overhead(config, clear.frames[i]))
        return false;
    }
    return true;
  };
  return std::any_of(captures.begin(), captures.end(), [&](const CaptureFile& clear) {
    return std::any_of(configs.begin(), configs.end(),
                       [&](const GoogleConfig& config) { return is_of(clear, config); });
  });
}

void find_strays(const std::vector<CaptureFile>& captures, const std::vector<GoogleConfig>& configs,
                 Matched& matched) {
  const auto any_encrypted = [&](const auto& is_it) {
    return std::any_of(captures.begin(), captures.end(),
                       [&](const CaptureFile& one) { return one.psp && is_it(one); });
  };
  for (const CaptureFile& capture : captures) {
    if (capture.psp) continue;
    if (any_encrypted([&](const CaptureFile& one) { return fits(capture, one); })) {
      matched.partners.insert(capture.path);
    } else if (capture.frames.empty()) {
      matched.strays.emplace(capture.path, "has no packet in it");
    } else if (is_like_encrypted(capture, captures, configs)) {
      matched.strays.emplace(capture.path,
                             "has frames as long as those of an encrypted capture, and no PSP packet");
    }
  }
  for (const GoogleConfig& config : configs) {
    const auto is_its = [&](const CaptureFile& one) {
      return fits(config, check_of(one.frames.front()).header);
    };
    if (any_encrypted(is_its)) {
      matched.partners.insert(config.path);
    } else {
      matched.strays.emplace(config.path, "is the configuration of no encrypted capture");
    }
  }
}

}  // namespace

std::optional<GoogleConfig> read_google_config(std::string_view content, const std::string& path) {
  ConfigLines lines(content, path);
  GoogleConfig config;
  config.path = path;
  for (Bytes& key : config.keys) key = lines.device_key();
  if (!lines.next()) return std::nullopt;
  const auto spi = parse_hex(lines.line());
  if (!spi || spi->size() != 4) lines.fail("must be an SPI of 8 hexadecimal digits");
  for (const uint8_t byte : *spi) config.spi = config.spi << 8 | byte;
  config.tunnel = lines.choice({"transport", "tunnel"}, "transport or tunnel") == 1;
  config.version =
      static_cast<uint8_t>(lines.choice({"aes-gcm-128", "aes-gcm-256"}, "aes-gcm-128 or aes-gcm-256"));
  config.transport_offset = lines.number(psp::kMaxCryptOffset);
  config.tunnel_v4_offset = lines.number(psp::kMaxCryptOffset);
  config.tunnel_v6_offset = lines.number(psp::kMaxCryptOffset);
  config.cookie = lines.choice({"no-vc", "vc"}, "vc or no-vc") == 1;
  return config;
}

CaptureFile read_capture(const std::string& path) {
  CaptureFile file{.path = path};
  net::CaptureReader reader(path);
  net::CaptureRecord record;
  while (reader.next(record)) {
    file.frames.emplace_back(record.bytes.begin(), record.bytes.end());
    file.psp = file.psp || check_of(file.frames.back()).psp_offset != 0;
  }
  if (reader.error()) {
    const net::CaptureError& error = *reader.error();
    const std::string place = error.packet == 0 ? path : path + ": packet " + std::to_string(error.packet);
    throw base::ConfigError(place, error.reason);
  }
  return file;
}

Matched match_captures(const std::vector<CaptureFile>& captures, const std::vector<GoogleConfig>& configs) {
  Matched matched;
  for (const CaptureFile& encrypted : captures) {
    if (!encrypted.psp) continue;
    Triple& triple = matched.triples.emplace_back();
    triple.encrypted = encrypted.path;
    const psp::Check first = check_of(encrypted.frames.front());
    const auto config = std::find_if(configs.begin(), configs.end(),
                                     [&](const GoogleConfig& one) { return fits(one, first.header); });
    const auto clear = std::find_if(captures.begin(), captures.end(),
                                    [&](const CaptureFile& one) { return fits(one, encrypted); });
    if (config != configs.end()) triple.config = config->path;
    if (clear != captures.end()) triple.cleartext = clear->path;
    if (config == configs.end()) {
      triple.failure =
          "no configuration has the SPI, version, mode, cookie and Crypt Offset of its first packet";
    } else if (clear == captures.end()) {
      triple.failure =
          "no cleartext capture has as many frames of fitting lengths, protocols and MAC addresses";
    } else {
      add_captured(*clear, encrypted, *config, triple.cases);
    }
  }
  find_strays(captures, configs, matched);
  return matched;
}

}  // namespace pspnic::vectors
