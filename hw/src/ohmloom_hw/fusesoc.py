"""The emitted Verilog as a core for FuseSoC, in its format CAPI2."""

import re

from ohmloom_analog.spec import ChipSpec

__all__ = ["core_text"]


def core_text(spec: ChipSpec, *, verilog: str, top: str) -> str:
    """Return the description of a core that holds one Verilog file.

    Parameters
    ----------
    spec
        What the chip was made from; the core is named after it.
    verilog
        Name of the Verilog file, beside the description.
    top
        Its top module.
    """
    name = re.sub(r"[^a-z0-9]+", "_", spec.name.lower()).strip("_") or "chip"
    return f"""CAPI=2:
name: "ohmloom:chip:{name}:0"
description: "Digital side of a hybrid in-memory computer, hash {spec.hash[:16]}"

filesets:
  rtl:
    files:
      - {verilog}
    file_type: verilogSource-2005

targets:
  default: &default
    filesets: [rtl]
    toplevel: {top}
  lint:
    <<: *default
    default_tool: verilator
    tools:
      verilator:
        mode: lint-only
        verilator_options:
          - -Wall
          - -Wno-DECLFILENAME
          - -Wno-UNUSEDSIGNAL
          - -Wno-CASEINCOMPLETE
          - -Wno-WIDTHEXPAND
          - -Wno-WIDTHTRUNC
          - -Wno-PROCASSINIT
  sim:
    <<: *default
    default_tool: icarus
    tools:
      icarus:
        # Later language levels leave outputs unknown until an input changes.
        iverilog_options: [-g2005]
"""
