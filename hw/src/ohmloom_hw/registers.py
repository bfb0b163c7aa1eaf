"""The registers of a chip, declared once: gateware, driver and manual are made from this table."""

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.analyser_registers import analyser_registers, analyser_window
from ohmloom_hw.converters.registers import converter_registers, converter_windows
from ohmloom_hw.core_registers import core_registers
from ohmloom_hw.ecc_registers import ecc_registers, ecc_windows
from ohmloom_hw.feature_register import feature_register
from ohmloom_hw.features import DEFAULT_FEATURES, Features
from ohmloom_hw.learning.registers import learning_registers, learning_windows, learns
from ohmloom_hw.learning.transposed_registers import (
    transposed_registers,
    transposed_windows,
    transposes,
)
from ohmloom_hw.map_registers import has_maps, map_windows
from ohmloom_hw.march_registers import march_registers, march_windows
from ohmloom_hw.program_registers import program_registers, program_windows
from ohmloom_hw.register_model import RegisterTable, Window
from ohmloom_hw.spiking.spiking_registers import spiking_registers, spiking_windows
from ohmloom_hw.step_words import STEP_WORDS
from ohmloom_hw.twin_registers import twin_registers, twin_window

__all__ = ["entries_per_word", "register_table"]


def entries_per_word(spec: ChipSpec) -> int:
    """Return how many entries of the input buffer share a word of INPUT: 4 or 2."""
    return 32 // spec.entry_bits


def register_table(spec: ChipSpec, features: Features = DEFAULT_FEATURES) -> RegisterTable:
    """Return the address space of a chip."""
    registers = (
        *core_registers(spec, features),
        feature_register(features),
        *(twin_registers() if features.behind == "twin" else ()),
    )
    windows = _windows(spec)
    if features.analyser_depth:
        registers += analyser_registers(features.analyser_depth)
        windows += (analyser_window(spec, features.analyser_depth),)
    if features.behind == "twin":
        windows += (twin_window(spec, features),)
    if features.writes:
        registers += (*program_registers(spec), *march_registers(spec))
        windows += (*program_windows(spec), *march_windows(spec))
    if learns(spec, features):
        registers += learning_registers(spec)
        windows += learning_windows(spec)
    if transposes(spec, features):
        registers += transposed_registers()
        windows += transposed_windows(spec)
    registers += ecc_registers(spec)
    windows += ecc_windows(spec)
    registers += spiking_registers(spec)
    windows += spiking_windows(spec)
    if has_maps(spec, features):
        windows += map_windows(spec)
    if features.converters is not None:
        registers += converter_registers(spec, features.converters)
        windows += converter_windows(spec, features.converters)
    return RegisterTable(
        registers=tuple(sorted(registers, key=lambda register: register.offset)),
        windows=tuple(sorted(windows, key=lambda window: window.base)),
    )


def _windows(spec: ChipSpec) -> tuple[Window, ...]:
    calibration = 2 * spec.tiles * spec.columns
    return (
        Window(
            name="INPUT",
            base=0x010000,
            words=spec.input_entries // entries_per_word(spec),
            access="rw",
            doc=f"input buffer, {entries_per_word(spec)} entries a word, the first in the low bits",
        ),
        Window(
            name="RESULT",
            base=0x020000,
            words=spec.result_entries,
            access="ro",
            doc="result buffer, one signed entry a word",
        ),
        Window(
            name="CALIBRATION",
            base=0x030000,
            words=1 << (calibration - 1).bit_length(),
            access="rw",
            doc="two words a column, tile by tile: offset (signed), then gain (16 bits, 2^14 is 1)",
        ),
        Window(
            name="STEP",
            base=0x050000,
            words=len(STEP_WORDS) * spec.step_entries,
            access="rw",
            doc="step table, four words a step",
        ),
        Window(
            name="BIAS",
            base=0x060000,
            words=spec.result_entries,
            access="rw",
            doc="bias table, one signed entry a word",
        ),
    )
