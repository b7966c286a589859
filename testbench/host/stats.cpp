// SPDX-License-Identifier: Apache-2.0
#include "testbench/host/stats.h"

#include <array>

namespace pspnic::host {
namespace {

constexpr std::array kEntries{
    DriverStatEntry{"interrupts", "message", "MSI-X messages received", &DriverStats::interrupts},
    DriverStatEntry{"polls", "poll", "Polls of a queue pair", &DriverStats::polls},
    DriverStatEntry{"tx_doorbells", "write", "Writes of a Tx tail", &DriverStats::tx_doorbells},
    DriverStatEntry{"buffer_doorbells", "write", "Writes of an Rx buffer queue's tail",
                    &DriverStats::buffer_doorbells},
    DriverStatEntry{"mailbox_requests", "message", "virtchnl2 requests sent", &DriverStats::mailbox_requests},
    DriverStatEntry{"mailbox_events", "message", "virtchnl2 events received", &DriverStats::mailbox_events},
    DriverStatEntry{"recoveries", "reset", "Resets of the function in the middle of its work",
                    &DriverStats::recoveries},
    DriverStatEntry{"tx_frames", "frame", "Frames posted; a TSO frame counts once", &DriverStats::tx_frames},
    DriverStatEntry{"tx_bytes", "B", "Bytes of these, as handed over by the stack", &DriverStats::tx_bytes},
    DriverStatEntry{"tx_tso_frames", "frame", "Frames posted for segmentation", &DriverStats::tx_tso_frames},
    DriverStatEntry{"tx_psp_frames", "frame", "Frames posted for encryption", &DriverStats::tx_psp_frames},
    DriverStatEntry{"tx_inline_keys", "frame", "Of these, frames with their key in the descriptors",
                    &DriverStats::tx_inline_keys},
    DriverStatEntry{"tx_ring_full", "frame",
                    "Frames not taken, or not offered by who asked first: no descriptors or slots left",
                    &DriverStats::tx_ring_full},
    DriverStatEntry{"tx_refused", "frame", "Frames not taken: they cannot be sent", &DriverStats::tx_refused},
    DriverStatEntry{"tx_completed", "frame", "Frames the device is done with", &DriverStats::tx_completed},
    DriverStatEntry{"tx_completed_out_of_order", "frame", "Frames completed after a later one of their queue",
                    &DriverStats::tx_completed_out_of_order},
    DriverStatEntry{"tx_bad_completions", "completion", "Tx completions that break a rule",
                    &DriverStats::tx_bad_completions},
    DriverStatEntry{"tx_rung_again", "write", "Tx tails written again by the watchdog",
                    &DriverStats::tx_rung_again},
    DriverStatEntry{"tx_stuck", "look", "Looks of the watchdog that found a Tx queue stuck",
                    &DriverStats::tx_stuck},
    DriverStatEntry{"tx_lost_in_reset", "frame", "Frames not completed when the function was reset",
                    &DriverStats::tx_lost_in_reset},
    DriverStatEntry{"rx_frames", "frame", "Frames given to the stack", &DriverStats::rx_frames},
    DriverStatEntry{"rx_bytes", "B", "Bytes of these, after decapsulation", &DriverStats::rx_bytes},
    DriverStatEntry{"rx_psp_frames", "frame", "Frames given to the stack as decrypted and authentic",
                    &DriverStats::rx_psp_frames},
    DriverStatEntry{"rx_multi_buffer", "frame", "Frames put together from several buffers",
                    &DriverStats::rx_multi_buffer},
    DriverStatEntry{"rx_merged_frames", "frame", "Frames that the device made of several TCP segments",
                    &DriverStats::rx_merged_frames},
    DriverStatEntry{"rx_merged_segments", "segment", "Segments of these", &DriverStats::rx_merged_segments},
    DriverStatEntry{"rx_header_split", "frame", "Frames whose headers came in a buffer of their own",
                    &DriverStats::rx_header_split},
    DriverStatEntry{"rx_bad_completions", "completion", "Rx completions that break a rule",
                    &DriverStats::rx_bad_completions},
    DriverStatEntry{"rx_checksum_bad", "frame", "Frames whose checksum the device or the driver found wrong",
                    &DriverStats::rx_checksum_bad},
    DriverStatEntry{"rx_psp_bypassed", "frame",
                    "Dropped: PSP that the device did not open for lack of capacity",
                    &DriverStats::rx_psp_bypassed, true},
    DriverStatEntry{"rx_psp_failed", "frame",
                    "Dropped: PSP reported as not authentic, malformed or without key",
                    &DriverStats::rx_psp_failed, true},
    DriverStatEntry{"rx_psp_samples", "frame", "Copies of PSP packets whose sender wanted them sampled",
                    &DriverStats::rx_psp_samples},
    DriverStatEntry{"rx_psp_unknown_spi", "frame", "Dropped: PSP with an SPI that this driver never got",
                    &DriverStats::rx_psp_unknown_spi, true},
    DriverStatEntry{"rx_psp_policy", "frame", "Dropped: version or generation differ from the SPI's",
                    &DriverStats::rx_psp_policy, true},
    DriverStatEntry{"rx_psp_malformed", "frame", "Dropped: reported as decrypted but no PSP packet",
                    &DriverStats::rx_psp_malformed, true},
};
static_assert(sizeof(DriverStats) == kEntries.size() * sizeof(uint64_t), "every counter has an entry");

}  // namespace

std::span<const DriverStatEntry> driver_stat_entries() {
  return kEntries;
}

}  // namespace pspnic::host
