"""What a self-test raises where a chip has nothing to test."""

__all__ = ["AbsentError"]


class AbsentError(Exception):
    """What would be tested isn't there; the message says what is."""
