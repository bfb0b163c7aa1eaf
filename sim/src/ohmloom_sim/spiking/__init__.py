"""Spiking networks on a simulated chip."""
