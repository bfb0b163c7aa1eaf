"""What single operations, accesses and parts of a chip take: energy, power and area.

Each figure has its source, and one of these marks: *read* in the named public file, *derived* from
such figures, or *recalled* from the literature without the source at hand. The converters are
those of 32 nm, the digital operations those of 45 nm at 0.9 V; neither is scaled to the other.
"""

from dataclasses import dataclass, fields
from typing import Literal

__all__ = [
    "ANALOG_COSTS",
    "AREA_COSTS",
    "DIGITAL_COSTS",
    "AnalogCosts",
    "AreaCosts",
    "DigitalCosts",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class DigitalCosts:
    """Energies of operations and of memory, M. Horowitz, ISSCC 2014, 45 nm, 0.9 V.

    Raises
    ------
    ValueError
        Where one isn't above 0 J.
    """

    add_8: float = 0.03e-12
    """An integer addition of 8 bits [J]; read (stillwater-sc/universal, generic_45nm.hpp)."""
    add_32: float = 0.1e-12
    """An integer addition of 32 bits [J]; read, same file."""
    multiply_8: float = 0.2e-12
    """An integer multiplication of 8 bits [J]; read, same file."""
    multiply_32: float = 3.1e-12
    """An integer multiplication of 32 bits [J]; read, same file."""
    sram_byte: float = 10e-12 / 8
    """A byte of an SRAM of 8 KB, an eighth of an access of 64 bits [J]; read, same file."""
    dram_byte: float = 1300e-12 / 8
    """A byte of DRAM, an eighth of an access of 64 bits, the least of 1.3 to 2.6 nJ [J]; read."""

    def __post_init__(self) -> None:
        """Check that every energy is one."""
        _check(self, "J")

    @property
    def mac_8(self) -> float:
        """A multiplication of 8 bits and its addition [J]; derived, 0.23 pJ."""
        return self.multiply_8 + self.add_8


@dataclass(frozen=True, kw_only=True, slots=True)
class AnalogCosts:
    """Powers of the circuits around an array.

    Raises
    ------
    ValueError
        Where one isn't above 0 W.
    """

    dac_bit: float = 3.9e-6
    """A driver of one bit [W]; read (thu-nics/MNSIM-2.0 DAC.py, as in ISAAC, 32 nm)."""
    amplifier: float = 30e-6
    """A transimpedance amplifier [W]; recalled, the middle of 10 to 100 uW on a log scale."""

    def __post_init__(self) -> None:
        """Check that every power is one."""
        _check(self, "W")

    def dac(self, bits: int) -> float:
        """Return the power of a driver [W]: twice as much a bit.

        The law is MNSIM's table, 3.9, 7.8, 15.6, 31.2 and 124.8 uW at 1, 2, 3, 4 and 6 bits.

        Raises
        ------
        ValueError
            Where there isn't a bit.
        """
        return self.dac_bit * float(1 << _at_least_one(bits) - 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class AreaCosts:
    """Areas of the parts of a chip at 32 nm.

    Raises
    ------
    ValueError
        Where one isn't above 0 m.
    """

    feature: float = 32e-9
    """Feature size F [m]; that of the converters below."""
    adc_8: float = 0.0012e-6
    """A converter of 8 bits [m^2]; read (Aayush-Ankit/puma-simulator constants.py)."""
    dac_bit: float = 0.166e-12
    """A driver of one bit [m^2]; read (MNSIM-2.0 DAC.py), doubled a bit as there."""
    adder: float = 0.00006e-6
    """A shift-and-add unit [m^2]; read (puma-simulator constants.py)."""
    buffer_byte: float = 0.0021e-6 / 2048
    """A byte of SRAM [m^2]; recalled, ISAAC's input register of 2 KB."""

    def __post_init__(self) -> None:
        """Check that every size is one."""
        _check(self, "m")

    def adc(self, bits: int) -> float:
        """Return the area of a converter [m^2]: twice as much a bit, as its capacitors are.

        Raises
        ------
        ValueError
            Where there isn't a bit.
        """
        return self.adc_8 * 2.0 ** (_at_least_one(bits) - 8)

    def dac(self, bits: int) -> float:
        """Return the area of a driver [m^2].

        Raises
        ------
        ValueError
            Where there isn't a bit.
        """
        return self.dac_bit * float(1 << _at_least_one(bits) - 1)

    def cell(self, access: Literal["1r", "1t1r", "1s1r"]) -> float:
        """Return the area of a cell [m^2].

        2F by 2F, or with a transistor 4F by 12F, the pitches of NeuroSim's line resistances.
        """
        return (48.0 if access == "1t1r" else 4.0) * self.feature**2


def _check(costs: DigitalCosts | AnalogCosts | AreaCosts, unit: str) -> None:
    for field in fields(costs):
        value = getattr(costs, field.name)
        if not 0 < value < float("inf"):
            msg = f"{field.name} must be finite and above 0 {unit}, not {value!r}"
            raise ValueError(msg)


def _at_least_one(bits: int) -> int:
    if bits < 1:
        msg = f"bits must be at least 1, not {bits}"
        raise ValueError(msg)
    return bits


DIGITAL_COSTS = DigitalCosts()
ANALOG_COSTS = AnalogCosts()
AREA_COSTS = AreaCosts()
