"""Array engines: one crossbar, solved in several ways behind one protocol.

=========  ====================================================================================
name       how
=========  ====================================================================================
ideal      I = G^T V, no wires
nodal      exact nodal analysis with all wires; the default
ngspice    operating point of a SPICE netlist, through PySpice; the independent second opinion
transient  the same netlist in time: edges, settling, amplifiers; sampled as the converters do
=========  ====================================================================================
"""

import importlib

from ohmloom_analog.engines.protocol import Engine, NodeVoltages, TimedEngine
from ohmloom_analog.engines.timing import ReadTiming

__all__ = [
    "ENGINE_NAMES",
    "Engine",
    "NodeVoltages",
    "ReadTiming",
    "TimedEngine",
    "make_engine",
]

_CLASSES = {
    "ideal": "IdealEngine",
    "nodal": "NodalEngine",
    "ngspice": "NgspiceEngine",
    "transient": "TransientEngine",
}
_IN_TIME = ("transient",)

ENGINE_NAMES = tuple(_CLASSES)
"""What `make_engine` takes."""


def make_engine(name: str, *, timing: ReadTiming | None = None) -> Engine:
    """Return a new engine of that name, without a crossbar.

    Parameters
    ----------
    timing
        Of a read, for engines that know of time; None for its defaults.

    Raises
    ------
    ValueError
        Where there is no such engine.
    EngineError
        Where the engine needs something that this machine lacks.
    """
    if name not in _CLASSES:
        msg = f"engine must be one of {', '.join(ENGINE_NAMES)}, not {name!r}"
        raise ValueError(msg)
    # Only the engine asked for is imported: scipy takes a second, and PySpice is optional.
    module = importlib.import_module(f"ohmloom_analog.engines.{name}")
    made = getattr(module, _CLASSES[name])
    engine: Engine = made(timing) if name in _IN_TIME else made()
    return engine
