"""Neurons from values with units: the integers that fit, and the error that rounding leaves."""

from dataclasses import dataclass

from ohmloom_analog.neurons import COEFFICIENT_BITS

__all__ = ["Rounded", "rounded_gain", "rounded_leak", "rounded_potential"]

_TOP = 1 << COEFFICIENT_BITS
_LONGEST_SHIFT = 31


@dataclass(frozen=True, kw_only=True, slots=True)
class Rounded:
    """An integer in place of a value."""

    code: int
    """The integer: a potential in steps, a coefficient or a multiplier."""
    shift: int
    """Right shift that goes with the code."""
    wanted: float
    """The value asked for, in the unit of what it stands for."""

    @property
    def value(self) -> float:
        """What the integer stands for."""
        return self.code * 2.0**-self.shift

    @property
    def error(self) -> float:
        """Value less the one asked for."""
        return self.value - self.wanted


def rounded_potential(wanted: float, fraction_bits: int, state_bits: int = 16) -> Rounded:
    """Return a potential in steps of ``2**-fraction_bits``.

    Raises
    ------
    ValueError
        Where the state cannot hold it.
    """
    code, limit = round(wanted * 2**fraction_bits), 1 << (state_bits - 1)
    if not -limit <= code < limit:
        msg = (
            f"potential must be in [{-limit / 2**fraction_bits}, "
            f"{(limit - 1) / 2**fraction_bits}], not {wanted}"
        )
        raise ValueError(msg)
    return Rounded(code=code, shift=fraction_bits, wanted=wanted)


def rounded_leak(wanted: float) -> Rounded:
    """Return dt / tau in steps of 2^-16; 1 becomes the greatest coefficient, 65535 of 65536.

    Raises
    ------
    ValueError
        Where dt / tau is not in [0, 1], or is so small that the neuron would not leak.
    """
    if not 0 <= wanted <= 1:
        msg = f"dt / tau must be in [0, 1], not {wanted}"
        raise ValueError(msg)
    code = min(round(wanted * _TOP), _TOP - 1)
    if wanted and not code:
        msg = f"dt / tau must be 0 or at least {0.5 / _TOP}, not {wanted}"
        raise ValueError(msg)
    return Rounded(code=code, shift=COEFFICIENT_BITS, wanted=wanted)


def rounded_gain(wanted: float) -> Rounded:
    """Return a gain, in steps of state per step of sum, as multiplier and the longest shift.

    Raises
    ------
    ValueError
        Where no 16-bit multiplier reaches it.
    """
    for shift in range(_LONGEST_SHIFT, -1, -1):
        code = round(wanted * 2**shift)
        if 0 <= code < _TOP and (code or not wanted):
            return Rounded(code=code, shift=shift, wanted=wanted)
    msg = f"gain must be 0 or in [{0.5 / 2**_LONGEST_SHIFT}, {_TOP - 1}], not {wanted}"
    raise ValueError(msg)
