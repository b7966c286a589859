// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/readers.h"

namespace pspnic::vectors {

std::vector<Case> read_cases(Format format, std::string_view content, const std::string& origin) {
  switch (format) {
    case Format::kOwnKdf:
      return read_own_kdf(content, origin);
    case Format::kOwnPackets:
      return read_own_packets(content, origin);
    case Format::kOwnReceiver:
      return read_own_receiver(content, origin);
    case Format::kOwnSegments:
      return read_own_segments(content, origin);
    case Format::kOwnMerges:
      return read_own_merges(content, origin);
    case Format::kOwnDescriptors:
      return read_own_descriptors(content, origin);
    case Format::kOwnMailbox:
      return read_own_mailbox(content, origin);
    case Format::kOwnOther:
      return read_own_other(content, origin);
    case Format::kGoogleKdf:
      return read_google_kdf(content, origin);
    case Format::kGooglePackets:
      return read_google_packets(content, origin);
    case Format::kGoogleReceiver:
      return read_google_receiver(content, origin);
    case Format::kGoogleSegments:
      return read_google_segments(content, origin);
    case Format::kNistEcb:
      return read_nist_ecb(content, origin);
    case Format::kNistGcm:
      return read_nist_gcm(content, origin);
    case Format::kNistCmac:
      return read_nist_cmac(content, origin);
    case Format::kWycheproof:
      return read_wycheproof(content, origin);
    case Format::kUnknown:
    case Format::kCapture:
    case Format::kGoogleConfig:
      break;
  }
  return {};
}

}  // namespace pspnic::vectors
