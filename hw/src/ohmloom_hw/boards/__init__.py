"""Boards as data, the top module on them, and the way to their bitstreams."""

__all__: list[str] = []
