"""The doctor: what is wrong with a data set, in numbers."""

from deeppose.data.doctor.examine import examine
from deeppose.data.doctor.findings import Finding, Report

__all__ = ["Finding", "Report", "examine"]
