"""What all parts of a chip description have in common: they are frozen, checked, and refuse strays.

Bounds are types, so that the same sentence is said of the same fault wherever it is made.
"""

import math
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

__all__ = ["Finite", "Fraction", "NotNegative", "Positive", "SpecPart"]


class SpecPart(BaseModel):
    """A part of a description: unknown keys are refused, and nothing in it changes."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=False, use_attribute_docstrings=True
    )


def _fraction(value: float) -> float:
    if not 0 <= value <= 1 or math.isnan(value):
        kind, text = "fraction", "Input should be a fraction from 0 to 1, as 0.05 is 5 %"
        raise PydanticCustomError(kind, text)
    return value


Finite = Annotated[float, Field(allow_inf_nan=False)]
"""Any number."""

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
"""Above 0."""

NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""At least 0."""

Fraction = Annotated[float, AfterValidator(_fraction)]
"""From 0 to 1; a percentage given in its place is refused with the remedy."""
