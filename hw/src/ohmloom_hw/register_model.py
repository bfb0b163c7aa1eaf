"""What a register table is made of, as plain checked data."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "WINDOW_GRANULE",
    "Access",
    "Field",
    "Register",
    "RegisterTable",
    "Window",
    "counters",
    "power_of_two",
    "value_fields",
]

Access = Literal["constant", "ro", "rw", "strobe", "clear"]
"""What the host may do.

`constant` and `ro` can be read, the one fixed when the chip is built, the other driven by the
chip. `rw` keeps what was written. `strobe` reads as 0, and a bit written as 1 is high for one
cycle. `clear` reads what the chip has noted, and a bit written as 1 is forgotten.
"""

WINDOW_GRANULE = 0x10000
"""Windows begin at multiples of this byte address, registers lie below it."""

_WORD_BITS = 32
_ADDRESS_BITS = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A range of bits of a word.

    Raises
    ------
    ValueError
        Where the bits lie outside a word, or the reset value outside the bits.
    """

    name: str
    """Name, unique in its word."""
    low: int = 0
    """Lowest bit."""
    width: int = _WORD_BITS
    """Number of bits."""
    reset: int = 0
    """Value after reset, or for ever if the register is constant."""
    doc: str = ""
    """One line of the manual."""

    def __post_init__(self) -> None:
        """Check the bits."""
        if self.low < 0 or self.width < 1 or self.low + self.width > _WORD_BITS:
            msg = f"field {self.name} must lie in bits 0 to 31, not {self.low} to {self.high}"
            raise ValueError(msg)
        if not 0 <= self.reset < 1 << self.width:
            msg = f"reset of field {self.name} must fit {self.width} bits, not {self.reset}"
            raise ValueError(msg)

    @property
    def high(self) -> int:
        """Highest bit."""
        return self.low + self.width - 1

    def extract(self, word: int) -> int:
        """Return the field's value in a word."""
        return (word >> self.low) & ((1 << self.width) - 1)

    def insert(self, value: int) -> int:
        """Return a word with this field's value, all other bits 0.

        Raises
        ------
        ValueError
            Where the value doesn't fit.
        """
        if not 0 <= value < 1 << self.width:
            msg = f"{self.name} must be in [0, {(1 << self.width) - 1}], not {value}"
            raise ValueError(msg)
        return value << self.low


@dataclass(frozen=True, kw_only=True, slots=True)
class Register:
    """One word at a fixed address.

    Raises
    ------
    ValueError
        Where the address isn't that of a word, or fields overlap or aren't in order.
    """

    name: str
    """Name in capitals."""
    offset: int
    """Byte address."""
    access: Access
    """What the host may do."""
    fields: tuple[Field, ...]
    """From low bits to high; bits outside them read as 0."""
    doc: str
    """One line of the manual."""

    def __post_init__(self) -> None:
        """Check address and fields."""
        if self.offset % 4 or not 0 <= self.offset < WINDOW_GRANULE:
            msg = f"offset of {self.name} must be a word's, below 0x10000, not {self.offset:#x}"
            raise ValueError(msg)
        free = 0
        for field in self.fields:
            if field.low < free:
                msg = (
                    f"field {field.name} of {self.name} must begin at bit {free} or higher, "
                    f"not {field.low}"
                )
                raise ValueError(msg)
            free = field.high + 1

    @property
    def reset(self) -> int:
        """The whole word after reset."""
        return sum(field.insert(field.reset) for field in self.fields)

    def field(self, name: str) -> Field:
        """Return a field by its name."""
        return next(field for field in self.fields if field.name == name)


def value_fields(width: int = _WORD_BITS, reset: int = 0) -> tuple[Field, ...]:
    """Return the fields of a register that is one number, from bit 0."""
    return (Field(name="value", width=width, reset=reset, doc="the value"),)


def counters(first: int, meanings: Iterable[tuple[str, str]]) -> tuple[Register, ...]:
    """Return registers that count, by their names and meanings, from a byte address on."""
    return tuple(
        Register(name=name, offset=first + 4 * place, access="ro", fields=value_fields(), doc=doc)
        for place, (name, doc) in enumerate(meanings)
    )


def power_of_two(at_least: int) -> int:
    """Return the smallest power of two that isn't below a number, as the size of a window is."""
    return 1 << (at_least - 1).bit_length()


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A range of addresses behind which a memory sits.

    Raises
    ------
    ValueError
        Where the base isn't a multiple of `WINDOW_GRANULE`, or the size no power of two.
    """

    name: str
    """Name in capitals."""
    base: int
    """Byte address of the first word."""
    words: int
    """Number of words, a power of two."""
    access: Literal["ro", "rw"]
    """What the host may do."""
    doc: str
    """One line of the manual."""
    live: bool = False
    """Whether the host reaches it during a run too."""

    def __post_init__(self) -> None:
        """Check place and size."""
        if self.base % WINDOW_GRANULE or self.base < WINDOW_GRANULE:
            msg = f"base of {self.name} must be a multiple of 0x10000 above 0, not {self.base:#x}"
            raise ValueError(msg)
        if self.words < 1 or self.words & (self.words - 1):
            msg = f"words of {self.name} must be a power of two, not {self.words}"
            raise ValueError(msg)

    @property
    def end(self) -> int:
        """Byte address after the last word."""
        return self.base + 4 * self.words

    @property
    def addr_bits(self) -> int:
        """Width of the word index."""
        return max(1, (self.words - 1).bit_length())


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisterTable:
    """The address space of one chip.

    Raises
    ------
    ValueError
        Where two names or two ranges of addresses collide.
    """

    registers: tuple[Register, ...]
    """In order of address."""
    windows: tuple[Window, ...]
    """In order of address."""

    def __post_init__(self) -> None:
        """Check that nothing collides."""
        names = [register.name for register in self.registers]
        names += [window.name for window in self.windows]
        for name in names:
            if names.count(name) > 1:
                msg = f"{name} must be declared once, not {names.count(name)} times"
                raise ValueError(msg)
        spans = [(r.offset, r.offset + 4, r.name) for r in self.registers]
        spans += [(w.base, w.end, w.name) for w in self.windows]
        free = 0
        for start, end, name in spans:
            if start < free or end > 1 << _ADDRESS_BITS:
                msg = f"{name} must begin at {free:#x} or higher and end by 2^24, not {start:#x}"
                raise ValueError(msg)
            free = end

    def register(self, name: str) -> Register:
        """Return a register by its name."""
        return next(register for register in self.registers if register.name == name)

    def window(self, name: str) -> Window:
        """Return a window by its name."""
        return next(window for window in self.windows if window.name == name)

    def describe(self, address: int) -> str:
        """Return an address with the name of what is there, for messages."""
        for register in self.registers:
            if register.offset == address:
                return f"{register.name} ({address:#08x})"
        for window in self.windows:
            if window.base <= address < window.end:
                return f"{window.name}[{(address - window.base) // 4}] ({address:#08x})"
        return f"{address:#08x}"
