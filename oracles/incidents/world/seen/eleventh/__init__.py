"""The eleventh round: 62 incidents of companies of every size, by two writers who had not read the rules."""
