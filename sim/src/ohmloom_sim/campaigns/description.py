"""The description of a campaign: what is varied, what is measured, and which seeds are drawn.

It is frozen and checked at birth, and read from TOML::

    name = "bits"
    chip = "default"
    measures = ["mvm_error"]

    [seeds]
    count = 100

    [factors]
    adc_bits = [6, 8, 10]
    spread = [0.0, 0.05]

Each combination of the factors' values is a *setting*, and each seed of a setting is a *point*.
"""

import importlib.resources
import math
import re
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import ConfigDict, Field, ValidationError, field_validator, model_validator

from ohmloom_analog.errors import SpecError
from ohmloom_analog.lifetime import AMBIENT
from ohmloom_analog.named_toml import read_named, toml_names
from ohmloom_analog.spec_faults import fault_sentences
from ohmloom_analog.spec_part import NotNegative, Positive, SpecPart
from ohmloom_sim.tasks import TaskName

__all__ = [
    "CampaignSpec",
    "CheckSettings",
    "FactorValue",
    "LoadedCampaign",
    "SeedRange",
    "TaskSettings",
    "example_names",
    "load_campaign",
]

FactorValue: TypeAlias = bool | int | float | str
"""What a factor may be set to."""

_Values: TypeAlias = Annotated[tuple[FactorValue, ...], Field(strict=False)]

_TASKS = ("tile", *(name.value for name in TaskName))
_MOST_SEED = 2**32 - 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class _Part(SpecPart):
    model_config = ConfigDict(strict=True)


class TaskSettings(_Part):
    """What each point computes."""

    kind: str = "tile"
    """'tile' for matrix-vector products of one tile, or a task that networks are trained for."""
    images: Annotated[int, Field(ge=1)] = 100
    """Samples that a network classifies."""
    vectors: Annotated[int, Field(ge=1)] = 8
    """Input vectors that a tile multiplies."""
    engine: Literal["ideal", "nodal", "ngspice"] = "nodal"
    """Array engine."""
    age: NotNegative = 0.0
    """Time since programming [s]."""
    temperature: Positive = AMBIENT
    """Of the chip since then [K]."""
    program: Literal["ideal", "write-verify"] = "ideal"
    """Whether cells are at their levels without a pulse, or are written by pulses."""
    train_seed: Annotated[int, Field(ge=0, le=_MOST_SEED)] = 0
    """Of the network's training, or of the tile's matrix and vectors: the same for all points."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.kind not in _TASKS:
            msg = f"kind must be one of {', '.join(_TASKS)}, not {self.kind!r}"
            raise ValueError(msg)
        return self


class SeedRange(_Part):
    """The seeds of each setting: the same ones for all, so that settings compare chip by chip."""

    first: Annotated[int, Field(ge=0, le=_MOST_SEED)] = 0
    """The first one; others count on."""
    count: Annotated[int, Field(ge=1, le=1_000_000)]
    """How many there are."""


class CheckSettings(_Part):
    """How many points are run through the emitted Verilog, too."""

    points: Annotated[int, Field(ge=0)] = 1
    """Points, drawn from all of them; 0 for none."""
    samples: Annotated[int, Field(ge=1)] = 2
    """Samples or vectors of each."""
    seed: Annotated[int, Field(ge=0, le=_MOST_SEED)] = 0
    """Of the draw."""


class CampaignSpec(_Part):
    """A campaign, whole."""

    name: str
    """For files: letters, digits, dots, dashes and underscores."""
    title: str = ""
    """For people; the name where it is empty."""
    chip: str = "default"
    """The chip that factors change: a preset, or a file seen from the campaign's folder."""
    measures: Annotated[tuple[str, ...], Field(strict=False)]
    """What is measured at each point."""
    seeds: SeedRange
    """Of each setting."""
    task: TaskSettings = TaskSettings()
    """What each point computes."""
    fixed: dict[str, FactorValue] = Field(default_factory=dict)
    """What all points have in place of what the chip says; keys are those of `factors`."""
    factors: dict[str, _Values] = Field(default_factory=dict)
    """Values of each factor, by a name of `ohmloom_sim.campaigns.factors` or a key of the chip."""
    corrections: dict[str, dict[str, FactorValue]] = Field(default_factory=dict)
    """Sections `ecc` of the chip, by the names that the factor `correction` has for them."""
    chunk: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Points that are computed and stored together; None for what fits the task."""
    check: CheckSettings = CheckSettings()
    """How the emitted Verilog is sampled."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not _NAME.fullmatch(self.name):
            msg = (
                "name must be 1 to 64 letters, digits, dots, dashes and underscores that begin "
                f"with a letter or digit, not {self.name!r}"
            )
            raise ValueError(msg)
        if not self.measures or len(set(self.measures)) < len(self.measures):
            msg = f"measures must be at least one name, each once, not {list(self.measures)!r}"
            raise ValueError(msg)
        return self

    @field_validator("fixed", "factors", mode="before")
    @classmethod
    def _check_values(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            for name, values in data.items():
                _check_factor(name, values)
        return data

    @property
    def heading(self) -> str:
        """What people read: its title, or its name."""
        return self.title or self.name

    @classmethod
    def parse(cls, data: Mapping[str, Any], *, source: str) -> Self:
        """Check plain data and make a description of it.

        Parameters
        ----------
        data
            What a TOML file holds.
        source
            Where the data is from, for messages.

        Raises
        ------
        SpecError
            With one sentence a fault, each naming the key, the requirement and the value.
        """
        try:
            return cls.model_validate(dict(data))
        except ValidationError as error:
            raise SpecError(fault_sentences(error, source, cls)) from None


class LoadedCampaign(SpecPart):
    """A description, and where it is from."""

    spec: CampaignSpec
    """What it says."""
    text: str
    """The TOML."""
    source: str
    """For messages."""
    folder: Path
    """From where paths in it count."""


def example_names() -> tuple[str, ...]:
    """Return the names of the campaigns that come with Ohmloom."""
    return toml_names(_examples())


def load_campaign(source: str | Path) -> LoadedCampaign:
    """Read the description of a campaign.

    Parameters
    ----------
    source
        The name of an example, or the path of a TOML file.

    Raises
    ------
    SpecError
        Where there is no such example or file, it isn't TOML, or describes no campaign.
    """
    found = read_named(source, _examples(), what="campaign", kind="examples")
    spec = CampaignSpec.parse(found.data, source=str(source))
    folder = Path() if found.folder is None else found.folder
    return LoadedCampaign(spec=spec, text=found.text, source=str(source), folder=folder)


def _examples() -> Traversable:
    return importlib.resources.files("ohmloom_sim.campaigns") / "examples"


def _check_factor(name: str, values: Any) -> None:
    # One sentence a factor, where pydantic would have one for each kind that a value isn't.
    several = values if isinstance(values, (list, tuple)) else [values]
    if not several:
        msg = f"{name} must have at least one value, not []"
        raise ValueError(msg)
    for value in several:
        known = isinstance(value, (bool, int, float, str))
        if not known or (isinstance(value, float) and not math.isfinite(value)):
            msg = f"{name} must be finite numbers, texts or truth values, not {value!r}"
            raise ValueError(msg)
    if len({(isinstance(one, bool), one) for one in several}) < len(several):
        msg = f"{name} must have each value once, not {list(several)!r}"
        raise ValueError(msg)
