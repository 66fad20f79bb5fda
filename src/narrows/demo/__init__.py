"""The incident that this project starts from, played in three acts."""

from narrows.demo.acts import ACTS, Act, Played, play, scenario_file

__all__ = ["ACTS", "Act", "Played", "play", "scenario_file"]
