"""Real servers for the lab's destination, by a short name: ``--serve redis``."""
