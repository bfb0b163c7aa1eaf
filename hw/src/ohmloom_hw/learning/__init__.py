"""Learning on the chip: from a sample's inputs and sums to pulses on cells."""
