"""The settings of a learning engine as one word of signals, and the pulses that it gives."""

from dataclasses import fields
from typing import Any

from amaranth.hdl import Shape, signed, unsigned
from amaranth.lib import data

from ohmloom_hw.learning.rules import COUNTER_BITS, LearningRule, LearningSettings, LearningShape

__all__ = ["SETTINGS", "pulse_layout", "settings_values"]

SETTINGS = data.StructLayout(
    {
        "rule": Shape.cast(LearningRule),
        "given": 1,
        "theta": 8,
        "margin": 31,
        "threshold": 31,
        "sum_shift": 5,
        "target_high": signed(8),
        "target_low": signed(8),
        "batch": 16,
        "slots": 6,
        "input_gain": 4,
        "error_gain": 4,
        "trace_shift": 3,
        "trace_step": 8,
        "eta_shift": 3,
        "row_seed": 32,
        "column_seed": 31,
        "budget": COUNTER_BITS,
    }
)
"""The fields of `LearningSettings`, each as wide as its range."""


def settings_values(settings: LearningSettings) -> dict[str, int]:
    """Return what the fields of `SETTINGS` are to be."""
    return {field.name: int(getattr(settings, field.name)) for field in fields(settings)}


def pulse_layout(shape: LearningShape) -> data.StructLayout:
    """Return the layout of a `Pulse`."""
    members: dict[str, Any] = {
        "row": unsigned((shape.inputs - 1).bit_length()),
        "column": unsigned((shape.outputs - 1).bit_length()),
        "up": 1,
        "number": shape.slots.bit_length(),
    }
    return data.StructLayout(members)
