"""What does the array do? Networks on cells, and everything behind the array port."""
