// SPDX-License-Identifier: Apache-2.0
#include "model/base/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <sstream>

#include "model/base/config_error.h"

namespace pspnic::base {
namespace {

using testing::HasSubstr;

template <Quantity T>
std::string error_of(std::string_view text) {
  try {
    parse_quantity<T>(text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Units, DurationParses) {
  EXPECT_EQ(parse_quantity<Duration>("800ps").ps, 800u);
  EXPECT_EQ(parse_quantity<Duration>("35ns").ps, 35'000u);
  EXPECT_EQ(parse_quantity<Duration>("1us").ps, 1'000'000u);
  EXPECT_EQ(parse_quantity<Duration>("1.5us").ps, 1'500'000u);
  EXPECT_EQ(parse_quantity<Duration>("2ms").ps, 2'000'000'000u);
  EXPECT_EQ(parse_quantity<Duration>("3s").ps, 3'000'000'000'000u);
  EXPECT_EQ(parse_quantity<Duration>("0ns").ps, 0u);
  EXPECT_EQ(parse_quantity<Duration>("700 ns").ps, 700'000u);
  EXPECT_EQ(parse_quantity<Duration>("0.0010us").ps, 1000u);
  EXPECT_EQ(parse_quantity<Duration>("0.000000000001s").ps, 1u);
}

TEST(Units, OtherQuantitiesParse) {
  EXPECT_EQ(parse_quantity<Bandwidth>("200Gbps").bps, 200'000'000'000u);
  EXPECT_EQ(parse_quantity<Bandwidth>("2.5Gbps").bps, 2'500'000'000u);
  EXPECT_EQ(parse_quantity<Bandwidth>("10kbps").bps, 10'000u);
  EXPECT_EQ(parse_quantity<Bandwidth>("1Tbps").bps, 1'000'000'000'000u);
  EXPECT_EQ(parse_quantity<ByteSize>("64KiB").bytes, 65'536u);
  EXPECT_EQ(parse_quantity<ByteSize>("9216B").bytes, 9'216u);
  EXPECT_EQ(parse_quantity<ByteSize>("1.5MiB").bytes, 1'572'864u);
  EXPECT_EQ(parse_quantity<ByteSize>("2GiB").bytes, uint64_t{2} << 30);
  EXPECT_EQ(parse_quantity<Frequency>("1GHz").hz, 1'000'000'000u);
  EXPECT_EQ(parse_quantity<Frequency>("156.25MHz").hz, 156'250'000u);
  EXPECT_EQ(parse_quantity<Frequency>("50Hz").hz, 50u);
}

TEST(Units, PrintsLargestExactUnit) {
  EXPECT_EQ(to_string(Duration{250'000}), "250ns");
  EXPECT_EQ(to_string(Duration{1'500'000}), "1500ns");
  EXPECT_EQ(to_string(Duration{800}), "800ps");
  EXPECT_EQ(to_string(Duration{kSec}), "1s");
  EXPECT_EQ(to_string(Duration{0}), "0ps");
  EXPECT_EQ(to_string(Bandwidth{200 * kGbps}), "200Gbps");
  EXPECT_EQ(to_string(Bandwidth{2'500 * kMbps}), "2500Mbps");
  EXPECT_EQ(to_string(ByteSize{64 * kKiB}), "64KiB");
  EXPECT_EQ(to_string(ByteSize{9'000}), "9000B");
  EXPECT_EQ(to_string(ByteSize{9'216}), "9KiB");
  EXPECT_EQ(to_string(Frequency{800 * kMHz}), "800MHz");
  EXPECT_EQ(to_string(Frequency{0}), "0Hz");
}

TEST(Units, StreamsAsText) {
  std::ostringstream out;
  out << Duration{35 * kNs} << ' ' << Bandwidth{kGbps} << ' ' << ByteSize{512} << ' ' << Frequency{kGHz};
  EXPECT_EQ(out.str(), "35ns 1Gbps 512B 1GHz");
}

template <Quantity T>
void check_round_trip(uint64_t seed) {
  std::mt19937_64 random(seed);
  for (int i = 0; i < 2000; ++i) {
    // All magnitudes alike, and many with trailing zeros in the steps of the units.
    uint64_t count = random() >> (random() % 64);
    if (i % 3 == 0) count = count / 1'000'000 * 1'000'000;
    if (i % 3 == 1) count &= ~uint64_t{0xfffff};
    const T value{count};
    EXPECT_EQ(parse_quantity<T>(to_string(value)), value);
  }
  const T largest{std::numeric_limits<uint64_t>::max()};
  EXPECT_EQ(parse_quantity<T>(to_string(largest)), largest);
}

TEST(Units, RoundTrip) {
  check_round_trip<Duration>(1);
  check_round_trip<Bandwidth>(2);
  check_round_trip<ByteSize>(3);
  check_round_trip<Frequency>(4);
}

TEST(Units, BareNumberIsAnError) {
  const std::string error = error_of<Duration>("700");
  EXPECT_THAT(error, HasSubstr("\"700\""));
  EXPECT_THAT(error, HasSubstr("bare number"));
  EXPECT_THAT(error, HasSubstr("write e.g. 700ns"));
  EXPECT_THAT(error_of<ByteSize>("0"), HasSubstr("write e.g. 64KiB"));
  EXPECT_THAT(error_of<Bandwidth>("2.5"), HasSubstr("write e.g. 200Gbps"));
  EXPECT_THAT(error_of<Frequency>("1"), HasSubstr("write e.g. 800MHz"));
}

TEST(Units, UnknownUnitIsAnErrorThatNamesTheUnits) {
  EXPECT_THAT(error_of<Duration>("7min"), HasSubstr("unknown unit \"min\""));
  EXPECT_THAT(error_of<Duration>("7min"), HasSubstr("ps, ns, us, ms, s"));
  EXPECT_THAT(error_of<ByteSize>("64kB"), HasSubstr("B, KiB, MiB, GiB, TiB"));
  EXPECT_THAT(error_of<Bandwidth>("200gbps"), HasSubstr("unknown unit \"gbps\""));
  EXPECT_THAT(error_of<Frequency>("1ns"), HasSubstr("unknown unit \"ns\""));
  EXPECT_THAT(error_of<Duration>("7ns "), HasSubstr("unknown unit"));
  EXPECT_THAT(error_of<Duration>("7  ns"), HasSubstr("unknown unit"));
}

TEST(Units, NonsenseIsAnError) {
  for (const char* text :
       {"", "ns", "-1ns", "+1ns", ".5us", "1.us", " 1ns", "1e3ns", "0x10ns", "1 ", "1,5us"}) {
    EXPECT_THROW(parse_quantity<Duration>(text), ConfigError) << text;
  }
  EXPECT_THAT(error_of<Duration>("-1ns"), HasSubstr("is not a duration"));
}

TEST(Units, PartsOfTheBaseUnitAreAnError) {
  EXPECT_THAT(error_of<Duration>("0.5ps"), HasSubstr("not a whole number of ps"));
  EXPECT_THAT(error_of<Duration>("1.0001ns"), HasSubstr("not a whole number of ps"));
  EXPECT_THAT(error_of<ByteSize>("0.3KiB"), HasSubstr("not a whole number of B"));
  EXPECT_THAT(error_of<Duration>("0.0000000000000000001s"), HasSubstr("not a whole number"));
  EXPECT_EQ(parse_quantity<ByteSize>("0.0009765625KiB").bytes, 1u);
}

TEST(Units, TooLargeIsAnError) {
  EXPECT_THAT(error_of<Duration>("18446744073709551616ps"), HasSubstr("too large"));
  EXPECT_THAT(error_of<Duration>("18446745s"), HasSubstr("too large"));
  EXPECT_THAT(error_of<ByteSize>("99999999999999999999999999999999999999999999TiB"), HasSubstr("too large"));
  EXPECT_EQ(parse_quantity<Duration>("18446744073709551.615ns").ps, std::numeric_limits<uint64_t>::max());
  EXPECT_THAT(error_of<Duration>("18446744073709551.616ns"), HasSubstr("too large"));
}

TEST(Units, Names) {
  EXPECT_EQ(quantity_name<Duration>(), "duration");
  EXPECT_EQ(quantity_name<Bandwidth>(), "bandwidth");
  EXPECT_EQ(quantity_name<ByteSize>(), "size");
  EXPECT_EQ(quantity_name<Frequency>(), "frequency");
  EXPECT_EQ(quantity_units<Frequency>("|"), "Hz|kHz|MHz|GHz");
}

TEST(Units, Order) {
  EXPECT_LT(Duration{1}, Duration{2});
  EXPECT_EQ(ByteSize{kKiB}, ByteSize{1024});
}

}  // namespace
}  // namespace pspnic::base
