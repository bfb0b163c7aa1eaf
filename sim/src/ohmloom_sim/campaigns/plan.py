"""A campaign made ready: settings, points and chunks, and the hash that tells it from others."""

import hashlib
import json
from dataclasses import dataclass
from typing import Self

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.campaigns.description import CampaignSpec, LoadedCampaign
from ohmloom_sim.campaigns.measures import check_measures
from ohmloom_sim.campaigns.points import (
    Point,
    Setting,
    chunk_size,
    make_points,
    make_settings,
    named,
)

__all__ = ["Plan"]

_FORMAT = 1


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Plan:
    """All that is going to run."""

    spec: CampaignSpec
    """The description."""
    text: str
    """The description as it was written."""
    settings: tuple[Setting, ...]
    """Combinations of the factors' values."""
    points: tuple[Point, ...]
    """All points, by their index."""
    hash: str
    """SHA-256 of what decides on the results, as 64 hexadecimal digits."""

    @classmethod
    def of(cls, campaign: LoadedCampaign) -> Self:
        """Plan a campaign.

        Raises
        ------
        SpecError
            Where a point would be no chip or no task, or can't be measured, or they are too many.
        """
        settings = make_settings(campaign)
        spec = campaign.spec
        for setting in settings:
            _check_measures(campaign, setting)
        return cls(
            spec=spec,
            text=campaign.text,
            settings=settings,
            points=make_points(spec, settings),
            hash=_hash(spec, settings),
        )

    def chunks(self, done: frozenset[int] = frozenset()) -> tuple[tuple[Point, ...], ...]:
        """Return the points that haven't ended, in the groups that are computed together.

        The groups follow from the campaign alone, whoever computes them: a sum over a batch may
        round otherwise in a batch of another size. None holds points of two settings.
        """
        size, seeds = chunk_size(self.spec), self.spec.seeds.count
        groups = (
            self.points[start : min(start + size, first + seeds)]
            for first in range(0, len(self.points), seeds)
            for start in range(first, first + seeds, size)
        )
        left = (tuple(one for one in group if one.index not in done) for group in groups)
        return tuple(group for group in left if group)


def _check_measures(campaign: LoadedCampaign, setting: Setting) -> None:
    try:
        check_measures(ChipSpec.parse(setting.chip), setting.task, campaign.spec.measures)
    except SpecError as error:
        msg = f"{campaign.source}{named(setting.settings)}: {error}"
        raise SpecError(msg) from None


def _hash(spec: CampaignSpec, settings: tuple[Setting, ...]) -> str:
    plain = {
        "format": _FORMAT,
        "settings": [setting.to_json() for setting in settings],
        "measures": spec.measures,
        "seeds": spec.seeds.model_dump(mode="json"),
        "chunk": chunk_size(spec),
    }
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
