// SPDX-License-Identifier: Apache-2.0
// Files of test vectors as cases. A file that is damaged, or says what its format does not allow, is a
// base::ConfigError with file and place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "testbench/vectors/case.h"
#include "testbench/vectors/recognise.h"

namespace pspnic::vectors {

// `origin` is for errors. Not for captures and configurations, which make cases only together
// (capture_set.h), nor for kUnknown: these give none.
std::vector<Case> read_cases(Format format, std::string_view content, const std::string& origin);

// One a format family.
std::vector<Case> read_own_kdf(std::string_view content, const std::string& origin);
std::vector<Case> read_own_packets(std::string_view content, const std::string& origin);
std::vector<Case> read_own_receiver(std::string_view content, const std::string& origin);
std::vector<Case> read_own_segments(std::string_view content, const std::string& origin);
std::vector<Case> read_own_merges(std::string_view content, const std::string& origin);
std::vector<Case> read_own_descriptors(std::string_view content, const std::string& origin);
std::vector<Case> read_own_mailbox(std::string_view content, const std::string& origin);
// Always a base::ConfigError: which formats there are.
std::vector<Case> read_own_other(std::string_view content, const std::string& origin);
std::vector<Case> read_google_kdf(std::string_view content, const std::string& origin);
std::vector<Case> read_google_packets(std::string_view content, const std::string& origin);
std::vector<Case> read_google_receiver(std::string_view content, const std::string& origin);
std::vector<Case> read_google_segments(std::string_view content, const std::string& origin);
std::vector<Case> read_nist_ecb(std::string_view content, const std::string& origin);
std::vector<Case> read_nist_gcm(std::string_view content, const std::string& origin);
std::vector<Case> read_nist_cmac(std::string_view content, const std::string& origin);
// Algorithms AES-GCM, AES-GMAC and AES-CMAC; none of any other.
std::vector<Case> read_wycheproof(std::string_view content, const std::string& origin);

}  // namespace pspnic::vectors
