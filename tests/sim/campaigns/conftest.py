from concurrent.futures import Executor, Future

import pytest

from ohmloom_sim.campaigns.description import CampaignSpec, LoadedCampaign
from ohmloom_sim.campaigns.plan import Plan
from ohmloom_sim.campaigns.workers import Workers

SMALL_CHIP = {"tile.count": 1, "tile.rows": 8, "tile.columns": 4, "tile.effects.read_noise": 0.02}


@pytest.fixture
def planned(tmp_path):
    """Return the plan of a small campaign."""

    def plan(**data):
        spec = CampaignSpec.parse(
            {
                "name": "small",
                "measures": ["mvm_error", "clipped"],
                "seeds": {"count": 5},
                "fixed": SMALL_CHIP,
                "factors": {"spread": [0.0, 0.1], "adc_bits": [6, 8]},
                "task": {"vectors": 2, "engine": "ideal"},
                "chunk": 2,
                **data,
            },
            source="small.toml",
        )
        campaign = LoadedCampaign(spec=spec, text="text", source="small.toml", folder=tmp_path)
        return Plan.of(campaign)

    return plan


class Inline(Executor):
    """Computes at once, in this process, and counts."""

    def __init__(self):
        self.computed = []

    def submit(self, function, chunk):
        self.computed += [point.index for point in chunk]
        future = Future()
        try:
            future.set_result(function(chunk))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.fixture
def inline():
    """Return what makes a worker of this process."""
    return lambda: Workers(executor=Inline(), count=2, name="this process")
