"""Array engines: one crossbar, solved in several ways behind one protocol.

=========  ====================================================================================
name       how
=========  ====================================================================================
ideal      I = G^T V, no wires
nodal      exact nodal analysis with all wires; the default
ngspice    operating point of a SPICE netlist, through PySpice; the independent second opinion
=========  ====================================================================================
"""

from ohmloom_analog.engines.protocol import Engine, NodeVoltages

__all__ = ["ENGINE_NAMES", "Engine", "NodeVoltages", "make_engine"]

ENGINE_NAMES = ("ideal", "nodal", "ngspice")


def make_engine(name: str) -> Engine:
    """Return a new engine of that name, without a crossbar.

    Raises
    ------
    ValueError
        Where there is no such engine.
    EngineError
        Where the engine needs something that this machine lacks.
    """
    # Each engine is imported when it is asked for: scipy takes a second, PySpice is optional.
    match name:
        case "ideal":
            from ohmloom_analog.engines.ideal import IdealEngine

            return IdealEngine()
        case "nodal":
            from ohmloom_analog.engines.nodal import NodalEngine

            return NodalEngine()
        case "ngspice":
            from ohmloom_analog.engines.ngspice import NgspiceEngine

            return NgspiceEngine()
        case _:
            msg = f"engine must be one of {', '.join(ENGINE_NAMES)}, not {name!r}"
            raise ValueError(msg)
