"""Emission of a chip: Verilog, registers in every form, and the spec that they were made from."""

import json
from dataclasses import dataclass
from pathlib import Path

from amaranth.back import verilog

from ohmloom_analog.spec import ChipSpec, write_spec
from ohmloom_hw.chip import Chip
from ohmloom_hw.converters.profile import write_profile
from ohmloom_hw.features import DEFAULT_FEATURES, Features
from ohmloom_hw.fusesoc import core_text
from ohmloom_hw.manual import manual_data, manual_header, manual_markdown
from ohmloom_hw.registers import register_table
from ohmloom_hw.svd import svd_text

__all__ = ["TOP", "EmittedFiles", "emit", "verilog_text"]

TOP = "ohmloom"
"""Name of the top module."""

_CONVERTERS = "converters.toml"


@dataclass(frozen=True, kw_only=True, slots=True)
class EmittedFiles:
    """Where the parts of a chip were written."""

    verilog: Path
    """The top module and all below it."""
    manual: Path
    """The registers, to be read."""
    registers: Path
    """The registers, as JSON."""
    header: Path
    """The registers, as a C header."""
    svd: Path
    """The registers, as CMSIS-SVD."""
    core: Path
    """The Verilog as a FuseSoC core."""
    spec: Path
    """The description, as TOML."""
    converters: Path | None
    """The profile of the converter chips, as TOML; None for a chip without."""


def verilog_text(spec: ChipSpec, features: Features = DEFAULT_FEATURES) -> str:
    """Return the Verilog of a chip; the same spec and features give the same bytes."""
    chip = Chip(spec, features)
    body = verilog.convert(chip, name=TOP, emit_src=False, strip_internal_attrs=True)
    return (
        f"// {spec.name}: digital side of a hybrid in-memory computer, made by Ohmloom.\n"
        f"// Hash of its description: {spec.hash}\n"
        "// Verilog 2005. Simulate with 'iverilog -g2005': later language levels of Icarus leave\n"
        "// combinational outputs unknown until an input changes.\n"
        f"{body}"
    )


def emit(spec: ChipSpec, folder: Path, *, features: Features = DEFAULT_FEATURES) -> EmittedFiles:
    """Write a chip into a folder, which is made if it isn't there.

    Each file is written beside its place and then renamed, so none is ever half there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = register_table(spec, features)
    files = EmittedFiles(
        verilog=folder / f"{TOP}.v",
        manual=folder / "registers.md",
        registers=folder / "registers.json",
        header=folder / "registers.h",
        svd=folder / f"{TOP}.svd",
        core=folder / f"{TOP}.core",
        spec=folder / "chip.toml",
        converters=None if features.converters is None else folder / _CONVERTERS,
    )
    _write(files.verilog, verilog_text(spec, features))
    _write(files.manual, manual_markdown(table))
    _write(files.registers, json.dumps(manual_data(table), indent=2) + "\n")
    _write(files.header, manual_header(table))
    _write(files.svd, svd_text(table, name=TOP, description=spec.name))
    _write(files.core, core_text(spec, verilog=files.verilog.name, top=TOP))
    write_spec(spec, files.spec)
    if features.converters is None:
        # That of another chip, written here before, isn't to be taken for this one's.
        (folder / _CONVERTERS).unlink(missing_ok=True)
    else:
        write_profile(features.converters, folder / _CONVERTERS)
    return files


def _write(path: Path, text: str) -> None:
    # An unchanged file keeps its date, so that simulators needn't be built anew.
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    beside = path.with_name(path.name + ".part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
