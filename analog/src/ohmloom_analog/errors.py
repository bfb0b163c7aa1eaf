"""The exceptions of Ohmloom.

The tree::

    OhmloomError
    ├── SpecError        a chip description that can't be built
    ├── MappingError     a network or matrix that doesn't fit its chip
    ├── StateError       a saved state that is damaged, or of another chip
    ├── EngineError      an array engine that is missing, aborts or gives no number
    ├── LinkError        a frame that is lost, malformed or refused by the chip
    ├── HardwareError    the chip reports an error, or isn't the chip that was described
    ├── ToolError        a tool of the machine that is missing or fails
    └── BridgeError      an array port that is driven against its protocol
"""

__all__ = [
    "BridgeError",
    "EngineError",
    "HardwareError",
    "LinkError",
    "MappingError",
    "OhmloomError",
    "SpecError",
    "StateError",
    "ToolError",
]


class OhmloomError(Exception):
    """Anything that Ohmloom refuses or reports by itself."""


class SpecError(OhmloomError, ValueError):
    """A chip description that can't be built."""


class MappingError(OhmloomError, ValueError):
    """A network or matrix that doesn't fit its chip."""


class StateError(OhmloomError, ValueError):
    """A saved state that is damaged, or of another chip."""


class EngineError(OhmloomError, RuntimeError):
    """An array engine that is missing, aborts or gives no number."""


class LinkError(OhmloomError, RuntimeError):
    """A frame that is lost, malformed or refused by the chip."""


class HardwareError(OhmloomError, RuntimeError):
    """The chip reports an error, or isn't the chip that was described."""


class ToolError(OhmloomError, RuntimeError):
    """A tool of the machine that is missing or fails."""


class BridgeError(OhmloomError, RuntimeError):
    """An array port that is driven against its protocol."""
