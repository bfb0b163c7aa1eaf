"""Factors and measures of a campaign as people read them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ohmloom_sim.campaigns.measures import Measure
from ohmloom_sim.energy.rows import energy_text, time_text

__all__ = ["factor_label", "level_text", "setting_text", "value_text"]

_FACTORS = {
    "adc_bits": "bits of the ADCs [bit]",
    "age": "age [s]",
    "spread": "spread of the cells [of g_max]",
    "stuck": "stuck cells [share]",
    "temperature": "temperature [K]",
    "wires": "resistance of a segment of line [Ω]",
}


def factor_label(name: str) -> str:
    """Return what a factor is, with its unit where that is known."""
    return _FACTORS.get(name, name)


def level_text(value: object) -> str:
    """Return the value of a factor as a text: exact to 12 digits."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.12g}"
    return json.dumps(value, sort_keys=True)


def setting_text(settings: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return some factors of a setting with their values; nothing for none."""
    return ", ".join(f"{name} = {level_text(settings[name])}" for name in names)


def value_text(measure: Measure, value: float) -> str:
    """Return the value of a measure with its unit, to four digits; shares in per cent."""
    if measure.percent:
        return f"{100 * value:.4g} %"
    if measure.unit == "J":
        return energy_text(value)
    if measure.unit == "s":
        return time_text(value)
    return f"{value:.4g} {measure.unit}".rstrip()
