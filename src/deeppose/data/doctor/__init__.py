"""The doctor: what is wrong with a data set, in numbers and on one page."""

from deeppose.data.doctor.examine import examine
from deeppose.data.doctor.page import render
from deeppose.data.doctor.report import Finding, Report

__all__ = ["Finding", "Report", "examine", "render"]
