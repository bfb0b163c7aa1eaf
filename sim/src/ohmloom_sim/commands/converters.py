"""The option that names the converter chips of a board."""

from typing import Annotated

import typer

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.converters.plan import ConverterPlan
from ohmloom_hw.converters.profile import ConverterProfile, load_profile

__all__ = ["ConvertersOption", "chosen_converters"]

ConvertersOption = Annotated[
    str | None,
    typer.Option(
        "--converters",
        metavar="PROFILE|FILE",
        help="Converter chips of the board: pmod, breadboard, precise, or a TOML file.",
    ),
]


def chosen_converters(source: str | None, spec: ChipSpec) -> ConverterProfile | None:
    """Return the profile that a user names, if any.

    Raises
    ------
    SpecError
        Where there is no such profile, or its chips can't serve this one.
    """
    if source is None:
        return None
    profile = load_profile(source)
    return ConverterPlan(spec=spec, profile=profile).profile
