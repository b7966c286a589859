// SPDX-License-Identifier: Apache-2.0
#include "testbench/report/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testbench/report/page_style.h"
#include "testbench/tests/testbench/report/example_report.h"

namespace pspnic::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string page(const std::vector<RunView>& runs) {
  return html_page(runs,
                   {{"nic.mac.speed", "100Gbps"}, {"nic.lanes", "2"}, {"stream.payload_bytes", "1000"}});
}

TEST(Page, NeedsNothingFromElsewhere) {
  const std::string html = page({read_run(example_report(), "r")});
  for (const char* part : {"http:", "https:", "src=", "@import", "<link"})
    EXPECT_THAT(html, Not(HasSubstr(part)));
  EXPECT_THAT(html, HasSubstr("prefers-color-scheme:dark"));
  EXPECT_THAT(page_style(), HasSubstr("data-theme=dark"));
  EXPECT_THAT(page_script(), HasSubstr("theme"));
}

TEST(Page, OfARunHasHeadlinesItsReasonsAndWhatIsNotTheDefault) {
  const std::string html = page({read_run(example_report(), "r")});
  EXPECT_THAT(html, HasSubstr("100.00 Gb/s"));
  EXPECT_THAT(html, HasSubstr("Limited by &lt;lanes&gt;."));
  EXPECT_THAT(html, HasSubstr("<td>nic.mac.speed</td><td>200Gbps</td><td>100Gbps</td>"));
  EXPECT_THAT(html, Not(HasSubstr("<td>nic.lanes</td>"))) << "it is the default";
  EXPECT_THAT(html, HasSubstr("class=\"chart wide\""));
  EXPECT_THAT(html, HasSubstr("class=\"chart narrow\""));
}

TEST(Page, OfRunsHasARowForEach) {
  const std::string html =
      page({read_run(example_report("1", "5e10", "300000"), "1"), read_run(example_report("3"), "3")});
  EXPECT_THAT(html, HasSubstr("2 runs of pspnic"));
  EXPECT_THAT(html, HasSubstr("<td>1</td><td>50.00</td><td>3.00</td><td>3</td><td>0.300</td><td>well</td>"));
}

TEST(Page, ShowsRequestsAndWhatWasNotSentWhereThereAreAny) {
  RunView run = read_run(example_report(), "r");
  EXPECT_THAT(page({run}), Not(HasSubstr("requests")));
  EXPECT_THAT(page({run}), Not(HasSubstr("not sent")));
  RunView busy = run;
  busy.requests = {.rate = 2.5e6, .lost = 4, .p50 = 1e6, .p99 = 7e6};
  busy.ways[0].not_sent = 134;
  EXPECT_THAT(page({busy}), HasSubstr("2.500 M/s"));
  EXPECT_THAT(page({busy}), HasSubstr("p50 1.00, p99 7.00 us; 4 lost"));
  EXPECT_THAT(page({busy}), HasSubstr("packets not sent"));
  EXPECT_THAT(page({run, busy}), HasSubstr("<td>134</td><td>2.500</td><td>7.00</td><td>4</td>"));
  EXPECT_THAT(page({run, busy}), HasSubstr("<td>0</td><td>0.000</td><td>-</td><td>0</td>"));
}

}  // namespace
}  // namespace pspnic::report
