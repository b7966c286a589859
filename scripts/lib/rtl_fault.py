# SPDX-License-Identifier: Apache-2.0
"""What a seeded fault of the RTL is (scripts/rtl_mutate)."""
import typing

# Test programs, those first that build soonest.
PROGRAMS = ["rtl_ghash_test", "rtl_gcm_test", "rtl_kdf_test", "rtl_aes_test", "rtl_engine_test",
            "rtl_measure_test"]


class Misplaced(Exception):
    """A fault that cannot be seeded."""


class Fault(typing.NamedTuple):
    """Text that becomes another text. One that lint finds shows nothing about the tests."""
    name: str
    description: str
    file: str
    old: str                      # occurs exactly once in the file
    new: str
    programs: tuple               # every one of them must fail
    also: tuple = ()              # further (old, new) in the same file
    gates: bool = False           # only there with S-boxes of gates, which take long to compile


def seeded(fault, text):
    """The text of the fault's file with the fault."""
    if not set(fault.programs) <= set(PROGRAMS) or not fault.programs:
        raise Misplaced(f"{fault.name}: unknown test programs {fault.programs}")
    for old, new in ((fault.old, fault.new), *fault.also):
        count = text.count(old)
        if count != 1:
            raise Misplaced(f"{fault.name}: its text occurs {count} times in {fault.file}, not once:\n{old}")
        if old == new:
            raise Misplaced(f"{fault.name}: changes nothing")
        text = text.replace(old, new)
    return text
