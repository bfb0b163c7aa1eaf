"""Learning with the pulses of the chip's rules: tasks, arrays that learn, and what comes of it."""
