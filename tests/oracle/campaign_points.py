"""Points of campaigns for tests, small and fast."""

from ohmloom_analog.spec import ChipSpec, load_spec
from ohmloom_sim.campaigns.description import TaskSettings
from ohmloom_sim.campaigns.points import Point

__all__ = ["a_point", "small_chip"]


def small_chip(**changes):
    """Return a tile of 6 x 3 differential pairs; `changes` are of the first tile group."""
    plain = load_spec("default").model_dump(mode="json", exclude_none=True)
    plain["name"] = "small"
    plain["tile"][0] |= {"count": 1, "rows": 6, "columns": 3}
    for name, value in changes.items():
        if name in ("cell", "wires"):
            plain["tile"][0][name] |= value
        elif isinstance(value, dict):
            plain[name] = plain.get(name, {}) | value
        else:
            plain[name] = value
    return ChipSpec.parse(plain)


def a_point(index, *, measures=("mvm_error",), settings=None, seed=0, spec=None, **task):
    """Return a point; without a task it sends vectors through a tile."""
    chip = small_chip() if spec is None else spec
    return Point(
        index=index,
        id=f"{index:016x}",
        chip=chip.model_dump(mode="json", exclude_none=True),
        settings={} if settings is None else settings,
        task=TaskSettings(**task),
        measures=tuple(measures),
        seed=seed,
    )
