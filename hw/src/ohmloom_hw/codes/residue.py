"""Residue checks: a sum and what it should be leave the same remainder.

A modulus of m = 2^k - 1 needs no division: as 2^k leaves 1, a word leaves what the sum of its
pieces of k bits leaves. An error that is no multiple of m is noticed, so each +-2^p is; one that is
a multiple isn't, which of errors at random is one in m.

======  =======================================
symbol  name
======  =======================================
m       modulus: 3, 7 or 15
k       bits of a remainder, m = 2^k - 1
======  =======================================
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from amaranth.hdl import Mux, Value

from ohmloom_analog.spec import ChipSpec

__all__ = ["MODULI", "ResidueCode"]

MODULI = (3, 7, 15)
"""Moduli that are offered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ResidueCode:
    """The check by one modulus.

    Raises
    ------
    ValueError
        Where the modulus isn't offered.
    """

    modulus: int
    """m."""

    def __post_init__(self) -> None:
        """Check."""
        if self.modulus not in MODULI:
            msg = f"modulus must be one of {', '.join(map(str, MODULI))}, not {self.modulus}"
            raise ValueError(msg)

    @classmethod
    def of(cls, spec: ChipSpec) -> Self:
        """Return that of a chip.

        Raises
        ------
        ValueError
            Where it has none.
        """
        if not spec.defence.residue:
            msg = f"chip '{spec.name}' must have ecc.residue, not 0"
            raise ValueError(msg)
        return cls(modulus=spec.defence.residue)

    @property
    def bits(self) -> int:
        """Bits k of a remainder."""
        return self.modulus.bit_length()

    def residue(self, value: int) -> int:
        """Return the remainder of a number of either sign, from 0."""
        return value % self.modulus

    def predict(self, weights: Sequence[int], inputs: Sequence[int]) -> int:
        """Return the remainder of a sum of products, from the remainders of its weights."""
        return self.residue(sum(w * x for w, x in zip(weights, inputs, strict=True)))

    def notices(self, error: int) -> bool:
        """Return whether a sum that is off by an error is told from the right one."""
        return self.residue(error) != 0

    def reduced(self, value: Value) -> Value:
        """Return the remainder of a word, which may be signed, in gateware."""
        width, bits = len(value), self.bits
        word = value.as_unsigned()
        pieces: list[Value] = [word[low : low + bits] for low in range(0, width, bits)]
        most = sum((1 << len(piece)) - 1 for piece in pieces)
        if value.shape().signed:
            # Its highest bit counts -2^width more than in the word without a sign.
            less = -(1 << width) % self.modulus
            pieces.append(Mux(word[-1], less, 0))
            most += less
        total: Value = pieces[0]
        for piece in pieces[1:]:
            total = total + piece
        while most > self.modulus:
            high, low = divmod(most, self.modulus + 1)
            total = total[:bits] + total[bits : most.bit_length()]
            most = max(high + low, high - 1 + self.modulus)
        return Mux(total == self.modulus, 0, total[:bits])
