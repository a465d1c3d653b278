"""Turns a run's result file into pages; reads result files only, and imports no engine."""

from reports.run import ReportError as ReportError
from reports.writing import write as write
