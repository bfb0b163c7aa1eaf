"""All points of a chip."""

from dataclasses import replace

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.features import DEFAULT_FEATURES, Features
from ohmloom_sim.coverage.array_points import array_points
from ohmloom_sim.coverage.fault_points import fault_points
from ohmloom_sim.coverage.points import CoverPoint
from ohmloom_sim.coverage.program_points import program_points
from ohmloom_sim.coverage.register_points import register_points

__all__ = ["cover_plan", "regression_features"]


def regression_features(spec: ChipSpec) -> Features:
    """Return what a chip is built with to be looked through: a bus, and writing if it is described.

    By the bus an access takes a few clock cycles, where one over the serial line takes a thousand.
    """
    writes = all(group.write is not None for group in spec.tile)
    return replace(DEFAULT_FEATURES, bus="wishbone", writes=writes)


def cover_plan(spec: ChipSpec) -> tuple[CoverPoint, ...]:
    """Return what the regression samples of a chip, group by group."""
    features = regression_features(spec)
    return (
        *array_points(spec),
        *fault_points(spec),
        *program_points(spec, features),
        *register_points(spec, features),
    )
