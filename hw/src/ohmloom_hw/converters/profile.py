"""Which converter chips a board has, and how they are wired to the array: plain data."""

import importlib.resources
import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import tomli_w

from ohmloom_analog.errors import SpecError
from ohmloom_hw.converters.chips import ADC_CHIPS, DAC_CHIPS, AdcChip, DacChip

__all__ = ["ConverterProfile", "load_profile", "profile_names", "write_profile"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConverterProfile:
    """The converters of one board.

    All DACs share clock and select and have a data line each, and so have all ADCs. A driver
    stands between each output of a DAC and its word line, an amplifier between each bit line and
    its input of an ADC:

    - the driver's gain is `word_full_scale` / `dac_reference`; without `word_full_scale` it is
      such that the highest slice code is the read voltage and each slice code a whole number of
      DAC steps, so that no code is rounded;
    - the amplifier's gain is such that one step of the array port's code is 2^shift steps of the
      ADC, shift = bits of the ADC - bits of the code: the full-scale current lies at
      (2^bits - 1) / 2^bits of `adc_reference`. Its output without current lies where the chip's
      description puts the code of zero current.

    Raises
    ------
    ValueError
        Where there is no such chip, or a number is out of range.
    """

    name: str
    """For messages and files."""
    dac: str
    """Part that drives the word lines."""
    adc: str
    """Part at the bit lines."""
    dac_reference: float | None = None
    """Full scale of the DAC [V]; None for the part's usual one."""
    adc_reference: float | None = None
    """Full scale of the ADC [V]; None for the part's usual one."""
    word_full_scale: float | None = None
    """Voltage that a word line would have at DAC code 2^bits [V]; None to have it computed."""
    read_margin: float = 0.05
    """How far a read may exceed the read voltage, offset calibration included, as a fraction."""
    write_limit: float = 0.0
    """Highest voltage of a word line while a cell is written [V]; 0 for a board that only reads."""
    line_settle: float = 2e-6
    """Settling of driver, line and amplifier after the DAC has settled [s]."""
    mux_settle: float = 1e-6
    """Settling of the analog switches between bit lines and ADCs, where there are any [s]."""
    board_delay: float = 10e-9
    """Longest way of a signal to a chip and back: pins, traces, level shifters [s]."""
    word_map: tuple[int, ...] | None = None
    """Output of each row: chip x channels + channel; None for the order of the rows."""
    line_map: tuple[int, ...] | None = None
    """Chip of each converter of the array port; None for their order."""

    def __post_init__(self) -> None:
        """Check."""
        for what, known in (("dac", DAC_CHIPS), ("adc", ADC_CHIPS)):
            if getattr(self, what) not in known:
                msg = f"{what} must be one of {', '.join(known)}, not {getattr(self, what)!r}"
                raise ValueError(msg)
        for what in ("dac_reference", "adc_reference", "word_full_scale"):
            value = getattr(self, what)
            if value is not None and not value > 0:
                msg = f"{what} must be above 0 V, not {value:g} V"
                raise ValueError(msg)
        for what in ("read_margin", "write_limit", "line_settle", "mux_settle", "board_delay"):
            if not getattr(self, what) >= 0:
                msg = f"{what} must be 0 or more, not {getattr(self, what):g}"
                raise ValueError(msg)
        for what in ("word_map", "line_map"):
            places = getattr(self, what)
            if places is not None and (len(set(places)) < len(places) or min(places) < 0):
                msg = f"{what} must hold different places from 0, not {places}"
                raise ValueError(msg)

    @property
    def dac_chip(self) -> DacChip:
        """The part that drives the word lines."""
        return DAC_CHIPS[self.dac]

    @property
    def adc_chip(self) -> AdcChip:
        """The part at the bit lines."""
        return ADC_CHIPS[self.adc]


def profile_names() -> tuple[str, ...]:
    """Return the names of the profiles that come with Ohmloom."""
    folder = importlib.resources.files("ohmloom_hw") / "profiles"
    return tuple(
        sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    )


def load_profile(source: str | Path) -> ConverterProfile:
    """Read a profile.

    Parameters
    ----------
    source
        The name of one that comes with Ohmloom, or the path of a TOML file.

    Raises
    ------
    SpecError
        Where there is no such profile, or what it holds is no profile.
    """
    if str(source) in profile_names():
        resource = importlib.resources.files("ohmloom_hw") / "profiles" / f"{source}.toml"
        text = resource.read_text(encoding="utf-8")
    elif Path(source).is_file():
        text = Path(source).read_text(encoding="utf-8")
    else:
        known = ", ".join(profile_names())
        msg = f"profile must be a TOML file or one of {known}, not '{source}'"
        raise SpecError(msg)
    try:
        return ConverterProfile(**_plain(tomllib.loads(text)))
    except (tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        msg = f"profile {source} must describe the converters of a board: {error}"
        raise SpecError(msg) from None


def write_profile(profile: ConverterProfile, path: Path) -> None:
    """Write a profile as TOML; `load_profile` gives it back equal."""
    data = {key: value for key, value in asdict(profile).items() if value is not None}
    path.write_text(tomli_w.dumps(data), encoding="utf-8")


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    known = {field.name for field in fields(ConverterProfile)}
    for key in data:
        if key not in known:
            msg = f"key must be one of {', '.join(sorted(known))}, not {key!r}"
            raise ValueError(msg)
    return {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
