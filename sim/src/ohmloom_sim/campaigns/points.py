"""The points of a campaign: each a chip, a task and a seed, fixed before anything runs."""

import copy
import functools
import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.spec_faults import fault_sentences
from ohmloom_sim.campaigns.description import (
    CampaignSpec,
    FactorValue,
    LoadedCampaign,
    TaskSettings,
)
from ohmloom_sim.campaigns.factors import (
    CHIP_FACTORS,
    TASK_FACTORS,
    changed,
    check_names,
    found_chip,
    plain_chip,
)
from ohmloom_sim.energy.adc_sweep import with_adc_bits

__all__ = ["Point", "Setting", "chunk_size", "make_points", "make_settings", "named"]

_MOST_POINTS = 1_000_000
_TILE_CHUNK = 25


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One combination of the factors' values."""

    chip: dict[str, Any]
    """Plain data of the chip, complete and checked."""
    chip_hash: str
    """Hash of the chip's description."""
    settings: dict[str, FactorValue]
    """What each factor is set to."""
    task: TaskSettings
    """What is computed."""

    def to_json(self) -> dict[str, Any]:
        """Return what decides on its results as plain data."""
        task = self.task.model_dump(mode="json")
        return {"chip": self.chip_hash, "settings": self.settings, "task": task}


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One chip that is drawn and measured."""

    index: int
    """Place in the campaign, from 0."""
    id: str
    """Digest of chip, task, measures and seed, 16 hexadecimal digits."""
    chip: dict[str, Any]
    """Plain data of the chip."""
    settings: dict[str, FactorValue]
    """What each factor is set to."""
    task: TaskSettings
    """What is computed."""
    measures: tuple[str, ...]
    """Names of what is measured."""
    seed: int
    """Of all that is drawn for it."""

    def spec(self) -> ChipSpec:
        """Return the chip; points of equal chips get the same object.

        Raises
        ------
        SpecError
            Where it can't be, as where its table of pulses is gone.
        """
        return _parsed(json.dumps(self.chip, sort_keys=True))


def make_settings(campaign: LoadedCampaign) -> tuple[Setting, ...]:
    """Return all combinations of the factors' values, the last factor changing fastest.

    Raises
    ------
    SpecError
        Where a factor is unknown, or a combination is no chip or no task; it names the combination.
    """
    spec = campaign.spec
    for place, names in (("fixed", spec.fixed), ("factors", spec.factors)):
        check_names(names, f"{campaign.source}: a name in {place}")
    both = sorted(set(spec.fixed) & set(spec.factors))
    if both:
        msg = f"{campaign.source}: '{both[0]}' must be fixed or a factor, not both"
        raise SpecError(msg)
    combinations = itertools.product(*spec.factors.values())
    return tuple(
        _setting(campaign, dict(zip(spec.factors, values, strict=True))) for values in combinations
    )


def make_points(spec: CampaignSpec, settings: Sequence[Setting]) -> tuple[Point, ...]:
    """Return the points of all settings, in their order: seed by seed, then the next setting.

    Raises
    ------
    SpecError
        Where they are too many.
    """
    total = len(settings) * spec.seeds.count
    if total > _MOST_POINTS:
        msg = f"campaign '{spec.name}' must have at most {_MOST_POINTS:,} points, not {total:,}"
        raise SpecError(msg)
    points: list[Point] = []
    for setting in settings:
        start = json.dumps({**setting.to_json(), "measures": spec.measures}, sort_keys=True)
        for seed in range(spec.seeds.first, spec.seeds.first + spec.seeds.count):
            digest = hashlib.sha256(f"{start} {seed}".encode()).hexdigest()[:16]
            points.append(
                Point(
                    index=len(points),
                    id=digest,
                    chip=setting.chip,
                    settings=setting.settings,
                    task=setting.task,
                    measures=spec.measures,
                    seed=seed,
                )
            )
    return tuple(points)


def chunk_size(spec: CampaignSpec) -> int:
    """Return how many points are computed and stored together at most."""
    return spec.chunk or (_TILE_CHUNK if spec.task.kind == "tile" else 1)


@functools.lru_cache(maxsize=64)
def _parsed(text: str) -> ChipSpec:
    return ChipSpec.parse(json.loads(text), source="point")


def _setting(campaign: LoadedCampaign, settings: dict[str, FactorValue]) -> Setting:
    source = f"{campaign.source}{named(settings)}"
    values = {**campaign.spec.fixed, **settings}
    try:
        chip = _chip(campaign, values, source)
        return Setting(
            chip=plain_chip(chip),
            chip_hash=chip.hash,
            settings=settings,
            task=_task(campaign.spec.task, values, source),
        )
    except SpecError as error:
        text = str(error)
        raise SpecError(text if text.startswith(source) else f"{source}: {text}") from None


def named(settings: Mapping[str, FactorValue]) -> str:
    """Return a setting as words that follow the name of the campaign."""
    return "".join(f", {name} = {value!r}" for name, value in settings.items())


def _chip(campaign: LoadedCampaign, values: Mapping[str, FactorValue], source: str) -> ChipSpec:
    plain = plain_chip(found_chip(campaign.spec.chip, campaign.folder))
    for name in _ordered(values):
        plain = changed(
            plain,
            name,
            values[name],
            folder=campaign.folder,
            corrections=campaign.spec.corrections,
        )
    # A section of another chip's plain data mustn't be shared with it.
    spec = ChipSpec.parse(copy.deepcopy(plain), source=source, folder=campaign.folder)
    bits = values.get("adc_bits")
    if bits is None:
        return spec
    if isinstance(bits, bool) or not isinstance(bits, int):
        msg = f"adc_bits must be a whole number, not {bits!r}"
        raise SpecError(msg)
    return with_adc_bits(spec, bits)


def _ordered(values: Mapping[str, FactorValue]) -> Iterator[str]:
    yield from (name for name in CHIP_FACTORS if name in values and name != "adc_bits")
    yield from (name for name in values if name not in (*CHIP_FACTORS, *TASK_FACTORS))


def _task(task: TaskSettings, values: Mapping[str, FactorValue], source: str) -> TaskSettings:
    update = {name: values[name] for name in TASK_FACTORS if name in values}
    try:
        return TaskSettings.model_validate({**task.model_dump(), **update})
    except ValidationError as error:
        raise SpecError(fault_sentences(error, source, TaskSettings)) from None
