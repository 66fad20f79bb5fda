"""Random networks as people have them, with their truth, and cases of them from which evidence was taken away."""

from oracles.networks.scenario import random_network
from oracles.networks.staging import Staged, stage
from oracles.networks.truth import TableTruth, Truth

__all__ = ["Staged", "TableTruth", "Truth", "random_network", "stage"]
