"""What-if in the browser: one page on loopback, in which a scenario is moved and the planner answers at once."""
