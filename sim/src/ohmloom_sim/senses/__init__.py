"""Sound, motion and touch: time series of public data sets, and networks that tell them apart."""
