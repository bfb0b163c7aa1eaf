"""FEATURES: what a chip is built with, as a word that the host reads back."""

from typing import Any, get_args

from ohmloom_hw.converters.profile import ConverterProfile
from ohmloom_hw.features import Behind, BusName, CellMemory, Features, LinkName
from ohmloom_hw.register_model import Field, Register, RegisterTable

__all__ = ["feature_register", "read_features"]

_CHOICES = {"link": LinkName, "bus": BusName, "behind": Behind, "cells": CellMemory}


def feature_register(features: Features) -> Register:
    """Return the register that tells the features."""
    links, buses, behinds = get_args(LinkName), get_args(BusName), get_args(Behind)
    memories = get_args(CellMemory)
    fields = (
        Field(
            name="link", low=0, width=4, reset=links.index(features.link), doc=_choices("", links)
        ),
        Field(name="bus", low=4, width=4, reset=buses.index(features.bus), doc=_choices("", buses)),
        Field(
            name="behind",
            low=8,
            width=4,
            reset=behinds.index(features.behind),
            doc=_choices("what the array ports lead to: ", behinds),
        ),
        Field(
            name="cells",
            low=12,
            width=4,
            reset=memories.index(features.cells),
            doc=_choices("where a twin keeps its cells: ", memories),
        ),
        Field(name="lanes", low=16, width=8, reset=features.lanes, doc="products at once"),
        Field(
            name="analyser",
            low=24,
            width=5,
            reset=features.analyser_depth.bit_length(),
            doc="0 for no analyser, else it has 2^(analyser - 1) samples",
        ),
        Field(
            name="writes",
            low=29,
            width=1,
            reset=int(features.writes),
            doc="the chip writes and verifies its cells",
        ),
        Field(
            name="maps",
            low=30,
            width=1,
            reset=int(features.maps),
            doc="columns and rows go through maps; so they do where there are spares",
        ),
    )
    return Register(
        name="FEATURES",
        offset=0x050,
        access="constant",
        fields=fields,
        doc="what the chip is built with",
    )


def read_features(
    table: RegisterTable, word: int, *, converters: ConverterProfile | None = None
) -> Features:
    """Return what a chip is built with, from the word that FEATURES reads as.

    Parameters
    ----------
    converters
        Those of the board, if it has any and they are known.

    Raises
    ------
    ValueError
        Where it names something that isn't there, as a newer chip may.
    """
    register = table.register("FEATURES")
    found = {field.name: field.extract(word) for field in register.fields}
    names: dict[str, Any] = {}
    for name, choices in _CHOICES.items():
        known = dict(enumerate(get_args(choices)))
        names[name] = known.get(found[name], found[name])
    depth = 1 << found["analyser"] - 1 if found["analyser"] else 0
    if names["behind"] == "converters":
        names["converters"] = converters
    names["writes"], names["maps"] = bool(found["writes"]), bool(found["maps"])
    return Features(**names, lanes=found["lanes"], analyser_depth=depth)


def _choices(what: str, names: tuple[str, ...]) -> str:
    return what + ", ".join(f"{place} {name}" for place, name in enumerate(names))
