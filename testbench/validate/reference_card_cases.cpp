// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "testbench/validate/reference_card.h"
#include "testbench/validate/target.h"

namespace pspnic::validate {

namespace {

struct Published {
  const CardBehaviour& behaviour;
  uint32_t frame_bytes;  // with check sequence
  double gbps;
};
const Published kPublished[] = {
    {kSimpleCard, 64, 12.58}, {kSimpleCard, 256, 31.17}, {kSimpleCard, 1024, 44.33},
    {kKernelCard, 64, 17.63}, {kKernelCard, 256, 37.50}, {kKernelCard, 1024, 47.12},
    {kDpdkCard, 64, 20.65},   {kDpdkCard, 256, 40.50},   {kDpdkCard, 1024, 48.23}};
constexpr uint32_t kCheckSequence = 4;
constexpr double kCardTolerance = 0.02;

std::vector<Row> reference_cards() {
  base::EventQueue events("events");
  pcie::LinkParams params;
  params.generation = 3;
  params.lanes = 8;
  std::vector<Row> rows;
  for (const Published& row : kPublished) {
    ReferenceCard card(events, params, row.behaviour, row.frame_bytes - kCheckSequence, false);
    rows.push_back({fmt::format("{} card, frames of {} bytes both ways", row.behaviour.name, row.frame_bytes),
                    "Gb/s", row.gbps, card.run(), kCardTolerance});
  }
  return rows;
}

}  // namespace

void add_reference_card_cases(std::vector<Case>& cases) {
  cases.push_back({"V8", "Whole cards on PCIe 3.0 x8", "pcie-bench, SIGCOMM 2018, Intel 82599 \"Niantic\"",
                   reference_cards});
}

}  // namespace pspnic::validate
