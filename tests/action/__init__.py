"""The GitHub Action: its own script, run by bash as a runner runs it."""
