"""Registers of arithmetic codes."""

from ohmloom_hw.register_model import Register, counters

__all__ = ["an_registers"]


def an_registers() -> tuple[Register, ...]:
    """Return the registers, in order of address."""
    return counters(
        0x1A0,
        (
            ("AN_FIXED", "sums in which a code was off by one, and corrected, since CTRL.clear"),
            ("AN_FAILED", "sums in which more was wrong, since CTRL.clear"),
        ),
    )
