"""What the evidence says of how many connections were wanted: bounds of sums over functions and destinations."""
