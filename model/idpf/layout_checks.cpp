// SPDX-License-Identifier: Apache-2.0
// Byte offsets of every message field as the protocol defines them: the library does not compile with one
// wrong.
#include <cstddef>

#include "model/idpf/psp_ext.h"
#include "model/idpf/virtchnl2.h"

namespace pspnic::idpf {
namespace {

static_assert(offsetof(VersionInfo, major) == 0);
static_assert(offsetof(VersionInfo, minor) == 4);

static_assert(offsetof(GetCapabilities, csum_caps) == 0);
static_assert(offsetof(GetCapabilities, seg_caps) == 4);
static_assert(offsetof(GetCapabilities, hsplit_caps) == 8);
static_assert(offsetof(GetCapabilities, rsc_caps) == 12);
static_assert(offsetof(GetCapabilities, rss_caps) == 16);
static_assert(offsetof(GetCapabilities, other_caps) == 24);
static_assert(offsetof(GetCapabilities, mailbox_dyn_ctl) == 32);
static_assert(offsetof(GetCapabilities, mailbox_vector_id) == 36);
static_assert(offsetof(GetCapabilities, num_allocated_vectors) == 38);
static_assert(offsetof(GetCapabilities, max_rx_q) == 40);
static_assert(offsetof(GetCapabilities, max_tx_q) == 42);
static_assert(offsetof(GetCapabilities, max_rx_bufq) == 44);
static_assert(offsetof(GetCapabilities, max_tx_complq) == 46);
static_assert(offsetof(GetCapabilities, max_sriov_vfs) == 48);
static_assert(offsetof(GetCapabilities, max_vports) == 50);
static_assert(offsetof(GetCapabilities, default_num_vports) == 52);
static_assert(offsetof(GetCapabilities, max_tx_hdr_size) == 54);
static_assert(offsetof(GetCapabilities, max_sg_bufs_per_tx_pkt) == 56);
static_assert(offsetof(GetCapabilities, reserved) == 57);
static_assert(offsetof(GetCapabilities, max_adis) == 58);
static_assert(offsetof(GetCapabilities, oem_cp_ver_major) == 60);
static_assert(offsetof(GetCapabilities, oem_cp_ver_minor) == 62);
static_assert(offsetof(GetCapabilities, device_type) == 64);
static_assert(offsetof(GetCapabilities, min_sso_packet_len) == 68);
static_assert(offsetof(GetCapabilities, max_hdr_buf_per_lso) == 69);
static_assert(offsetof(GetCapabilities, num_rdma_allocated_vectors) == 70);
static_assert(offsetof(GetCapabilities, tx_cmpl_tstamp_ns_s) == 72);

static_assert(offsetof(EdtCaps, tstamp_granularity_ns) == 0);
static_assert(offsetof(EdtCaps, time_horizon_ns) == 8);

static_assert(offsetof(QueueRegChunk, type) == 0);
static_assert(offsetof(QueueRegChunk, start_queue_id) == 4);
static_assert(offsetof(QueueRegChunk, num_queues) == 8);
static_assert(offsetof(QueueRegChunk, qtail_reg_start) == 16);
static_assert(offsetof(QueueRegChunk, qtail_reg_spacing) == 24);

static_assert(offsetof(CreateVport, vport_type) == 0);
static_assert(offsetof(CreateVport, txq_model) == 2);
static_assert(offsetof(CreateVport, rxq_model) == 4);
static_assert(offsetof(CreateVport, num_tx_q) == 6);
static_assert(offsetof(CreateVport, num_tx_complq) == 8);
static_assert(offsetof(CreateVport, num_rx_q) == 10);
static_assert(offsetof(CreateVport, num_rx_bufq) == 12);
static_assert(offsetof(CreateVport, default_rx_q) == 14);
static_assert(offsetof(CreateVport, vport_index) == 16);
static_assert(offsetof(CreateVport, max_mtu) == 18);
static_assert(offsetof(CreateVport, vport_id) == 20);
static_assert(offsetof(CreateVport, default_mac_addr) == 24);
static_assert(offsetof(CreateVport, vport_flags) == 30);
static_assert(offsetof(CreateVport, rx_desc_ids) == 32);
static_assert(offsetof(CreateVport, tx_desc_ids) == 40);
static_assert(offsetof(CreateVport, reserved) == 48);
static_assert(offsetof(CreateVport, inline_flow_caps) == 96);
static_assert(offsetof(CreateVport, sideband_flow_caps) == 104);
static_assert(offsetof(CreateVport, sideband_flow_actions) == 112);
static_assert(offsetof(CreateVport, flow_steer_max_rules) == 116);
static_assert(offsetof(CreateVport, rss_algorithm) == 120);
static_assert(offsetof(CreateVport, rss_key_size) == 124);
static_assert(offsetof(CreateVport, rss_lut_size) == 126);
static_assert(offsetof(CreateVport, rx_split_pos) == 128);
static_assert(offsetof(CreateVport, num_chunks) == 152);

static_assert(offsetof(VportMessage, vport_id) == 0);

static_assert(offsetof(TxqInfo, dma_ring_addr) == 0);
static_assert(offsetof(TxqInfo, type) == 8);
static_assert(offsetof(TxqInfo, queue_id) == 12);
static_assert(offsetof(TxqInfo, relative_queue_id) == 16);
static_assert(offsetof(TxqInfo, model) == 18);
static_assert(offsetof(TxqInfo, sched_mode) == 20);
static_assert(offsetof(TxqInfo, qflags) == 22);
static_assert(offsetof(TxqInfo, ring_len) == 24);
static_assert(offsetof(TxqInfo, tx_compl_queue_id) == 26);
static_assert(offsetof(TxqInfo, peer_type) == 28);
static_assert(offsetof(TxqInfo, peer_rx_queue_id) == 30);
static_assert(offsetof(TxqInfo, large_ring_len) == 32);
static_assert(offsetof(TxqInfo, egress_pasid) == 36);
static_assert(offsetof(TxqInfo, egress_hdr_pasid) == 40);
static_assert(offsetof(TxqInfo, egress_buf_pasid) == 44);

static_assert(offsetof(ConfigTxQueues, vport_id) == 0);
static_assert(offsetof(ConfigTxQueues, num_qinfo) == 4);

static_assert(offsetof(RxqInfo, desc_ids) == 0);
static_assert(offsetof(RxqInfo, dma_ring_addr) == 8);
static_assert(offsetof(RxqInfo, type) == 16);
static_assert(offsetof(RxqInfo, queue_id) == 20);
static_assert(offsetof(RxqInfo, model) == 24);
static_assert(offsetof(RxqInfo, hdr_buffer_size) == 26);
static_assert(offsetof(RxqInfo, data_buffer_size) == 28);
static_assert(offsetof(RxqInfo, max_pkt_size) == 32);
static_assert(offsetof(RxqInfo, ring_len) == 36);
static_assert(offsetof(RxqInfo, buffer_notif_stride) == 38);
static_assert(offsetof(RxqInfo, dma_head_wb_addr) == 40);
static_assert(offsetof(RxqInfo, qflags) == 48);
static_assert(offsetof(RxqInfo, rx_buffer_low_watermark) == 50);
static_assert(offsetof(RxqInfo, rx_bufq1_id) == 52);
static_assert(offsetof(RxqInfo, rx_bufq2_id) == 54);
static_assert(offsetof(RxqInfo, bufq2_ena) == 56);
static_assert(offsetof(RxqInfo, ingress_pasid) == 60);
static_assert(offsetof(RxqInfo, ingress_hdr_pasid) == 64);
static_assert(offsetof(RxqInfo, ingress_buf_pasid) == 68);

static_assert(offsetof(ConfigRxQueues, vport_id) == 0);
static_assert(offsetof(ConfigRxQueues, num_qinfo) == 4);

static_assert(offsetof(QueueChunk, type) == 0);
static_assert(offsetof(QueueChunk, start_queue_id) == 4);
static_assert(offsetof(QueueChunk, num_queues) == 8);

static_assert(offsetof(DelEnaDisQueues, vport_id) == 0);
static_assert(offsetof(DelEnaDisQueues, num_chunks) == 8);

static_assert(offsetof(QueueVector, queue_id) == 0);
static_assert(offsetof(QueueVector, vector_id) == 4);
static_assert(offsetof(QueueVector, itr_idx) == 8);
static_assert(offsetof(QueueVector, queue_type) == 12);

static_assert(offsetof(QueueVectorMaps, vport_id) == 0);
static_assert(offsetof(QueueVectorMaps, num_qv_maps) == 4);

static_assert(offsetof(AddQueues, vport_id) == 0);
static_assert(offsetof(AddQueues, num_tx_q) == 4);
static_assert(offsetof(AddQueues, num_tx_complq) == 6);
static_assert(offsetof(AddQueues, num_rx_q) == 8);
static_assert(offsetof(AddQueues, num_rx_bufq) == 10);
static_assert(offsetof(AddQueues, mbx_q_index) == 12);
static_assert(offsetof(AddQueues, num_chunks) == 16);

static_assert(offsetof(AllocVectors, num_vectors) == 0);
static_assert(offsetof(AllocVectors, num_vchunks) == 16);

static_assert(offsetof(VectorChunks, num_vchunks) == 0);

static_assert(offsetof(VectorChunk, start_vector_id) == 0);
static_assert(offsetof(VectorChunk, start_evv_id) == 2);
static_assert(offsetof(VectorChunk, num_vectors) == 4);
static_assert(offsetof(VectorChunk, dynctl_reg_start) == 8);
static_assert(offsetof(VectorChunk, dynctl_reg_spacing) == 12);
static_assert(offsetof(VectorChunk, itrn_reg_start) == 16);
static_assert(offsetof(VectorChunk, itrn_reg_spacing) == 20);
static_assert(offsetof(VectorChunk, itrn_index_spacing) == 24);

static_assert(offsetof(RssLut, vport_id) == 0);
static_assert(offsetof(RssLut, lut_entries_start) == 4);
static_assert(offsetof(RssLut, lut_entries) == 6);
static_assert(offsetof(RssLut, reserved) == 8);

static_assert(offsetof(RssHash, ptype_groups) == 0);
static_assert(offsetof(RssHash, vport_id) == 8);

static_assert(offsetof(MacAddr, addr) == 0);
static_assert(offsetof(MacAddr, type) == 6);

static_assert(offsetof(MacAddrList, vport_id) == 0);
static_assert(offsetof(MacAddrList, num_mac_addr) == 4);

static_assert(offsetof(PromiscInfo, vport_id) == 0);
static_assert(offsetof(PromiscInfo, flags) == 4);

static_assert(offsetof(Loopback, vport_id) == 0);
static_assert(offsetof(Loopback, enable) == 4);

static_assert(offsetof(SriovVfs, num_vfs) == 0);

static_assert(offsetof(VportStats, vport_id) == 0);
static_assert(offsetof(VportStats, rx_bytes) == 8);
static_assert(offsetof(VportStats, rx_unicast) == 16);
static_assert(offsetof(VportStats, rx_multicast) == 24);
static_assert(offsetof(VportStats, rx_broadcast) == 32);
static_assert(offsetof(VportStats, rx_discards) == 40);
static_assert(offsetof(VportStats, rx_errors) == 48);
static_assert(offsetof(VportStats, rx_unknown_protocol) == 56);
static_assert(offsetof(VportStats, tx_bytes) == 64);
static_assert(offsetof(VportStats, tx_unicast) == 72);
static_assert(offsetof(VportStats, tx_multicast) == 80);
static_assert(offsetof(VportStats, tx_broadcast) == 88);
static_assert(offsetof(VportStats, tx_discards) == 96);
static_assert(offsetof(VportStats, tx_errors) == 104);
static_assert(offsetof(VportStats, rx_invalid_frame_length) == 112);
static_assert(offsetof(VportStats, rx_overflow_drop) == 120);

static_assert(offsetof(Event, event) == 0);
static_assert(offsetof(Event, link_speed) == 4);
static_assert(offsetof(Event, vport_id) == 8);
static_assert(offsetof(Event, link_status) == 12);
static_assert(offsetof(Event, adi_id) == 14);

static_assert(offsetof(GetPtypeInfo, start_ptype_id) == 0);
static_assert(offsetof(GetPtypeInfo, num_ptypes) == 2);

static_assert(offsetof(PtypeEntryHead, ptype_id_10) == 0);
static_assert(offsetof(PtypeEntryHead, ptype_id_8) == 2);
static_assert(offsetof(PtypeEntryHead, proto_id_count) == 3);

static_assert(offsetof(VlanGetCaps, strip_outer) == 0);
static_assert(offsetof(VlanGetCaps, insert_outer) == 16);
static_assert(offsetof(VlanGetCaps, ethertypes) == 32);

static_assert(offsetof(VlanSetting, vport_id) == 0);
static_assert(offsetof(VlanSetting, outer_ethertype) == 4);

static_assert(offsetof(LanMemoryRegions, num_memory_regions) == 0);

static_assert(offsetof(MemoryRegion, start_offset) == 0);
static_assert(offsetof(MemoryRegion, size) == 8);

static_assert(offsetof(PtpGetCaps, caps) == 0);
static_assert(offsetof(PtpGetCaps, max_adj) == 4);
static_assert(offsetof(PtpGetCaps, base_incval) == 8);
static_assert(offsetof(PtpGetCaps, peer_mbx_q_id) == 16);
static_assert(offsetof(PtpGetCaps, peer_id) == 18);
static_assert(offsetof(PtpGetCaps, mbx_q_index) == 19);
static_assert(offsetof(PtpGetCaps, clk_offsets) == 24);
static_assert(offsetof(PtpGetCaps, cross_time_offsets) == 48);
static_assert(offsetof(PtpGetCaps, clk_adj_offsets) == 64);

static_assert(offsetof(FlowRuleInfo, rule_id) == 0);
static_assert(offsetof(FlowRuleInfo, proto_hdrs) == 4);
static_assert(offsetof(FlowRuleInfo, action_set) == 556);
static_assert(offsetof(FlowRuleInfo, priority) == 656);
static_assert(offsetof(FlowRuleInfo, status) == 668);

static_assert(offsetof(PspCaps, vport_id) == 0);
static_assert(offsetof(PspCaps, versions) == 4);
static_assert(offsetof(PspCaps, flags) == 8);
static_assert(offsetof(PspCaps, max_tx_sa) == 12);
static_assert(offsetof(PspCaps, spi_first) == 16);
static_assert(offsetof(PspCaps, spi_count) == 20);
static_assert(offsetof(PspCaps, max_alloc_per_msg) == 24);
static_assert(offsetof(PspCaps, max_add_per_msg) == 26);
static_assert(offsetof(PspCaps, max_del_per_msg) == 28);
static_assert(offsetof(PspCaps, max_crypt_offset) == 30);
static_assert(offsetof(PspCaps, udp_port) == 32);
static_assert(offsetof(PspCaps, max_hdr_len) == 34);
static_assert(offsetof(PspCaps, max_ctx_desc) == 36);
static_assert(offsetof(PspCaps, key_in_desc_versions) == 37);
static_assert(offsetof(PspCaps, generation) == 38);
static_assert(offsetof(PspCaps, phase) == 39);
static_assert(offsetof(PspCaps, cfgq_mbx_q_index) == 40);
static_assert(offsetof(PspCaps, max_cfgq_pairs) == 41);
static_assert(offsetof(PspCaps, cfgq_buf_size) == 42);
static_assert(offsetof(PspCaps, min_rotate_interval_ms) == 44);
static_assert(offsetof(PspCaps, iv_granularity_ps) == 48);
static_assert(offsetof(PspCaps, reserved) == 56);

static_assert(offsetof(PspConfig, vport_id) == 0);
static_assert(offsetof(PspConfig, versions_ena) == 4);
static_assert(offsetof(PspConfig, flags) == 8);
static_assert(offsetof(PspConfig, udp_port) == 12);
static_assert(offsetof(PspConfig, spi_low_watermark) == 14);
static_assert(offsetof(PspConfig, sa_low_watermark) == 16);

static_assert(offsetof(PspRotateKey, vport_id) == 0);
static_assert(offsetof(PspRotateKey, flags) == 4);
static_assert(offsetof(PspRotateKey, generation) == 8);
static_assert(offsetof(PspRotateKey, phase) == 9);
static_assert(offsetof(PspRotateKey, prev_generation) == 10);
static_assert(offsetof(PspRotateKey, rotations) == 16);

static_assert(offsetof(PspRxSa, spi) == 0);
static_assert(offsetof(PspRxSa, status) == 4);
static_assert(offsetof(PspRxSa, generation) == 6);
static_assert(offsetof(PspRxSa, key_len) == 7);
static_assert(offsetof(PspRxSa, key) == 8);
static_assert(offsetof(PspRxSa, user_cookie) == 40);

static_assert(offsetof(PspRxSaList, vport_id) == 0);
static_assert(offsetof(PspRxSaList, flags) == 4);
static_assert(offsetof(PspRxSaList, num_sa) == 8);
static_assert(offsetof(PspRxSaList, version) == 10);

static_assert(offsetof(PspTxSa, sa_idx) == 0);
static_assert(offsetof(PspTxSa, spi) == 4);
static_assert(offsetof(PspTxSa, version) == 8);
static_assert(offsetof(PspTxSa, key_len) == 9);
static_assert(offsetof(PspTxSa, status) == 10);
static_assert(offsetof(PspTxSa, sa_tag) == 12);
static_assert(offsetof(PspTxSa, flags) == 14);
static_assert(offsetof(PspTxSa, iv_init) == 16);
static_assert(offsetof(PspTxSa, key) == 24);
static_assert(offsetof(PspTxSa, user_cookie) == 56);

static_assert(offsetof(PspTxSaList, vport_id) == 0);
static_assert(offsetof(PspTxSaList, flags) == 4);
static_assert(offsetof(PspTxSaList, num_sa) == 8);

static_assert(offsetof(PspTxSaId, sa_idx) == 0);
static_assert(offsetof(PspTxSaId, sa_tag) == 4);
static_assert(offsetof(PspTxSaId, status) == 6);

static_assert(offsetof(PspTxSaDel, vport_id) == 0);
static_assert(offsetof(PspTxSaDel, flags) == 4);
static_assert(offsetof(PspTxSaDel, num_sa) == 8);

static_assert(offsetof(PspStats, vport_id) == 0);
static_assert(offsetof(PspStats, flags) == 4);
static_assert(offsetof(PspStats, rx_packets) == 8);
static_assert(offsetof(PspStats, rx_bytes) == 16);
static_assert(offsetof(PspStats, rx_auth_fail) == 24);
static_assert(offsetof(PspStats, rx_error) == 32);
static_assert(offsetof(PspStats, rx_bad) == 40);
static_assert(offsetof(PspStats, tx_packets) == 48);
static_assert(offsetof(PspStats, tx_bytes) == 56);
static_assert(offsetof(PspStats, tx_error) == 64);
static_assert(offsetof(PspStats, key_rotations) == 72);
static_assert(offsetof(PspStats, rx_bad_version) == 80);
static_assert(offsetof(PspStats, rx_stale_key) == 88);
static_assert(offsetof(PspStats, rx_bypass) == 96);
static_assert(offsetof(PspStats, tx_bad_sa) == 104);
static_assert(offsetof(PspStats, tx_iv_exhausted) == 112);
static_assert(offsetof(PspStats, tx_sa_in_use) == 120);
static_assert(offsetof(PspStats, rx_spi_in_use) == 124);

static_assert(offsetof(PspEvent, event) == 0);
static_assert(offsetof(PspEvent, value) == 4);
static_assert(offsetof(PspEvent, vport_id) == 8);
static_assert(offsetof(PspEvent, phase) == 12);
static_assert(offsetof(PspEvent, generation) == 13);
static_assert(offsetof(PspEvent, adi_id) == 14);
static_assert(offsetof(PspEvent, sa_idx) == 16);
static_assert(offsetof(PspEvent, spi) == 20);
static_assert(offsetof(PspEvent, reserved) == 24);

}  // namespace
}  // namespace pspnic::idpf
