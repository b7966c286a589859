// SPDX-License-Identifier: Apache-2.0
// libsystemc brings main(); tests that elaborate a design start here. A SystemC warning is a failure of the
// test.
#include <gtest/gtest.h>

#include <systemc>

namespace {

void fail_on_warning(const sc_core::sc_report& report, const sc_core::sc_actions& actions) {
  if (report.get_severity() >= sc_core::SC_WARNING) ADD_FAILURE() << report.what();
  sc_core::sc_report_handler::default_handler(report, actions & ~sc_core::SC_ABORT);
}

}  // namespace

int sc_main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  sc_core::sc_report_handler::set_handler(fail_on_warning);
  return RUN_ALL_TESTS();
}
