"""The patient: search, chart, why a date is what it is, what is entered about a patient, and what goes on paper."""

from collections.abc import Sequence

from monitor.web.staff import patient_acts, patient_addresses, patient_chart, patient_list, patient_papers
from monitor.web.staff.endpoints import Page

PAGES: Sequence[Page] = (
    *patient_list.PAGES,
    *patient_chart.PAGES,
    *patient_acts.PAGES,
    *patient_addresses.PAGES,
    *patient_papers.PAGES,
)
