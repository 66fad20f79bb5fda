"""The twelfth round, second half: unseen by whoever mends the rules."""
