"""Spiking networks on the chip: events in and out, and neurons behind the columns."""
