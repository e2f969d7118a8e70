"""The report: one evaluation as one self-contained HTML page, and its numbers as JSON beside it.

`subject` asks an `Evaluation` what the page needs; `tables`, `displacements` and `people` turn it into a `Report`;
`pictures` and `figures` draw; `page` lays it all out. Needs the extra `plot`.
"""

from deeppose.show.report.page import places, write
from deeppose.show.report.subject import Subject

__all__ = ["Subject", "places", "write"]
