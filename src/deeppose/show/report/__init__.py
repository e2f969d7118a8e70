"""The report: one evaluation as one self-contained HTML page, and its numbers as JSON beside it.

`subject` holds truth and predictions side by side; `tables`, `calibration`, `displacement` and `people` turn them into
numbers; `pictures` and `figures` draw; `page` lays it all out. Needs the extra `plot`.
"""

from deeppose.show.report.page import places, write
from deeppose.show.report.subject import Subject

__all__ = ["Subject", "places", "write"]
