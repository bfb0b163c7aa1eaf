"""The report of the main job: one page with figures, and the numbers beside it."""

from ohmloom_sim.report.page import write_report

__all__ = ["write_report"]
