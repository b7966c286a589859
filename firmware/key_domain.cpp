// SPDX-License-Identifier: Apache-2.0
#include "firmware/key_domain.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace pspnic::firmware {
namespace {

using idpf::Status;

// How long the device waits before it tries again to replace a key that has reached its age: long beside a
// restart of a random generator, short beside any age worth setting.
constexpr uint64_t kRetryPs = 1'000'000'000;  // 1 ms

constexpr std::array kOwners = {Origin::kFunction, Origin::kManagement};

uint8_t later(uint8_t generation, unsigned by) {
  return static_cast<uint8_t>((generation + by) % kGenerations);
}

}  // namespace

KeyDomain::KeyDomain(KeySlots& slots, const KeyOptions& options) : keys_(slots), options_(options) {}

KeyDomain::~KeyDomain() = default;

KeyDomain::Member& KeyDomain::join(const Membership& membership) {
  const auto known = std::find_if(members_.begin(), members_.end(), [&](const auto& member) {
    return member->membership_.function == membership.function;
  });
  if (known != members_.end()) {
    Member& member = **known;
    member.membership_.authority = membership.authority;
    member.membership_.listener = membership.listener;
    return member;
  }
  auto member = std::make_unique<Member>(*this, membership);
  check_range(*member);
  members_.push_back(std::move(member));
  return *members_.back();
}

void KeyDomain::check_range(const Member& member) const {
  for (const auto& other : members_) {
    if (other.get() == &member || !member.allocators_[0].overlaps(other->allocators_[0])) continue;
    throw std::invalid_argument("key domain: SPIs of functions " +
                                std::to_string(member.membership_.function) + " and " +
                                std::to_string(other->membership_.function) + " overlap");
  }
}

void KeyDomain::leave(Member& member) {
  member.membership_.listener = nullptr;
  member.device_rotates_ = false;
  for (const Origin owner : kOwners) member.forget(owner);
}

bool KeyDomain::alone() const {
  return std::count_if(members_.begin(), members_.end(),
                       [](const auto& member) { return member->membership_.listener != nullptr; }) <= 1;
}

bool KeyDomain::pinned() const {
  return std::any_of(members_.begin(), members_.end(), [](const auto& member) {
    const KeyDomainListener* listener = member->membership_.listener;
    return listener != nullptr && listener->pins_keys();
  });
}

bool KeyDomain::device_wanted() const {
  return std::any_of(members_.begin(), members_.end(),
                     [](const auto& member) { return member->device_rotates_; });
}

bool KeyDomain::device_may_rotate() const {
  return !pinned() && device_wanted();
}

bool KeyDomain::too_soon() const {
  return last_rotation_ps_ && keys_.now_ps() - *last_rotation_ps_ < options_.min_rotate_interval_ps;
}

bool KeyDomain::renew() {
  if (pinned() || !keys_.make_device_keys()) return false;
  const uint8_t next = ready() ? later(generation(), 2) : 0;
  for (const unsigned slot : {0u, 1u}) end_generation(slot);
  slots_state_[phase_] = next;
  keys_.activate_device_key(phase_, next);
  rotations_ = 0;
  last_rotation_ps_.reset();
  activated_ps_ = keys_.now_ps();
  plan_wake();
  return true;
}

void KeyDomain::end_generation(unsigned slot) {
  slots_state_[slot].reset();
  for (const auto& member : members_) {
    member->allocators_[slot].start_generation(slot);
    member->accounts_[slot] = {};
  }
}

// Everything that can fail comes first, so that after a failure the old keys serve on.
Status KeyDomain::rotate(unsigned times, RotationCause cause) {
  const unsigned target = times == 1 ? psp::other_phase(phase_) : phase_;
  if (!(times == 1 ? keys_.make_device_key(target) : keys_.make_device_keys())) return Status::kPspHwError;
  Rotation rotation;
  rotation.cause = cause;
  for (unsigned i = 0; i < times; ++i) {
    const unsigned next = psp::other_phase(phase_);
    const uint8_t generation_next = later(generation(), 1);
    if (slots_state_[next]) rotation.retired[i] = RetiredKey{*slots_state_[next], next};
    end_generation(next);
    slots_state_[next] = generation_next;
    phase_ = next;
    keys_.activate_device_key(next, generation_next);
    ++rotations_;
  }
  rotation.generation = generation();
  rotation.phase = phase_;
  activated_ps_ = keys_.now_ps();
  last_rotation_ps_ = activated_ps_;
  plan_wake();
  for (const auto& member : members_) {
    if (member->membership_.listener != nullptr) member->membership_.listener->on_rotated(rotation);
  }
  return Status::kSuccess;
}

bool KeyDomain::rotate_by_itself(RotationCause cause) {
  if (!device_may_rotate() || too_soon()) return false;
  if (rotate(1, cause) == Status::kSuccess) return true;
  for (const auto& member : members_) {
    if (member->membership_.listener != nullptr) member->membership_.listener->on_rotation_failed(cause);
  }
  return false;
}

void KeyDomain::plan_wake() {
  if (options_.max_key_age_ps != 0 && device_wanted()) {
    wake_at(activated_ps_ + options_.max_key_age_ps);
  }
}

// One is planned at a time: an earlier one finds that the key was replaced meanwhile, and plans the next.
void KeyDomain::wake_at(uint64_t time_ps) {
  if (wake_ps_ && *wake_ps_ <= time_ps) return;
  wake_ps_ = time_ps;
  keys_.wake_at(time_ps);
}

void KeyDomain::wake() {
  if (!wake_ps_ || keys_.now_ps() < *wake_ps_) return;
  wake_ps_.reset();
  if (options_.max_key_age_ps == 0 || !device_wanted()) return;
  if (keys_.now_ps() - activated_ps_ < options_.max_key_age_ps) return plan_wake();
  if (rotate_by_itself(RotationCause::kKeyAge)) return;
  wake_at(too_soon() ? *last_rotation_ps_ + options_.min_rotate_interval_ps : keys_.now_ps() + kRetryPs);
}

KeyDomain::Member::Member(KeyDomain& domain, const Membership& membership)
    : domain_(domain),
      membership_(membership),
      allocators_{psp::SpiAllocator(membership.spi_first, membership.spi_count, 0),
                  psp::SpiAllocator(membership.spi_first, membership.spi_count, 1)} {}

void KeyDomain::Member::begin(uint32_t spi_first, uint32_t spi_count) {
  device_rotates_ = false;
  forget(Origin::kFunction);
  if (membership_.listener != nullptr && membership_.listener->pins_keys()) return;
  forget(Origin::kManagement);
  if (domain_.ready() && !domain_.alone()) return;
  if (!domain_.renew() || !domain_.alone()) return;
  allocators_ = {psp::SpiAllocator(spi_first, spi_count, 0), psp::SpiAllocator(spi_first, spi_count, 1)};
  domain_.check_range(*this);
}

void KeyDomain::Member::forget(Origin owner) {
  for (const unsigned slot : {0u, 1u}) {
    const psp::SpiAllocator& spis = allocators_[slot];
    account(slot, owner) = {.before_reset = owner == Origin::kFunction ? spis.from_front() : spis.from_end()};
  }
}

std::optional<KeyDomain::Member::Issued> KeyDomain::Member::allocate(Origin owner) {
  if (!domain_.ready()) return std::nullopt;
  psp::SpiAllocator& spis = allocators_[domain_.phase()];
  const std::optional<uint32_t> spi = owner == Origin::kFunction ? spis.allocate() : spis.allocate_last();
  if (!spi) return std::nullopt;
  ++account(domain_.phase(), owner).in_use;
  return Issued{*spi, domain_.generation()};
}

bool KeyDomain::Member::replace_exhausted_key() {
  const bool entitled =
      membership_.authority || domain_.alone() || domain_.options_.min_rotate_interval_ps != 0;
  return entitled && remaining() == 0 && domain_.rotate_by_itself(RotationCause::kSpisExhausted);
}

psp::SessionKey KeyDomain::Member::derive(uint32_t spi, psp::Version version) {
  return domain_.keys_.derive_session_key(spi, version);
}

std::optional<uint32_t> KeyDomain::Member::place(uint32_t spi, Origin owner) const {
  const psp::SpiAllocator& spis = allocators_[psp::spi_phase(spi)];
  if (!spis.contains(psp::spi_index(spi))) return std::nullopt;
  const uint32_t front = psp::spi_index(spi) - spis.first();
  const uint32_t from = owner == Origin::kFunction ? front : spis.capacity() - 1 - front;
  const uint32_t issued = owner == Origin::kFunction ? spis.from_front() : spis.from_end();
  if (from >= issued || from < account(psp::spi_phase(spi), owner).before_reset) return std::nullopt;
  return from;
}

bool KeyDomain::Member::issued_to(uint32_t spi, Origin owner) const {
  return place(spi, owner).has_value();
}

Status KeyDomain::Member::release(uint32_t spi, uint8_t generation, Origin owner) {
  const unsigned slot = psp::spi_phase(spi);
  if (!domain_.slots_state_[slot] || !allocators_[slot].contains(psp::spi_index(spi))) return Status::kEsrch;
  if (domain_.slots_state_[slot] != generation) return Status::kPspStaleGeneration;
  Account& spis = account(slot, owner);
  if (!place(spi, owner) || spis.in_use == 0) return Status::kEsrch;
  --spis.in_use;
  return Status::kSuccess;
}

Status KeyDomain::Member::rotate(bool twice, Origin by) {
  if (by == Origin::kFunction) {
    if (!membership_.authority || domain_.pinned()) return Status::kEperm;
    if (domain_.too_soon()) return Status::kPspRotateTooSoon;
  }
  return domain_.rotate(twice ? 2 : 1, RotationCause::kCommand);
}

Status KeyDomain::Member::let_device_rotate(bool allowed) {
  if (allowed && !membership_.authority) return Status::kEperm;
  const bool begins = allowed && !device_rotates_;
  device_rotates_ = allowed;
  if (begins) domain_.plan_wake();
  return Status::kSuccess;
}

uint32_t KeyDomain::Member::in_use(Origin owner) const {
  return account(0, owner).in_use + account(1, owner).in_use;
}

void KeyDomain::Member::digest(Digest& digest) const {
  digest.add(domain_.phase()).add(domain_.rotations()).add(device_rotates_);
  for (const unsigned slot : {0u, 1u}) {
    digest.add(domain_.slots_state_[slot].value_or(kGenerations));
    digest.add(allocators_[slot].from_front()).add(allocators_[slot].from_end());
    for (const Origin owner : kOwners) {
      digest.add(account(slot, owner).in_use).add(account(slot, owner).before_reset);
    }
  }
}

}  // namespace pspnic::firmware
