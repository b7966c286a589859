// SPDX-License-Identifier: Apache-2.0
// Images of descriptors against the structures of model/idpf, both ways.
#pragma once

#include <string>
#include <vector>

#include "testbench/vectors/case.h"

namespace pspnic::vectors {

// Of all kinds of descriptors that there are images of.
std::vector<std::string> descriptor_kinds();

// What encode() makes of the fields is the image, and decode() finds the fields in it. Empty, or what
// differed.
std::string check_descriptor(const DescriptorImage& descriptor);

}  // namespace pspnic::vectors
