"""Boards, as data: one TOML file and one constraints file each.

Whatever is the same for all boards stays out of here; whatever differs is a field.
"""

import difflib
import importlib.resources
import tomllib
from dataclasses import dataclass, fields
from importlib.resources.abc import Traversable
from typing import Any, Literal, TypeAlias, get_args

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_hw.features import CellMemory, Features

__all__ = ["Board", "Family", "board_names", "constraints_text", "load_board"]

Family: TypeAlias = Literal["ice40", "ecp5", "gowin"]

_LEDS = ("heartbeat", "busy", "error")


@dataclass(frozen=True, kw_only=True, slots=True)
class Board:
    """A board, and what is built for it by default.

    Raises
    ------
    ValueError
        Where a choice isn't one of those there are, or a number is out of range.
    """

    name: str
    """As it is called on the command line."""
    title: str
    """As its maker calls it, with the part where boards differ in it."""
    family: Family
    """Family of the FPGA, which decides on the tools."""
    device: str
    """The part, as the place-and-route tool calls it."""
    package: str
    """Its package; for 'gowin' the database of the chip."""
    speed: str = ""
    """Its speed grade; for 'ecp5'."""
    clock: float
    """Frequency of the oscillator at `clk` [Hz]."""
    baud: int = 1_000_000
    """Rate of the serial line [bit/s]."""
    constraints: str
    """Name of the constraints file."""
    leds: tuple[str, ...] = _LEDS
    """What the LEDs show, of heartbeat, busy and error."""
    leds_low: bool = False
    """Whether an LED is lit by a low pin."""
    synth: tuple[str, ...] = ()
    """Further options of the synthesis."""
    pnr: tuple[str, ...] = ()
    """Further options of place and route."""
    programmer: tuple[str, ...]
    """Arguments of openFPGALoader, before the bitstream."""
    chip: str = "default"
    """Chip that is built by default: a preset; its clock and baud are the board's."""
    lanes: int = 1
    """Products that its twin computes at once."""
    cells: CellMemory = "block"
    """Where its twin keeps its cells."""

    def __post_init__(self) -> None:
        """Check."""
        if self.family not in get_args(Family):
            known = ", ".join(get_args(Family))
            msg = f"family of {self.name} must be one of {known}, not {self.family!r}"
            raise ValueError(msg)
        if not self.clock > 0:
            msg = f"clock of {self.name} must be above 0 Hz, not {self.clock:g} Hz"
            raise ValueError(msg)
        for led in self.leds:
            if led not in _LEDS:
                msg = f"leds of {self.name} must be of {', '.join(_LEDS)}, not {led!r}"
                raise ValueError(msg)

    @property
    def features(self) -> Features:
        """What its chip is built with by default."""
        return Features(behind="twin", lanes=self.lanes, cells=self.cells)

    def fit(self, spec: ChipSpec) -> ChipSpec:
        """Return a chip with the clock and the baud rate of the board.

        Raises
        ------
        SpecError
            Where the two don't go together.
        """
        plain = spec.model_dump(mode="json")
        return ChipSpec.parse(plain | {"clock": self.clock, "baud": self.baud}, source=self.name)

    @property
    def default_spec(self) -> ChipSpec:
        """The chip that is built by default."""
        return self.fit(load_spec(self.chip))


def board_names() -> tuple[str, ...]:
    """Return the names of the boards that come with Ohmloom."""
    return tuple(
        sorted(
            file.name.removesuffix(".toml")
            for file in _folder().iterdir()
            if file.name.endswith(".toml")
        )
    )


def load_board(name: str) -> Board:
    """Return a board by its name.

    Raises
    ------
    SpecError
        Where there is no such board.
    """
    known = board_names()
    if name not in known:
        near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        msg = f"board must be one of {', '.join(known)}, not '{name}'{hint}"
        raise SpecError(msg)
    plain: dict[str, Any] = tomllib.loads((_folder() / f"{name}.toml").read_text(encoding="utf-8"))
    unknown = sorted(plain.keys() - {field.name for field in fields(Board)})
    if unknown:
        msg = f"{name}.toml must hold fields of a board, not '{unknown[0]}'"
        raise SpecError(msg)
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()
    }
    return Board(name=name, **values)


def constraints_text(board: Board) -> str:
    """Return the content of the constraints file of a board."""
    return (_folder() / "constraints" / board.constraints).read_text(encoding="utf-8")


def _folder() -> Traversable:
    return importlib.resources.files("ohmloom_hw.boards")
