"""The twelfth round, first half: unseen by whoever mends the rules."""
