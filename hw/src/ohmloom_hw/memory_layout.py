"""Which memories of a chip are corrected, and how large they are, as they are built."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from amaranth.hdl import Fragment

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.core import Core
from ohmloom_hw.features import DEFAULT_FEATURES

__all__ = ["MemoryLayout", "corrected_layouts"]


@dataclass(frozen=True, kw_only=True, slots=True)
class MemoryLayout:
    """Words and codewords of one corrected memory."""

    words: int
    """Words that it keeps."""
    codewords: int
    """Codewords of each."""
    data_bits: int
    """Bits that each of them stands for."""
    code_bits: int
    """Bits that each of them has."""

    @property
    def added_bits(self) -> int:
        """Bits that are there for the code alone."""
        return self.words * self.codewords * (self.code_bits - self.data_bits)


def corrected_layouts(spec: ChipSpec, *, maps: bool = False) -> Mapping[str, MemoryLayout]:
    """Return the corrected memories of a chip by their names; none where they have no code.

    Parameters
    ----------
    maps
        See `Features`.
    """
    core = Core(spec, replace(DEFAULT_FEATURES, maps=maps))
    Fragment.get(core, None)
    return {
        name: MemoryLayout(
            words=memory.depth,
            codewords=memory.codewords,
            data_bits=memory.code.data_bits,
            code_bits=memory.code.code_bits,
        )
        for name, memory in core.memories.items()
    }
