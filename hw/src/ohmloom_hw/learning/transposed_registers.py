"""The registers and windows of transposed reads."""

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.features import Features
from ohmloom_hw.learning.registers import learns
from ohmloom_hw.register_model import Field, Register, Window, counters, power_of_two

__all__ = [
    "error_entries",
    "sum_entries",
    "transposed_registers",
    "transposed_windows",
    "transposes",
]


def transposes(spec: ChipSpec, features: Features) -> bool:
    """Return whether a chip has transposed reads.

    Raises
    ------
    ValueError
        Where there is something behind its array ports that has no drivers at bit lines.
    """
    if spec.learning is None or not spec.learning.transposed:
        return False
    if features.behind != "pins":
        msg = f"behind must be 'pins' for a chip with learning.transposed, not {features.behind!r}"
        raise ValueError(msg)
    return learns(spec, features)


def error_entries(spec: ChipSpec) -> int:
    """Return the entries of the buffer of errors."""
    return power_of_two(max(2, spec.columns))


def sum_entries(spec: ChipSpec) -> int:
    """Return the entries of the buffer of sums."""
    return power_of_two(max(2, spec.rows))


def transposed_registers() -> tuple[Register, ...]:
    """Return the registers, in order of address."""
    strobes = (
        Field(name="start", low=0, width=1, doc="read; ignored while busy"),
        Field(name="abort", low=1, width=1, doc="end the read, with all lines at code 0"),
    )
    status = (
        Field(name="busy", low=0, width=1, doc="a read is under way"),
        Field(name="done", low=1, width=1, doc="the last job was one, and came to its end"),
        Field(name="error", low=2, width=1, doc="the last job was one, and ended with an error"),
        Field(name="code", low=8, width=8, doc="the error code, as in WRITE_ERROR"),
    )
    return (
        Register(
            name="TRANSPOSE_CTRL",
            offset=0x240,
            access="strobe",
            fields=strobes,
            doc="errors back through the weights of WRITE_TILE",
        ),
        Register(
            name="TRANSPOSE_STATUS",
            offset=0x244,
            access="ro",
            fields=status,
            doc="state of transposed reads",
        ),
        *counters(0x248, (("TRANSPOSE_CLIPPED", "conversions of the last one out of range"),)),
    )


def transposed_windows(spec: ChipSpec) -> tuple[Window, ...]:
    """Return the windows, in order of address."""
    return (
        Window(
            name="TRANSPOSE_IN",
            base=0x350000,
            words=error_entries(spec),
            access="rw",
            doc=f"errors, one signed a column, of {spec.input.bits + 1} bits",
        ),
        Window(
            name="TRANSPOSE_OUT",
            base=0x360000,
            words=sum_entries(spec),
            access="ro",
            doc="sums of weights times errors, one signed a row",
        ),
    )
