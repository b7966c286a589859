// SPDX-License-Identifier: Apache-2.0
#include "testbench/playback/recorded_memory.h"

#include <algorithm>

#include "model/net/bytes.h"

namespace pspnic::playback {

void RecordedMemory::Fates::add(const Access& access, bool ok) {
  open[access].push_back(ok);
  last.try_emplace(access.first, ok);
}

bool RecordedMemory::Fates::next(const Access& access) {
  const auto found = open.find(access);
  if (found != open.end() && !found->second.empty()) {
    const bool taken = found->second.front();
    found->second.pop_front();
    last[access.first] = taken;
    return taken;
  }
  const auto before = last.find(access.first);
  return before == last.end() || before->second;
}

RecordedMemory::RecordedMemory(std::span<const record::Entry> entries) {
  for (const record::Entry& entry : entries) {
    if (entry.kind == record::Kind::kDmaWrite) writes_.add({entry.address, entry.data.size()}, entry.ok);
    if (entry.kind == record::Kind::kInterrupt)
      messages_.add({entry.address, net::load_le32(entry.data.data())}, entry.ok);
    if (entry.kind != record::Kind::kDmaRead) continue;
    const size_t number = reads_.size();
    reads_.push_back({&entry, false, {}});
    const uint64_t length = entry.ok ? entry.data.size() : entry.span;
    whole_[{entry.address, length}].push_back(number);
    if (entry.data.empty()) continue;
    const uint64_t last = (entry.address + (entry.data.size() - 1)) / kPageBytes;
    for (uint64_t page = entry.address / kPageBytes; page <= last; ++page)
      pages_[page].reads.push_back(number);
  }
}

bool RecordedMemory::write(uint64_t address, std::span<const uint8_t> source) {
  const bool taken = writes_.next({address, source.size()});
  if (taken) keep(address, source);
  return taken;
}

bool RecordedMemory::message(uint64_t address, uint32_t data) {
  return messages_.next({address, data});
}

void RecordedMemory::keep(uint64_t address, std::span<const uint8_t> source) {
  while (!source.empty()) {
    Page& page = pages_[address / kPageBytes];
    const size_t offset = address % kPageBytes;
    const size_t count = std::min<size_t>(source.size(), kPageBytes - offset);
    std::copy_n(source.begin(), count, page.bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    std::fill_n(page.known.begin() + static_cast<std::ptrdiff_t>(offset), count, true);
    source = source.subspan(count);
    address += count;
  }
}

Answer RecordedMemory::read(uint64_t address, std::span<uint8_t> destination) {
  const Answer answer = find(address, destination);
  answers_[static_cast<size_t>(answer)]++;
  if (answer != Answer::kNone) keep(address, destination);
  return answer;
}

Answer RecordedMemory::find(uint64_t address, std::span<uint8_t> destination) {
  if (const auto found = whole_.find({address, destination.size()}); found != whole_.end()) {
    std::deque<size_t>& numbers = found->second;
    while (!numbers.empty() && !reads_[numbers.front()].bytes_answered.empty()) numbers.pop_front();
    if (!numbers.empty()) {
      Read& read = reads_[numbers.front()];
      numbers.pop_front();
      read.answered = true;
      if (!read.entry->ok) return Answer::kNone;
      std::ranges::copy(read.entry->data, destination.begin());
      return Answer::kAsRecorded;
    }
  }
  std::vector<uint8_t> bytes(destination.size());
  Answer answer = Answer::kInPieces;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (answer_piece(address + i, bytes[i])) continue;
    if (!known(address + i, bytes[i])) return Answer::kNone;
    answer = Answer::kAgain;
  }
  std::ranges::copy(bytes, destination.begin());
  return answer;
}

bool RecordedMemory::answer_piece(uint64_t address, uint8_t& byte) {
  const auto found = pages_.find(address / kPageBytes);
  if (found == pages_.end()) return false;
  Page& page = found->second;
  while (page.first_open < page.reads.size() && reads_[page.reads[page.first_open]].answered)
    ++page.first_open;
  for (size_t i = page.first_open; i < page.reads.size(); ++i) {
    Read& read = reads_[page.reads[i]];
    const uint64_t offset = address - read.entry->address;
    if (read.answered || offset >= read.entry->data.size()) continue;
    if (read.bytes_answered.empty()) read.bytes_answered.resize(read.entry->data.size());
    if (read.bytes_answered[offset]) continue;
    read.bytes_answered[offset] = true;
    byte = read.entry->data[offset];
    return true;
  }
  return false;
}

bool RecordedMemory::known(uint64_t address, uint8_t& byte) const {
  const auto found = pages_.find(address / kPageBytes);
  if (found == pages_.end() || !found->second.known[address % kPageBytes]) return false;
  byte = found->second.bytes[address % kPageBytes];
  return true;
}

}  // namespace pspnic::playback
