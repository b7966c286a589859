// SPDX-License-Identifier: Apache-2.0
// A key domain: two device keys, the functions that share them, and each function's part of the SPIs. SPIs
// are never given out twice under one device key, whatever is freed or reset; the keys themselves stay in
// the device.
//
// Memory is constant, however many SPIs live: of each function, key and owner (its driver, its management
// port) the domain knows how many were given out and how many of them are in use. So a second FREE of an SPI
// passes for one of an SPI that is in use, as long as there is one; the count never falls below 0. SPIs of
// the driver are taken from the front of the range and the management port's from its end, which tells them
// apart.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "firmware/digest.h"
#include "firmware/key_slots.h"
#include "firmware/origin.h"
#include "model/idpf/virtchnl2_opcodes.h"
#include "model/psp/spi.h"

namespace pspnic::firmware {

inline constexpr uint8_t kGenerations = 128;  // 7 bits, as Linux counts them

struct KeyOptions {
  uint64_t max_key_age_ps = 0;          // the device replaces an older key if it may; 0: of any age
  uint64_t min_rotate_interval_ps = 0;  // sooner rotations are refused, the management port's excepted
};

enum class RotationCause : uint8_t { kCommand, kSpisExhausted, kKeyAge };

// A generation that no longer decrypts.
struct RetiredKey {
  uint8_t generation = 0;
  unsigned phase = 0;
};

struct Rotation {
  RotationCause cause = RotationCause::kCommand;
  uint8_t generation = 0;  // now in use for new SPIs
  unsigned phase = 0;
  std::array<std::optional<RetiredKey>, 2> retired;
};

class KeyDomainListener {
 public:
  virtual ~KeyDomainListener() = default;
  // After the change, to every member, the one that asked included.
  virtual void on_rotated(const Rotation& rotation) = 0;
  // The device could not make a key when it wanted to rotate by itself.
  virtual void on_rotation_failed(RotationCause cause) = 0;
  // Its management port holds SAs, SPIs or flows: no function may rotate then, nor the device by itself.
  virtual bool pins_keys() const = 0;
};

class KeyDomain {
 public:
  class Member;

  // Keeps a reference; makes no key before the first member begins.
  explicit KeyDomain(KeySlots& slots, const KeyOptions& options = {});
  ~KeyDomain();
  KeyDomain(const KeyDomain&) = delete;
  KeyDomain& operator=(const KeyDomain&) = delete;

  struct Membership {
    uint16_t function = 0;   // number on the card; one that left and joins again goes on where it was
    uint32_t spi_first = 1;  // SPI ids (31 bits) that it owns, under either key
    uint32_t spi_count = 0;
    bool authority = true;  // may rotate, and let the device rotate by itself
    KeyDomainListener* listener = nullptr;
  };
  // Throws std::invalid_argument if the range overlaps another function's, as does Member::begin().
  Member& join(const Membership& membership);
  void leave(Member& member);

  // Reset of the whole card: fresh keys in both slots and two generations on, so that an SPI from before is
  // not taken for a new one. False, and nothing changed: a management port holds keys, or the device cannot
  // make any.
  bool renew();

  // The time of a wake_at() has come.
  void wake();

  bool ready() const { return slots_state_[phase_].has_value(); }  // else no key could be made since power-on
  unsigned phase() const { return phase_; }
  uint8_t generation() const { return slots_state_[phase_].value_or(0); }
  std::optional<uint8_t> previous_generation() const { return slots_state_[psp::other_phase(phase_)]; }
  uint64_t rotations() const { return rotations_; }  // since power-on or renew()
  const KeyOptions& options() const { return options_; }

 private:
  void check_range(const Member& member) const;
  bool alone() const;
  bool pinned() const;
  bool device_wanted() const;      // somebody lets the device rotate by itself,
  bool device_may_rotate() const;  // and nobody's flows keep the keys
  bool too_soon() const;
  void end_generation(unsigned slot);
  idpf::Status rotate(unsigned times, RotationCause cause);
  bool rotate_by_itself(RotationCause cause);
  void plan_wake();
  void wake_at(uint64_t time_ps);

  KeySlots& keys_;
  KeyOptions options_;
  std::vector<std::unique_ptr<Member>> members_;
  std::array<std::optional<uint8_t>, 2> slots_state_;  // generation of each slot, once it was active
  unsigned phase_ = 0;
  uint64_t rotations_ = 0;
  std::optional<uint64_t> last_rotation_ps_;  // by whatever cause
  uint64_t activated_ps_ = 0;
  std::optional<uint64_t> wake_ps_;  // planned
};

// What one function may do in its domain. Lives as long as the domain.
class KeyDomain::Member {
 public:
  Member(KeyDomain& domain, const Membership& membership);

  // Power-on and function reset. Nothing that was given out before is in use any more, the management port's
  // excepted. Alone in its domain the function gets fresh keys, as by renew(), and its range may differ from
  // before; otherwise its SPIs go on from where they were.
  void begin(uint32_t spi_first, uint32_t spi_count);

  struct Issued {
    uint32_t spi = 0;
    uint8_t generation = 0;
  };
  // The next SPI of the active key; nothing when the range is used up, or there is no key.
  std::optional<Issued> allocate(Origin owner = Origin::kFunction);
  // The range is used up, and the device may do something about it: true if there is a new key. For a
  // function without authority that shares its keys only if rotations have a least interval: it could end the
  // others' associations by asking.
  bool replace_exhausted_key();
  psp::SessionKey derive(uint32_t spi, psp::Version version);

  // Accounting only: an SPI is not given out again under the same key, and goes on decrypting. kEsrch: not
  // given out to this owner since the reset, or none is in use; kPspStaleGeneration: of a generation that its
  // slot no longer holds.
  idpf::Status release(uint32_t spi, uint8_t generation, Origin owner = Origin::kFunction);
  // Given out to `owner` under a key that still decrypts; it may have been released.
  bool issued_to(uint32_t spi, Origin owner) const;

  // Of a function kEperm: without authority, or while a management port holds keys; kPspRotateTooSoon;
  // kPspHwError: no key could be made, everything is as it was. Twice replaces both keys.
  idpf::Status rotate(bool twice, Origin by);
  // kEperm to switch it on without authority. Off after begin().
  idpf::Status let_device_rotate(bool allowed);

  const KeyDomain& domain() const { return domain_; }
  uint32_t first_spi() const { return allocators_[0].first(); }
  uint32_t capacity() const { return allocators_[0].capacity(); }
  uint32_t remaining() const { return allocators_[domain_.phase()].remaining(); }
  uint32_t in_use(Origin owner) const;
  uint32_t in_use() const { return in_use(Origin::kFunction) + in_use(Origin::kManagement); }

  void digest(Digest& digest) const;

 private:
  friend class KeyDomain;

  // SPIs of one owner under one key.
  struct Account {
    uint32_t before_reset = 0;  // so many of those given out are nobody's any more
    uint32_t in_use = 0;
  };
  Account& account(unsigned slot, Origin owner) { return accounts_[slot][static_cast<size_t>(owner)]; }
  const Account& account(unsigned slot, Origin owner) const {
    return accounts_[slot][static_cast<size_t>(owner)];
  }
  void forget(Origin owner);
  // Which of the owner's SPIs it is, from 0; nothing if it was not given out to it.
  std::optional<uint32_t> place(uint32_t spi, Origin owner) const;

  KeyDomain& domain_;
  Membership membership_;
  bool device_rotates_ = false;
  std::array<psp::SpiAllocator, 2> allocators_;       // by slot
  std::array<std::array<Account, 2>, 2> accounts_{};  // by slot and owner
};

}  // namespace pspnic::firmware
