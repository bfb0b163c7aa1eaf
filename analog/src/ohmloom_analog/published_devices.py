"""Published spreads, drift and noise of cells beside those of this package."""

from collections.abc import Mapping
from typing import Any

from ohmloom_analog.ageing import drifted
from ohmloom_analog.devices.pcm import drift_exponent, read_noise_sigma
from ohmloom_analog.energy_rebuilt import RebuiltFigure
from ohmloom_analog.programming_error import programming_error

__all__ = ["device_figures"]

_MICRO = 1e-6
_PCM_TOP = 25e-6


def device_figures(data: Mapping[str, Any]) -> tuple[RebuiltFigure, ...]:
    """Return the figures of all cells.

    Parameters
    ----------
    data
        What `published/devices.toml` holds.

    Raises
    ------
    ValueError
        Where there is no such error model, or a conductance is outside it.
    """
    found = []
    for line in data["sigma"]:
        model = programming_error(line["model"])
        for at, published in zip(line["at"], line["published"], strict=True):
            ours = float(model.sigma(at * _MICRO)) / _MICRO
            found.append(_figure(line, f"error at {at:g} uS", published, ours))
    for line in data["ageing"]:
        for age, published in zip(line["ages"], line["published"], strict=True):
            ours = _aged(line["quantity"], age) / _MICRO
            found.append(_figure(line, f"{line['quantity']} after {age:g} s", published, ours))
    return tuple(found)


def _aged(quantity: str, age: float) -> float:
    exponent, _ = drift_exponent(_PCM_TOP, _PCM_TOP)
    now = drifted(_PCM_TOP, age, exponent)
    if quantity == "conductance":
        return float(now)
    return float(read_noise_sigma(_PCM_TOP, now, age, _PCM_TOP))


def _figure(line: Mapping[str, Any], what: str, published: float, ours: float) -> RebuiltFigure:
    return RebuiltFigure(
        name=f"{line['name']}: {what}",
        unit="uS",
        published=published,
        ours=ours,
        within=line["within"] * published,
    )
