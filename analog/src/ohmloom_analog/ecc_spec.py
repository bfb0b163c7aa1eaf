"""What a chip does against errors: codes, redundant reads, corrections."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ohmloom_analog.spec_part import SpecPart

__all__ = ["NO_DEFENCE", "EccSpec"]


class EccSpec(SpecPart):
    """The layers of defence that a chip is built with; a chip without them has no such section."""

    secded: bool = False
    """Whether the memories correct one wrong bit a word and notice two."""
    average: Literal[1, 2, 4, 8, 16, 32, 64] = 1
    """Reads of each conversion that are averaged."""
    vote: Literal[1, 3] = 1
    """Such averages of which the median is taken, against spikes; 1 for none."""
    reissue: bool = False
    """Whether a step in which a conversion clipped is read again in half slices."""
    row_scale: bool = False
    """Whether each row's input is scaled before its DAC, against its place along the wires."""
    drift_factor: bool = False
    """Whether all gains are multiplied by one factor, against drift and temperature."""
    reference_columns: Literal[0, 2] = 0
    """Columns of each tile that hold known cells: the first at its lowest, the second at its
    highest level.
    """
    an: Literal["none", "an", "abn"] = "none"
    """Arithmetic code of the weights, for reads that are exact."""
    residue: Literal[0, 3, 7, 15] = 0
    """Modulus by which sums of exact reads are checked, column by column; 0 for none."""
    checksums: bool = False
    """Whether one wrong column a block is found and corrected."""
    block: Annotated[int, Field(ge=3, le=31)] = 31
    """Most columns of a block."""
    rereads: Annotated[int, Field(ge=0, le=7)] = 1
    """How often a step is read again at most where a check fails; a register lowers it."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self == NO_DEFENCE:
            msg = "ecc must ask for something, or be left out"
            raise ValueError(msg)
        for name, there in (("an", self.an != "none"), ("checksums", self.checksums)):
            if self.residue and there:
                msg = f"ecc.residue must be 0 with ecc.{name}, which finds more, not {self.residue}"
                raise ValueError(msg)
        return self

    @property
    def judges(self) -> bool:
        """Whether sums are judged, so that a step may be read again."""
        return self.checksums or self.residue > 0 or self.an != "none"


NO_DEFENCE = EccSpec.model_construct()
"""What a chip without such a section does: nothing."""
