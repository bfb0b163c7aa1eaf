"""The page of guarantees, made from what a run of the tests left: `make guarantees`."""
