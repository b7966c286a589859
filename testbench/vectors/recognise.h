// SPDX-License-Identifier: Apache-2.0
// What a file of test vectors is, by its content: its name says nothing. docs/vectors.md has the marks.
#pragma once

#include <string_view>

namespace pspnic::vectors {

enum class Format {
  kUnknown,
  kOwnKdf,       // vectors/README.md
  kOwnPackets,   //
  kOwnReceiver,  //
  kOwnSegments,  //
  kOwnMerges,
  kOwnDescriptors,
  kOwnMailbox,
  kOwnOther,  // says that it is ours, and is none of these: misspelt, or of a later version of the program
  kGoogleKdf,
  kGooglePackets,
  kGoogleReceiver,
  kGoogleSegments,
  kGoogleConfig,  // psp_encrypt's *.cfg
  kCapture,       // pcap or pcapng
  kNistEcb,
  kNistGcm,
  kNistCmac,
  kWycheproof,
};

// For people: "NIST CAVP, AES-GCM".
const char* name_of(Format format);

// Looks for marks only: a damaged file is still what it was, and its reader says what is wrong.
Format recognise(std::string_view content);

}  // namespace pspnic::vectors
