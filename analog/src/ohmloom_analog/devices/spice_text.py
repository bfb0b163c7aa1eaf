"""The frame of an ngspice subcircuit with one normalised state on a capacitor.

What makes such a circuit converge, each a measured trap: expressions see a copy of the state
that is held inside its stops; the rate is limited inside the source that computes it, so that no
node carries 1e11; the window at the stops is signed, so that an overshoot comes back.
"""

__all__ = ["one_state_subcircuit"]

_FASTEST = 1e11
_STOP_WIDTH = 1e-4


def one_state_subcircuit(name: str, *, current: str, rate: str, stop: float = _STOP_WIDTH) -> str:
    """Return a subcircuit.

    Parameters
    ----------
    name
        Of the subcircuit.
    current
        Expression of the current into `top` [A], of ``V(top,bottom)`` and ``V(inside)``, which
        is the state within [0, 1].
    rate
        Expression of dx/dt [1/s], of those and of ``I(vsense)``, the current.
    stop
        Width over which the rate falls to nothing at a stop.
    """
    return "\n".join(
        [
            f".subckt {name} top bottom state x0=0 frozen=0 ambient=300",
            f"bcell top sensed I={current}",
            "vsense sensed bottom 0",
            "binside inside 0 V=min(max(V(state),0),1)",
            f"braw raw 0 V=({rate})*1e-9/(1+abs({rate})*1e-9/{_FASTEST * 1e-9!r})",
            (
                "bmove 0 state I=(1-{frozen})*V(raw)*(V(raw)>0 ? "
                f"min((1-V(state))/{stop!r},1) : min(V(state)/{stop!r},1))"
            ),
            # With a nanofarad the rate in 1/ns is the current in ampere.
            "cstate state 0 1e-9 ic={x0}",
            "rstate state 0 1e18",
            f".ends {name}",
        ]
    )
