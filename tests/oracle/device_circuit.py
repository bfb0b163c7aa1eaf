"""One device between a voltage source and ground, in ngspice."""

from typing import Any

import numpy as np

from ohmloom_analog.engines.simulator import Circuit, simulator


def driven(
    device: Any, x0: float, source: str, stop: float, longest_step: float, *, frozen: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return times, the current into the device, and its state node."""
    ngspice = simulator()
    title = ngspice.new_title()
    lines = [
        title,
        device.subcircuit("cell"),
        f"vdrive top 0 {source}",
        f"xcell top 0 state cell x0={x0!r} frozen={frozen}",
        ".save i(vdrive) v(state)",
        ".options method=gear reltol=1e-4 abstol=1e-12 vntol=1e-7 chgtol=1e-16",
        ".end",
    ]
    vectors = Circuit(ngspice, title, "\n".join(lines) + "\n").transient(stop, longest_step)
    return vectors["time"], -vectors["vdrive#branch"], vectors["state"]


def pulses(volts: float, width: float, count: int) -> tuple[str, float]:
    """Return a source of equal pulses, with edges a thousandth of their width, and its end."""
    edge, period = width / 1000, 2 * width
    corners = ["0 0"]
    for start in (period * n for n in range(count)):
        corners += [
            f"{start + time!r} {value!r}"
            for time, value in (
                (edge, 0.0),
                (2 * edge, volts),
                (edge + width, volts),
                (2 * edge + width, 0.0),
            )
        ]
    return f"pwl({' '.join(corners)})", count * period
