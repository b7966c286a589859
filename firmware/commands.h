// SPDX-License-Identifier: Apache-2.0
// The handler of every opcode, by file.
#pragma once

#include "firmware/command.h"

namespace pspnic::firmware {

// capability_commands.cpp
idpf::Status version(Command& command);
idpf::Status get_caps(Command& command);
idpf::Status get_oem_caps(Command& command);
idpf::Status get_ptype_info(Command& command);

// card_commands.cpp
idpf::Status set_sriov_vfs(Command& command);
idpf::Status get_port_stats(Command& command);
idpf::Status get_lan_memory_regions(Command& command);
idpf::Status ptp_get_caps(Command& command);
idpf::Status ptp_get_dev_clk_time(Command& command);

// vport_commands.cpp
idpf::Status create_vport(Command& command);
idpf::Status destroy_vport(Command& command);
idpf::Status enable_vport(Command& command);
idpf::Status disable_vport(Command& command);

// vport_mode_commands.cpp
idpf::Status add_mac_addr(Command& command);
idpf::Status del_mac_addr(Command& command);
idpf::Status config_promiscuous_mode(Command& command);
idpf::Status loopback(Command& command);
idpf::Status get_stats(Command& command);

// rss_commands.cpp
idpf::Status get_rss_key(Command& command);
idpf::Status set_rss_key(Command& command);
idpf::Status get_rss_lut(Command& command);
idpf::Status set_rss_lut(Command& command);
idpf::Status get_rss_hash(Command& command);
idpf::Status set_rss_hash(Command& command);

// queue_config_commands.cpp
idpf::Status config_tx_queues(Command& command);
idpf::Status config_rx_queues(Command& command);

// queue_commands.cpp
idpf::Status enable_queues(Command& command);
idpf::Status disable_queues(Command& command);
idpf::Status add_queues(Command& command);
idpf::Status del_queues(Command& command);

// config_queue_commands.cpp: the same where no vport is named
idpf::Status add_config_queues(Command& command);
idpf::Status config_config_tx_queues(Command& command);
idpf::Status config_config_rx_queues(Command& command);

// vector_commands.cpp
idpf::Status alloc_vectors(Command& command);
idpf::Status dealloc_vectors(Command& command);
idpf::Status map_queue_vector(Command& command);
idpf::Status unmap_queue_vector(Command& command);

// psp_commands.cpp
idpf::Status psp_get_caps(Command& command);
idpf::Status psp_set_config(Command& command);
idpf::Status psp_rotate_key(Command& command);
idpf::Status psp_get_stats(Command& command);

// psp_sa_commands.cpp
idpf::Status psp_alloc_rx_sa(Command& command);
idpf::Status psp_free_rx_sa(Command& command);
idpf::Status psp_add_tx_sa(Command& command);
idpf::Status psp_del_tx_sa(Command& command);

// psp_flow_commands.cpp
idpf::Status psp_set_tx_encap(Command& command);
idpf::Status psp_add_flow(Command& command);
idpf::Status psp_del_flow(Command& command);
idpf::Status psp_get_flow_stats(Command& command);

}  // namespace pspnic::firmware
