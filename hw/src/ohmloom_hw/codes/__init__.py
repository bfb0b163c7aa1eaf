"""Codes against errors: one object each holds the arithmetic, and makes the gateware."""
