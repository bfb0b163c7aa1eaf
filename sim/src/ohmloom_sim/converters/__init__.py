"""Models of converter chips, bit by bit at their pins, with the array between them."""
