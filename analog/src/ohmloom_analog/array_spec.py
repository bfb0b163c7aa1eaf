"""The arrays of a chip: their cells, their lines, and groups of equal tiles."""

import hashlib
import importlib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from ohmloom_analog.effects_spec import EffectsSpec
from ohmloom_analog.spec_part import Fraction, NotNegative, Positive, SpecPart
from ohmloom_analog.write_spec import CODE_BITS, WriteSpec

__all__ = ["CellSpec", "TileSpec", "WireSpec"]


_FRACTIONS = ("relative", "uniform")


def _check_device(name: str) -> None:
    # Devices bring numpy along, which a chip of plain resistors does without.
    registry = importlib.import_module("ohmloom_analog.devices.registry")
    if _is_table(name):
        registry.device(name)
    elif name not in registry.device_names():
        known = ", ".join(("ohmic", *registry.device_names()))
        msg = f"device must be one of {known}, or a table of pulses that ends in .csv, not {name!r}"
        raise ValueError(msg)


def _is_table(name: str) -> bool:
    return name.endswith(".csv")


def _check_programming(name: str) -> None:
    if name in _FRACTIONS:
        return
    known = importlib.import_module("ohmloom_analog.programming_error").programming_error_names()
    if name not in known:
        msg = f"programming must be one of {', '.join(known)}, not {name!r}"
        raise ValueError(msg)


class CellSpec(SpecPart):
    """One memory cell: its conductance levels, evenly spaced, and how well they are reached.

    Conductances are those of the whole cell, memory and access device, at the read voltage.
    """

    g_min: NotNegative = 1e-6
    """Conductance of level 0 [S]."""
    g_max: Positive = 40e-6
    """Conductance of the highest level [S]."""
    levels: Annotated[int, Field(ge=2, le=256)] = 16
    """Conductance levels that are told apart; a power of two."""
    spread: Fraction = 0.0
    """Standard deviation of the programmed conductance, as a fraction of g_max."""
    device: str = "ohmic"
    """Physics of the memory: 'ohmic', a device of `ohmloom_analog.devices`, or a CSV of pulses.

    The path of a table of measured pulses counts from the folder of the chip's file, and is
    absolute once the chip is read.
    """
    access: Literal["1r", "1t1r", "1s1r"] = "1r"
    """What selects the memory: nothing, a transistor, or a selector."""
    r_access: NotNegative = 0.0
    """Resistance of the transistor, switched on [ohm]; for '1t1r'."""
    selector_current: Positive = 1e-9
    """I_s of the selector, I = I_s sinh(v / v_s) [A]; for '1s1r'."""
    selector_voltage: Positive = 0.05
    """v_s of the selector [V]; for '1s1r'."""
    programming: str = "relative"
    """Model of what write-verify leaves; its amount is `effects.programming_error`."""

    @field_validator("device", mode="after")
    @classmethod
    def _find_table(cls, value: str, info: ValidationInfo) -> str:
        if not _is_table(value):
            return value
        folder: Path = (info.context or {}).get("folder", Path())
        return str((folder / value).resolve())

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.g_min >= self.g_max:
            msg = f"g_min must be below g_max = {self.g_max:g} S, not {self.g_min:g} S"
            raise ValueError(msg)
        if self.levels & (self.levels - 1):
            msg = f"levels must be a power of two, not {self.levels}"
            raise ValueError(msg)
        if self.access == "1t1r" and self.g_max * self.r_access >= 1:
            msg = (
                f"r_access must be below 1 / g_max = {1 / self.g_max:g} ohm, "
                f"not {self.r_access:g} ohm"
            )
            raise ValueError(msg)
        if self.device != "ohmic":
            _check_device(self.device)
        _check_programming(self.programming)
        return self

    @property
    def device_identity(self) -> str:
        """What a chip's hash has in place of `device`: of a table its content, wherever it lies.

        Raises
        ------
        ValueError
            Where the table is gone.
        """
        if not _is_table(self.device):
            return self.device
        path = Path(self.device)
        if not path.is_file():
            msg = f"measured pulses must be an existing CSV file, not '{path}'"
            raise ValueError(msg)
        return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"

    @property
    def bits(self) -> int:
        """Bits w that one cell holds."""
        return self.levels.bit_length() - 1

    @property
    def g_step(self) -> float:
        """Conductance between neighbouring levels [S]."""
        return (self.g_max - self.g_min) / (self.levels - 1)


class WireSpec(SpecPart):
    """Resistances of the lines; the convention is that of `ohmloom_analog.crossbar`."""

    r_word: NotNegative = 0.0
    """One segment of a word line [ohm]."""
    r_bit: NotNegative = 0.0
    """One segment of a bit line [ohm]."""
    r_source: NotNegative = 0.0
    """Driver at the left end of each word line [ohm]."""
    r_sense: NotNegative = 0.0
    """Input of the sense circuit at the bottom end of each bit line [ohm]."""
    c_word: NotNegative = 0.0
    """Capacitance of one segment of a word line [F]; only a transient sees it."""
    c_bit: NotNegative = 0.0
    """Capacitance of one segment of a bit line [F]; only a transient sees it."""


class TileSpec(SpecPart):
    """A group of equal tiles: arrays of the same size, cells and wires."""

    count: Annotated[int, Field(ge=1, le=64)] = 1
    """How many such tiles the chip has."""
    rows: Annotated[int, Field(ge=1, le=256)]
    """Word lines R, one an input."""
    columns: Annotated[int, Field(ge=1, le=256)]
    """Logical columns C, one an output; each takes several bit lines."""
    cell: CellSpec = CellSpec()
    """The cells."""
    wires: WireSpec = WireSpec()
    """The lines."""
    effects: EffectsSpec = EffectsSpec()
    """What departs from the ideal."""
    write: WriteSpec | None = None
    """How the cells are written; None where the chip doesn't write them."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        error, name = self.effects.programming_error, self.cell.programming
        if name in _FRACTIONS and error > 1:
            msg = (
                "effects.programming_error must be a fraction from 0 to 1 "
                f"with the model '{name}', as 0.05 is 5 %, not {error:g}"
            )
            raise ValueError(msg)
        if self.cell.device == "ohmic":
            for what, wanted in (
                ("nonlinear", self.effects.nonlinear),
                ("retention.model = 'device'", self.effects.retention.model == "device"),
                ("disturb.voltage", self.effects.disturb.voltage > 0),
            ):
                if wanted:
                    msg = f"effects.{what} must have a cell.device that says how, not 'ohmic'"
                    raise ValueError(msg)
        if self.write is not None:
            self._check_write(self.write)
        return self

    def _check_write(self, write: WriteSpec) -> None:
        cell = self.cell
        if cell.device == "ohmic":
            msg = "cell.device must be one that pulses move in a tile that is written, not 'ohmic'"
            raise ValueError(msg)
        if (write.scheme == "1t1r") != (cell.access == "1t1r"):
            msg = f"write.scheme must fit cell.access = '{cell.access}', not be '{write.scheme}'"
            raise ValueError(msg)
        if cell.access == "1t1r" and cell.r_access == 0:
            msg = "cell.r_access must be above 0 ohm in a tile that is written, not 0 ohm"
            raise ValueError(msg)
        registry = importlib.import_module("ohmloom_analog.devices.registry")
        memory = registry.device(cell.device)
        if memory.technology == "mram":
            msg = f"cell.device must be one of levels to be written, not '{cell.device}'"
            raise ValueError(msg)
        least, most = memory.valid.voltage
        for name, bound, pulses in (
            ("set", most, (write.set, write.set_top, write.form)),
            ("reset", -least, (write.reset, write.reset_top)),
        ):
            drive = max(pulse.drive.stop for pulse in pulses if pulse is not None)
            # Its code may stand for half a step more.
            if drive + write.drive_full / (1 << CODE_BITS) > bound:
                msg = (
                    f"write.{name}.drive must be a code below {bound:g} V, the range of "
                    f"'{cell.device}', not {drive:g} V"
                )
                raise ValueError(msg)
