"""What a chip is built with, besides its description: links, buses, what stands behind the array.

A description says what is computed; the features say how it is reached and what it is tried with.
The same description with other features gives the same results.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from ohmloom_hw.converters.profile import ConverterProfile

__all__ = ["DEFAULT_FEATURES", "Behind", "BusName", "CellMemory", "Features", "LinkName"]

LinkName: TypeAlias = Literal["frame", "uartbone"]
BusName: TypeAlias = Literal["none", "wishbone", "axi4lite", "apb"]
CellMemory: TypeAlias = Literal["block", "spram"]
Behind: TypeAlias = Literal["pins", "twin", "converters"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Features:
    """How a chip is reached, and what answers at its array ports.

    Raises
    ------
    ValueError
        Where a choice isn't one of those there are, or a number is out of range.
    """

    link: LinkName = "frame"
    """The serial link: checked frames with replies, or LiteX's plain bridge."""
    bus: BusName = "none"
    """The bus that the chip offers to a system on a chip, beside its link."""
    behind: Behind = "pins"
    """What the array ports lead to: pins of the top, the twin, or converter chips."""
    lanes: int = 1
    """Products that each twin computes at once, 1 to 64."""
    cells: CellMemory = "block"
    """Where a twin keeps its cells: block RAM, or the large memories of the iCE40 UltraPlus."""
    maps: bool = False
    """Whether columns and rows go through maps though the chip has no spares; see `PlaceMaps`."""
    writes: bool = False
    """Whether the chip writes and verifies its cells, which needs pins behind the array ports."""
    analyser_depth: int = 0
    """Samples of the logic analyser, a power of two; 0 leaves it out."""
    converters: ConverterProfile | None = None
    """Converter chips of the board, where they stand behind the array ports; None where a host
    doesn't know them, which then has no names for their registers.
    """

    def __post_init__(self) -> None:
        """Check."""
        for name, choices in (
            ("link", LinkName),
            ("bus", BusName),
            ("behind", Behind),
            ("cells", CellMemory),
        ):
            if getattr(self, name) not in get_args(choices):
                names = ", ".join(get_args(choices))
                msg = f"{name} must be one of {names}, not {getattr(self, name)!r}"
                raise ValueError(msg)
        if not 1 <= self.lanes <= 64:
            msg = f"lanes must be from 1 to 64, not {self.lanes}"
            raise ValueError(msg)
        depth = self.analyser_depth
        if depth < 0 or depth & (depth - 1) or depth == 1 or depth > 1 << 16:
            msg = f"analyser_depth must be 0 or a power of two from 2 to 65536, not {depth}"
            raise ValueError(msg)
        if self.writes and self.behind != "pins":
            msg = f"writes must be given only with behind = 'pins', not with {self.behind!r}"
            raise ValueError(msg)
        if self.converters is not None and self.behind != "converters":
            msg = (
                "converters must be given only with behind = 'converters', "
                f"not {self.converters.name} with {self.behind!r}"
            )
            raise ValueError(msg)


DEFAULT_FEATURES = Features()
"""A chip behind its serial link, with its array ports as pins."""
