"""Reports: each artifact as a self-contained page and as text, by its path.

html = statistics_html("…/statistics")
print(anomalies_text("…/anomalies"))
"""

from argosy.data_validation.report.anomalies import anomalies_html, anomalies_page, anomalies_text
from argosy.data_validation.report.schema import schema_html, schema_text
from argosy.data_validation.report.statistics import statistics_html, statistics_page, statistics_text

__all__ = [
    "anomalies_html",
    "anomalies_page",
    "anomalies_text",
    "schema_html",
    "schema_text",
    "statistics_html",
    "statistics_page",
    "statistics_text",
]
