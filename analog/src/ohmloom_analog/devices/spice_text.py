"""The frame of an ngspice subcircuit with one normalised state on a capacitor.

What makes such a circuit converge, each a measured trap: the current goes on in a straight line
where its sinh would overflow, since cut off flat it would leave Newton's method without a slope;
state and voltage are held inside their ranges wherever they are used, for a node that holds a
copy doesn't do so at a trial point; the rate is limited inside the source that computes it, so
that no node carries 1e11; the window at the stops is signed, so that an overshoot comes back.
"""

import math
import re

__all__ = [
    "DRIVE",
    "HELD",
    "INSIDE",
    "one_state_subcircuit",
    "spice_sinh",
    "standing_current",
]

DRIVE = "V(top,bottom)"
"""The voltage across the device, for its current."""

HELD = "min(max(V(top,bottom),-{reach}),{reach})"
"""The same within the range of the model, for its rate."""

INSIDE = "min(max(V(state),0),1)"
"""The state within [0, 1]."""

_CELL = "bcell top sensed I="
_FASTEST = 1e11
_STOP_WIDTH = 1e-4
_STEEPEST = 25.0


def spice_sinh(argument: str) -> str:
    """Return sinh, going on in a straight line beyond an argument of 25."""
    held = f"min(max({argument},-{_STEEPEST!r}),{_STEEPEST!r})"
    return f"(sinh({held})+{math.cosh(_STEEPEST)!r}*({argument}-{held}))"


def one_state_subcircuit(
    name: str,
    *,
    current: str,
    rate: str,
    reach: float,
    stop: float = _STOP_WIDTH,
    extra: tuple[str, ...] = (),
) -> str:
    """Return a subcircuit.

    Parameters
    ----------
    name
        Of the subcircuit.
    current
        Expression of the current into `top` [A], of `DRIVE` and `INSIDE`.
    rate
        Expression of dx/dt [1/s], of `HELD`, `INSIDE` and ``I(vsense)``, the current.
    reach
        Largest voltage that the rate sees [V].
    stop
        Width over which the rate falls to nothing at a stop.
    extra
        Further lines, for nodes of the device's own.
    """
    # Of the functions that saturate, the arc tangent has the derivative that overflows last.
    steepness = math.pi / 2 / _FASTEST
    return "\n".join(
        [
            f".subckt {name} top bottom state x0=0 frozen=0 ambient=300 reach={reach!r}",
            f"{_CELL}{current}",
            "vsense sensed bottom 0",
            # A current into an ohm, for a voltage source would cost an unknown more.
            f"braw 0 raw I={1e-9 / steepness!r}*atan({steepness!r}*({rate}))",
            "rraw raw 0 1",
            (
                "bmove 0 state I=(1-{frozen})*V(raw)*(V(raw)>0 ? "
                f"min((1-V(state))/{stop!r},1) : min(V(state)/{stop!r},1))"
            ),
            # With a nanofarad the rate in 1/ns is the current in ampere.
            "cstate state 0 1e-9 ic={x0}",
            "rstate state 0 1e18",
            *extra,
            f".ends {name}",
        ]
    )


def standing_current(subcircuit: str) -> str | None:
    """Return the expression of a subcircuit's current [A], of `DRIVE` and `INSIDE` alone.

    A cell whose state stands still needs no more than this one source: with the nodes of rate and
    state the operating point of an array costs ten times as much. None where the subcircuit isn't
    of `one_state_subcircuit`, or where its current depends on something else.
    """
    found = [line for line in subcircuit.splitlines() if line.startswith(_CELL)]
    if len(found) != 1:
        return None
    current = found[0].removeprefix(_CELL)
    rest = current.replace(DRIVE, "").replace(INSIDE, "")
    return None if re.search(r"\{|[VI]\(", rest, re.IGNORECASE) else current
