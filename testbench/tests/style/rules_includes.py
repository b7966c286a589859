# SPDX-License-Identifier: Apache-2.0
"""Which folder may include which: dependencies go one way."""
import posixpath
import re

from source_text import Finding, code_only

LIBRARIES = ("model/base/", "model/net/", "model/psp/", "model/idpf/")

# Folder -> what it may include besides its own: a folder (ends in "/") or a single header. The first folder
# that the including file lies in decides.
ALLOWED = [
    ("model/base/", ()),
    ("model/net/", ()),
    ("model/psp/", ("model/net/",)),
    ("model/idpf/", ("model/net/bytes.h",)),
    ("model/flow/", LIBRARIES),
    ("model/pcie/", LIBRARIES),
    ("model/queue/", (*LIBRARIES, "model/pcie/dma.h", "model/pcie/msix.h")),
    ("model/tx/", (*LIBRARIES, "model/pcie/dma.h", "model/crypto/", "model/flow/", "model/mac/",
                   "model/queue/")),
    ("model/crypto/", LIBRARIES),
    ("model/mac/", LIBRARIES),
    ("model/rx/", (*LIBRARIES, "model/pcie/dma.h", "model/crypto/", "model/flow/", "model/mac/",
                   "model/queue/")),
    ("model/control/", ("firmware/", "model/base/", "model/pcie/", "model/idpf/",
                        "model/queue/interrupts.h", "model/queue/descriptor_ring.h",
                        "model/crypto/sa_table.h", "model/net/", "model/psp/")),
    ("model/sanitizer/", (*LIBRARIES, "firmware/refusal.h", "model/control/config_queue.h",
                          "model/control/mailbox.h", "model/crypto/sa_table.h",
                          "model/pcie/msix.h", "model/queue/")),
    ("model/nic/", ("model/", "firmware/")),
    ("model/record/", ("model/base/",)),
    ("model/embed/", ("model/",)),
    ("firmware/", ("model/psp/", "model/idpf/", "model/net/", "model/flow/rule.h",
                   "model/base/driver_rules.h", "model/base/hex.h")),
    ("testbench/host/", ("model/net/", "model/psp/", "model/idpf/")),
    ("testbench/tcp/", ("model/net/", "model/psp/", "testbench/host/driver.h",
                        "testbench/host/psp_association.h", "testbench/host/psp_device.h",
                        "testbench/host/psp_mark.h")),
    ("testbench/diff/", ("model/idpf/", "model/net/", "model/psp/")),
    ("testbench/playback/", ("model/", "testbench/diff/")),
    ("testbench/traffic/", ("model/base/", "model/net/")),
    ("testbench/sweep/", ("model/base/", "testbench/bench/")),
    ("testbench/size/", ("model/base/", "model/crypto/area.h", "model/nic/area.h", "testbench/bench/",
                         "testbench/explain/", "testbench/report/", "testbench/sweep/")),
    ("testbench/polling/", ("model/idpf/", "model/net/", "model/psp/key.h",
                            "testbench/host/host_port.h")),
    ("testbench/vectors/", ("model/", "testbench/bench/host_system.h", "testbench/bench/script.h",
                            "testbench/diff/", "testbench/polling/")),
    ("testbench/validate/", ("model/", "testbench/bench/", "testbench/sweep/")),
    ("testbench/report/", ("model/base/config_error.h", "model/base/text.h", "model/base/units.h")),
    ("rtl/measure/", ("model/crypto/", "model/psp/", "rtl/")),
    ("rtl/", ("model/psp/", "model/net/")),
    ("testbench/", ("model/", "firmware/", "rtl/", "testbench/")),
]

# Programs that are built outside of the source tree.
OUTSIDE = "testbench/examples/embed/"

OUR_FOLDERS = ("model/", "firmware/", "testbench/", "rtl/")

# Who may know SystemC: folders and file stems.
SYSTEMC_ALLOWED = ("model/base/event_queue.", "model/embed/", "model/pcie/", "model/nic/", "testbench/bench/",
                   "testbench/cli/", "testbench/dpdk/", "testbench/examples/", "testbench/fuzz/",
                   "testbench/tests/", "testbench/vectors/")

_INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def includes(source):
    """Yields (line, path, whether it is quoted)."""
    for number, line in enumerate(code_only(source.text, keep_includes=True).split("\n"), 1):
        match = _INCLUDE.match(line)
        if match:
            yield number, match.group(1) or match.group(2), match.group(1) is not None


def _may_include(path, header):
    for folder, allowed in ALLOWED:
        if path.startswith(folder):
            return any(header == entry or entry.endswith("/") and header.startswith(entry)
                       for entry in (*allowed, folder))
    return False


def check_includes(source):
    if source.kind != "cpp":
        return
    folder = posixpath.dirname(source.path)
    for line, header, quoted in includes(source):
        ours = header.startswith(OUR_FOLDERS)
        if quoted and not ours and not source.path.startswith(OUTSIDE):
            yield Finding(source.path, line, "include", f'"{header}" does not start at the repository root')
        elif ours and not quoted:
            yield Finding(source.path, line, "include", f"<{header}> is ours and wants quotes")
        elif ours and not _may_include(source.path, header):
            yield Finding(source.path, line, "include", f"{folder} may not include {header}")
        elif re.match(r"(systemc|sysc/|tlm)", header) and not source.path.startswith(SYSTEMC_ALLOWED):
            yield Finding(source.path, line, "systemc", f"{folder} may not know SystemC")


RULES = [check_includes]
