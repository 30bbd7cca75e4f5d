#!/usr/bin/env python3
"""Checks what the linker and the compiler put into a program against being taken over.

usage: check_hardening.py PROGRAM [--release]
Exit status 77: readelf (binutils) is not installed.
"""
import re
import shutil
import subprocess
import sys


def read(*flags):
    return subprocess.run(["readelf", "-W", *flags], capture_output=True, text=True, check=True).stdout


def faults(program, is_release):
    header, segments = read("-h", program), read("-l", program)
    dynamic, symbols = read("-d", program), read("--dyn-syms", program)
    stack = re.search(r"GNU_STACK.*", segments)
    expected = {
        "it is not position independent (PIE)": re.search(r"Type:\s+DYN", header),
        "its stack may be executed": stack and " RWE " not in stack.group(),
        "its linkage table stays writable (no full RELRO)":
            "GNU_RELRO" in segments and re.search(r"FLAGS.*\bNOW\b|BIND_NOW", dynamic),
        "a segment is writable and executable": not re.search(r"LOAD.* RWE ", segments),
        "it carries a search path for libraries": not re.search(r"RPATH|RUNPATH", dynamic),
    }
    if is_release:
        expected |= {
            "stacks have no guard (-fstack-protector-strong)": "__stack_chk_fail" in symbols,
            "copies are not checked (_FORTIFY_SOURCE)": re.search(r"__\w+_chk\b", symbols),
        }
        if "X86-64" in header:
            expected["calls may land anywhere (-fcf-protection)"] = landing_pads(program) > 100
    return [fault for fault, holds in expected.items() if not holds]


def landing_pads(program):
    """How many places say that a call may land there (endbr64). The note that would tell of it in a
    word is only there when everything that is linked says so, Debian's start-up code among it."""
    with open(program, "rb") as file:
        return file.read().count(b"\xf3\x0f\x1e\xfa")


def main():
    if not shutil.which("readelf"):
        print("SKIPPED: readelf is not installed (package binutils)")
        return 77
    found = faults(sys.argv[1], "--release" in sys.argv[2:])
    for fault in found:
        print(f"{sys.argv[1]}: {fault}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
