// SPDX-License-Identifier: Apache-2.0
// What a card is made of, from its parameters: each function's part, and what the firmware and the host are
// told of it.
#pragma once

#include <cstdint>
#include <vector>

#include "firmware/hardware.h"
#include "model/crypto/sa_table.h"
#include "model/net/ethernet.h"
#include "model/nic/nic_params.h"
#include "model/nic/share.h"
#include "model/pcie/config_space.h"

namespace pspnic::nic {

// The physical function first, with what it has without virtual ones; they come behind it. `first_vector` of
// virtual functions follows from their order.
std::vector<Share> shares_of(const NicParams& params);

// Sums over all functions.
uint16_t queues_of(const std::vector<Share>& shares);
uint16_t vports_of(const std::vector<Share>& shares);

// Of each function, the physical one's first. One range of the whole table if there is no virtual function.
std::vector<crypto::SaRange> sa_ranges_of(const DeviceParams& params);

// `mac` and `spi_first`: of the card.
firmware::Limits limits_of(const NicParams& params, const Share& share, const net::MacAddress& mac,
                           uint32_t spi_first);

pcie::ConfigSpace::Identity pci_identity(const NicParams& params, const Share& share);

// Number of the key domain that the function belongs to, from 0.
uint16_t key_domain_of(const DeviceParams& params, uint16_t function);
uint16_t key_domains(const DeviceParams& params);
uint16_t members_of(const DeviceParams& params, uint16_t key_domain);

}  // namespace pspnic::nic
