"""What does the chip do? Gateware before the array port, and the driver for it."""
