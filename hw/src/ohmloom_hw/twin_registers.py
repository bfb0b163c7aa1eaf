"""The registers of the twin, and the window of its cells."""

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.features import Features
from ohmloom_hw.register_model import Register, Window, value_fields
from ohmloom_hw.spram import SPRAM_COUNT, SPRAM_DEPTH
from ohmloom_hw.twin_adc import UNIT_DRIFT
from ohmloom_hw.twin_cells import CellLayout

__all__ = ["twin_registers", "twin_window"]


def twin_registers() -> tuple[Register, ...]:
    """Return what makes the twin less than ideal; after reset nothing does."""
    return (
        Register(
            name="TWIN_NOISE",
            offset=0x090,
            access="rw",
            fields=value_fields(16),
            doc="standard deviation of each conversion of the twin, in 1/128 of a code",
        ),
        Register(
            name="TWIN_SEED",
            offset=0x094,
            access="strobe",
            fields=value_fields(32),
            doc="starts the noise of the twin anew; 0 is without effect",
        ),
        Register(
            name="TWIN_DRIFT",
            offset=0x098,
            access="rw",
            fields=value_fields(16, UNIT_DRIFT),
            doc="factor of all conductances of the twin, 2^15 is 1",
        ),
        Register(
            name="TWIN_OFFSET",
            offset=0x09C,
            access="rw",
            fields=value_fields(16),
            doc="code of the twin at zero current, in 1/128 of a code (signed, 16 bits)",
        ),
    )


def twin_window(spec: ChipSpec, features: Features) -> Window:
    """Return the window of the cells.

    Raises
    ------
    SpecError
        Where the cells are more than it may span, or than their memory holds.
    """
    layout = CellLayout.of(spec, features.lanes)
    if features.cells == "spram":
        _check_spram(layout)
    return Window(
        name="CONDUCTANCE",
        base=0x080000,
        words=layout.words,
        access="rw",
        doc=(
            f"levels of the twin's cells, {layout.per_chunk} a word from the low bits, "
            f"{layout.bits} bits each: the lanes of a row; then {1 << layout.row_bits} rows, "
            f"{1 << layout.pass_bits} passes, {1 << layout.select_bits} selects, tiles"
        ),
    )


def _check_spram(layout: CellLayout) -> None:
    needed = layout.chunks * -(-layout.per_chunk * layout.bits // 16)
    if layout.depth > SPRAM_DEPTH or needed > SPRAM_COUNT:
        msg = (
            f"cells in SPRAM must fit {SPRAM_COUNT} memories of {SPRAM_DEPTH} words, "
            f"not {needed} of {layout.depth}: take other lanes or smaller tiles"
        )
        raise SpecError(msg)
