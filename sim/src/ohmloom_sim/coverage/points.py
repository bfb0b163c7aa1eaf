"""What coverage is made of: points with named bins, and the bins that a chip doesn't have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["CoverPoint", "crossed", "merged_points", "ranges"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CoverPoint:
    """Something that is sampled, and the bins that a sample falls into.

    Raises
    ------
    ValueError
        Where a bin has its name twice, or there is none.
    """

    group: str
    """What it belongs to, such as 'codes'."""
    name: str
    """Its name, the only one of its kind in the group."""
    doc: str
    """What is sampled, in one line."""
    bins: tuple[str, ...]
    """Those that the chip has, by name."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """Those that it can't have, each with the reason."""

    def __post_init__(self) -> None:
        """Check that bins can be told apart."""
        names = (*self.bins, *self.absent)
        for name in names:
            if names.count(name) > 1:
                found = names.count(name)
                msg = f"bin {name!r} of {self.label} must be named once, not {found} times"
                raise ValueError(msg)
        if not names:
            msg = f"{self.label} must have at least one bin, not 0"
            raise ValueError(msg)

    @property
    def label(self) -> str:
        """Group and name, for messages."""
        return f"{self.group}: {self.name}"

    @classmethod
    def of(
        cls,
        group: str,
        name: str,
        doc: str,
        bins: Iterable[str],
        *,
        absent: Mapping[str, str | None] | None = None,
    ) -> "CoverPoint":
        """Return a point some of whose bins may be absent.

        Parameters
        ----------
        bins
            All that there are on any chip.
        absent
            Reasons by bin; None for one that the chip has.
        """
        reasons = {bin_: why for bin_, why in (absent or {}).items() if why is not None}
        there = tuple(bin_ for bin_ in bins if bin_ not in reasons)
        return cls(group=group, name=name, doc=doc, bins=there, absent=reasons)


def crossed(group: str, name: str, doc: str, first: CoverPoint, second: CoverPoint) -> CoverPoint:
    """Return the cross of two points: a bin for each pair of theirs.

    A pair is absent where either of its bins is.
    """
    absent = {}
    bins = []
    for one in (*first.bins, *first.absent):
        for other in (*second.bins, *second.absent):
            pair = f"{one}, {other}"
            why = first.absent.get(one) or second.absent.get(other)
            bins.append(pair)
            absent[pair] = why
    return CoverPoint.of(group, name, doc, bins, absent=absent)


def ranges(top: int, most: int) -> tuple[range, ...]:
    """Split the codes from 0 to `top` into at most `most` ranges of equal length.

    The last one is shorter where they don't come out even.
    """
    length = -(-(top + 1) // most)
    return tuple(range(low, min(low + length, top + 1)) for low in range(0, top + 1, length))


def merged_points(plans: Iterable[Iterable[CoverPoint]]) -> tuple[CoverPoint, ...]:
    """Return the points of several chips together, in the order in which they first come.

    A bin is absent only where no chip has it.
    """
    found: dict[tuple[str, str], CoverPoint] = {}
    for plan in plans:
        for point in plan:
            key = (point.group, point.name)
            known = found.get(key)
            found[key] = point if known is None else _joined(known, point)
    return tuple(found.values())


def _joined(one: CoverPoint, other: CoverPoint) -> CoverPoint:
    bins = tuple(dict.fromkeys((*one.bins, *other.bins)))
    absent = {**other.absent, **one.absent}
    return CoverPoint(
        group=one.group,
        name=one.name,
        doc=one.doc,
        bins=bins,
        absent={name: why for name, why in absent.items() if name not in bins},
    )
