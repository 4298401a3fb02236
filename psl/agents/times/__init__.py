"""Messy working hours and absences, understood or asked about."""

from psl.agents.times.absence import read_absence
from psl.agents.times.hours import read_hours
from psl.agents.times.readings import AbsenceReading, HoursReading, Question

__all__ = ["AbsenceReading", "HoursReading", "Question", "read_absence", "read_hours"]
