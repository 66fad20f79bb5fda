"""Real Lambda runtimes in the lab's execution environments, invoked by a Runtime API of the lab's own."""
