// SPDX-License-Identifier: Apache-2.0
// libsystemc has a main() that calls sc_main(), and so wants one of whatever it is linked with. A program
// with a main() of its own needs none: this one stands in. A program that has one keeps it, as symbols of
// programs go before those of libraries.
#include <cstdio>

#include "model/embed/pspnic.h"

extern "C" PSPNIC_API __attribute__((weak)) int sc_main(int, char**);

int sc_main(int, char**) {
  std::fputs("libpspnic: the program has neither main() nor sc_main()\n", stderr);
  return 2;
}
