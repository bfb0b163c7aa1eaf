"""A step as the words that the chip reads: declared once, packed by the host, cut by the chip."""

from amaranth.lib import data

from ohmloom_analog.table import Step
from ohmloom_hw.register_model import Field

__all__ = ["STEP_WORDS", "pack_step", "step_layout"]

STEP_WORDS: tuple[tuple[Field, ...], ...] = (
    (
        Field(name="tile", low=0, width=8, doc="index of the tile"),
        Field(name="first", low=8, width=1, doc="totals start anew"),
        Field(name="finish", low=9, width=1, doc="totals are complete: scale and store them"),
        Field(name="result", low=10, width=1, doc="store totals as they are, in RESULT"),
        Field(name="signed", low=11, width=1, doc="read positive and negative inputs in turn"),
        Field(name="relu", low=12, width=1, doc="store negative sums as 0"),
        Field(name="fire", low=13, width=1, doc="in spiking mode: the layer's neurons follow"),
        Field(name="columns", low=16, width=16, doc="logical columns that are converted"),
    ),
    (
        Field(name="rows", low=0, width=16, doc="inputs that are driven"),
        Field(name="input_base", low=16, width=16, doc="first entry that is driven"),
    ),
    (
        Field(name="output_base", low=0, width=16, doc="first entry that is written"),
        Field(name="bias_base", low=16, width=16, doc="first entry of BIAS"),
    ),
    (
        Field(name="multiplier", low=0, width=16, doc="scale: factor"),
        Field(name="shift", low=16, width=6, doc="scale: right shift after the factor"),
    ),
)
"""The fields of an entry of the STEP window, word by word."""


def pack_step(step: Step) -> tuple[int, int, int, int]:
    """Return the four words of a step.

    Raises
    ------
    ValueError
        Where a value doesn't fit its field.
    """
    scale = {"multiplier": step.scale.multiplier, "shift": step.scale.shift}
    w0, w1, w2, w3 = (
        sum(
            field.insert(
                int(scale[field.name] if field.name in scale else getattr(step, field.name))
            )
            for field in fields
        )
        for fields in STEP_WORDS
    )
    return w0, w1, w2, w3


def step_layout() -> data.StructLayout:
    """Return the layout of the four words of a step, word 0 in the low bits."""
    members: dict[str, int] = {}
    for number, fields in enumerate(STEP_WORDS):
        free = 0
        for field in fields:
            if field.low > free:
                members[f"reserved_{number}_{free}"] = field.low - free
            members[field.name] = field.width
            free = field.high + 1
        if free < 32:
            members[f"reserved_{number}_{free}"] = 32 - free
    return data.StructLayout(members)
