"""Absences as agents type them, on Tuesday, November 24, 2026, at 10:30 in the morning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psl.agents.availability import ZONES, OutOfOffice
from psl.agents.times import AbsenceReading, read_absence
from psl.details.bags import bag

ZONE = "America/New_York"
HERE = ZoneInfo(ZONE)
NOW = datetime(2026, 11, 24, 10, 30, tzinfo=HERE)
CURRENT = OutOfOffice(datetime(2026, 12, 22, 8, tzinfo=HERE), datetime(2027, 1, 3, tzinfo=HERE))

ABSENCES = [
    (
        "from dec 22 8am til jan 2",
        "Tue 2026-12-22 08:00 > - | ask: Through Sat, Jan 2 / Back on Sat, Jan 2",
    ),
    ("back jan 3", "now > Sun 2027-01-03 00:00"),
    ("out from dec 22, back jan 3", "Tue 2026-12-22 00:00 > Sun 2027-01-03 00:00"),
    ("out through friday", "now > Sat 2026-11-28 00:00"),
    ("out, returning monday", "now > Mon 2026-11-30 00:00"),
    ("out until 5pm on jan 2", "now > Sat 2027-01-02 17:00"),
    ("last day off is jan 2", "now > Sun 2027-01-03 00:00"),
    ("pause me today", "now > Wed 2026-11-25 00:00"),
    ("off today", "now > Wed 2026-11-25 00:00"),
    ("out tomorrow", "Wed 2026-11-25 00:00 > Thu 2026-11-26 00:00"),
    ("off tomorrow morning", "Wed 2026-11-25 00:00 > Wed 2026-11-25 12:00"),
    ("rest of the day", "now > Wed 2026-11-25 00:00"),
    ("for 2 hours", "now > Tue 2026-11-24 12:30"),
    ("pause me for the next 3 days", "now > Fri 2026-11-27 00:00"),
    ("next week", "Mon 2026-11-30 00:00 > Mon 2026-12-07 00:00"),
    ("this afternoon", "Tue 2026-11-24 12:00 > Tue 2026-11-24 18:00"),
    ("this friday", "Fri 2026-11-27 00:00 > Sat 2026-11-28 00:00"),
    ("next friday", "Fri 2026-12-04 00:00 > Sat 2026-12-05 00:00"),
    ("the 24th and 25th", "now > Thu 2026-11-26 00:00"),
    ("12/24-12/26", "Thu 2026-12-24 00:00 > Sun 2026-12-27 00:00"),
    ("dec 24 to 26", "Thu 2026-12-24 00:00 > Sun 2026-12-27 00:00"),
    ("thanksgiving week", "now > Mon 2026-11-30 00:00"),
    ("starting tomorrow, no end date", "Wed 2026-11-25 00:00 > never"),
    ("indefinitely", "now > never"),
    ("until further notice", "now > never"),
    ("not sure when I'm back", "now > never"),
    ("on vacation until the 5th", "now > - | ask: Through Sat, Dec 5 / Back on Sat, Dec 5"),
    ("out sick", "now > - | ask: Rest of today / Until tomorrow morning / No end date"),
    ("for 2 weeks starting monday", "Mon 2026-11-30 00:00 > Mon 2026-12-14 00:00"),
    ("out of office", ""),
    ("pause me", ""),
    ("nov 1 to nov 5", "ask: That would end on Thu, N"),
    ("dec 24 to dec 20", "Thu 2026-12-24 00:00 > - | ask: The end would be before "),
    ("off wed", "Wed 2026-11-25 00:00 > Thu 2026-11-26 00:00"),
    ("next wednesday", "ask: Wed, Nov 25 / Wed, Dec 2"),
    ("tue off", "ask: Tue, Nov 24 / Tue, Dec 1"),
    ("thu 2-4", "Thu 2026-11-26 14:00 > Thu 2026-11-26 16:00"),
    ("out from 1 to 3 tomorrow", "Wed 2026-11-25 13:00 > Wed 2026-11-25 15:00"),
    ("lunch til 2", "now > Tue 2026-11-24 14:00"),
    ("out 12-1 today", "Tue 2026-11-24 12:00 > Tue 2026-11-24 13:00"),
    ("back in an hour", "now > Tue 2026-11-24 11:30"),
    ("in 2 hours for 30 min", "Tue 2026-11-24 12:30 > Tue 2026-11-24 13:00"),
    ("dec 24-26", "Thu 2026-12-24 00:00 > Sun 2026-12-27 00:00"),
    ("24-26 dec", "Thu 2026-12-24 00:00 > Sun 2026-12-27 00:00"),
    ("24th thru the 26th", "now > Fri 2026-11-27 00:00"),
    ("next week tuesday", "Tue 2026-12-01 00:00 > Wed 2026-12-02 00:00"),
    ("tuesday next week", "Tue 2026-12-01 00:00 > Wed 2026-12-02 00:00"),
    ("fri jan 2", "ask: Sat, Jan 2 / Fri, Jan 1"),
    (
        "i leave at 1pm on friday dec 18 and come back monday jan 4 at 9",
        "Fri 2026-12-18 13:00 > Mon 2027-01-04 09:00",
    ),
    ("from 1pm fri jan 1 til jan 4 9am", "Fri 2027-01-01 13:00 > Mon 2027-01-04 09:00"),
    ("fri jan 1", "Fri 2027-01-01 00:00 > Sat 2027-01-02 00:00"),
    ("out a few days", "now > - | ask: 2 days / 3 days / 5 days"),
    ("half day tomorrow", "Wed 2026-11-25 00:00 > - | ask: Morning / Afternoon"),
    ("christmas eve thru new years day", "Thu 2026-12-24 00:00 > Sat 2027-01-02 00:00"),
    ("this weekend", "Sat 2026-11-28 00:00 > Mon 2026-11-30 00:00"),
    ("rest of the week", "now > Mon 2026-11-30 00:00"),
    ("until end of the month", "now > Tue 2026-12-01 00:00"),
    ("all of january", "Fri 2027-01-01 00:00 > Mon 2027-02-01 00:00"),
    ("weekend", "Sat 2026-11-28 00:00 > Mon 2026-11-30 00:00"),
    ("25:00 tomorrow", "ask: I could not read that ti"),
    ("hello there", ""),
    ("need to go out of office", ""),
    (
        "tomorrow and friday",
        "Wed 2026-11-25 00:00 > - | ask: Only Wed, Nov 25 / Through Fri, Nov 27",
    ),
    ("day after tomorrow", "Thu 2026-11-26 00:00 > Fri 2026-11-27 00:00"),
    ("tonight", "Tue 2026-11-24 18:00 > Wed 2026-11-25 00:00"),
    (
        "need to go out of office from dec 22 8am til jan 2",
        "Tue 2026-12-22 08:00 > - | ask: Through Sat, Jan 2 / Back on Sat, Jan 2",
    ),
    ("I'll be out dec 24 through jan 1", "Thu 2026-12-24 00:00 > Sat 2027-01-02 00:00"),
    ("vacation 12/20 - 12/28, back the 29th", "Sun 2026-12-20 00:00 > Tue 2026-12-29 00:00"),
    ("out today after 3", "Tue 2026-11-24 15:00 > Wed 2026-11-25 00:00"),
    (
        "leaving at 3 today",
        "Tue 2026-11-24 15:00 > - | ask: Rest of today / Until tomorrow morning / No end date",
    ),
    ("off after 2pm", "Tue 2026-11-24 14:00 > Wed 2026-11-25 00:00"),
    ("done for the day", "now > Wed 2026-11-25 00:00"),
    ("off the rest of today", "now > Wed 2026-11-25 00:00"),
    ("pause referrals until tomorrow", "now > - | ask: Through Wed, Nov 25 / Back on Wed, Nov 25"),
    ("pause until noon", "now > Tue 2026-11-24 12:00"),
    ("pause til 330", "now > Tue 2026-11-24 15:30"),
    ("pause me til 3pm tomorrow", "now > Wed 2026-11-25 15:00"),
    ("dr appt thursday 10-1130", "Thu 2026-11-26 10:00 > Thu 2026-11-26 11:30"),
    (
        "dentist at 2",
        "Tue 2026-11-24 14:00 > - | ask: Rest of today / Until tomorrow morning / No end date",
    ),
    ("out 2 hrs", "now > Tue 2026-11-24 12:30"),
    ("gone for an hour", "now > Tue 2026-11-24 11:30"),
    ("pause me 30 minutes", "now > Tue 2026-11-24 11:00"),
    ("no referrals this week", "now > Mon 2026-11-30 00:00"),
    ("not available next week", "Mon 2026-11-30 00:00 > Mon 2026-12-07 00:00"),
    ("off monday and tuesday", "Mon 2026-11-30 00:00 > Wed 2026-12-02 00:00"),
    ("off mon-wed next week", "Mon 2026-11-30 00:00 > Thu 2026-12-03 00:00"),
    ("off mon - wed", "Mon 2026-11-30 00:00 > Thu 2026-12-03 00:00"),
    ("closed thu and fri for thanksgiving", "Thu 2026-11-26 00:00 > Sat 2026-11-28 00:00"),
    ("closed thanksgiving", "Thu 2026-11-26 00:00 > Fri 2026-11-27 00:00"),
    ("thanksgiving and black friday", "Thu 2026-11-26 00:00 > Sat 2026-11-28 00:00"),
    ("christmas week", "Mon 2026-12-21 00:00 > Mon 2026-12-28 00:00"),
    ("week of dec 21", "Mon 2026-12-21 00:00 > Mon 2026-12-28 00:00"),
    ("the week of the 14th", "Mon 2026-12-14 00:00 > Mon 2026-12-21 00:00"),
    ("out from the 20th to the 27th", "Sun 2026-12-20 00:00 > Mon 2026-12-28 00:00"),
    ("gone 12/24 thru 1/2 inclusive", "Thu 2026-12-24 00:00 > Sun 2027-01-03 00:00"),
    ("12/24/2026 to 01/02/2027", "Thu 2026-12-24 00:00 > Sun 2027-01-03 00:00"),
    ("2026-12-24 to 2026-12-31", "Thu 2026-12-24 00:00 > Fri 2027-01-01 00:00"),
    (
        "Dec 24th, 2026 at 8:00 AM until Jan 2nd, 2027 at 9:00 AM",
        "Thu 2026-12-24 08:00 > Sat 2027-01-02 09:00",
    ),
    ("out starting friday", "Fri 2026-11-27 00:00 > - | ask: Only Fri, Nov 27 / No end date"),
    ("out starting now", "now > - | ask: Rest of today / Until tomorrow morning / No end date"),
    ("starting next monday for 2 weeks", "Mon 2026-11-30 00:00 > Mon 2026-12-14 00:00"),
    ("on leave until jan 15, back on the 16th", "now > Sat 2027-01-16 00:00"),
    ("maternity leave starting feb 1 no end date yet", "Mon 2027-02-01 00:00 > never"),
    ("out of town fri thru mon", "Fri 2026-11-27 00:00 > Tue 2026-12-01 00:00"),
    ("out fri 5pm to mon 8am", "Fri 2026-11-27 17:00 > Mon 2026-11-30 08:00"),
    ("out from friday at noon until monday morning", "Fri 2026-11-27 12:00 > Mon 2026-11-30 06:00"),
    ("be back wednesday", "now > Wed 2026-11-25 00:00"),
    ("i wont be back until thursday", "now > Thu 2026-11-26 00:00"),
    ("not back til monday", "now > Mon 2026-11-30 00:00"),
    ("returning dec 1", "now > Tue 2026-12-01 00:00"),
    ("back at 1", "now > Tue 2026-11-24 13:00"),
    ("back in 20 min", "now > Tue 2026-11-24 10:50"),
    ("brb in 15", ""),
    ("gone fishing til sunday", "now > - | ask: Through Sun, Nov 29 / Back on Sun, Nov 29"),
    ("take me off until further notice", "now > never"),
    ("idk when ill be back", "now > never"),
    ("out for the holidays", "ask: Which dates are that? Ty"),
    ("out all week", "now > Mon 2026-11-30 00:00"),
    ("out all next week", "Mon 2026-11-30 00:00 > Mon 2026-12-07 00:00"),
    ("out all day tomorrow", "Wed 2026-11-25 00:00 > Thu 2026-11-26 00:00"),
    ("off sat", "Sat 2026-11-28 00:00 > Sun 2026-11-29 00:00"),
    ("this saturday and sunday", "Sat 2026-11-28 00:00 > Mon 2026-11-30 00:00"),
    ("next weekend", "Sat 2026-12-05 00:00 > Mon 2026-12-07 00:00"),
    ("next month", "Tue 2026-12-01 00:00 > Fri 2027-01-01 00:00"),
    ("in january", "Fri 2027-01-01 00:00 > Mon 2027-02-01 00:00"),
    ("december 1st", "Tue 2026-12-01 00:00 > Wed 2026-12-02 00:00"),
    ("tmrw", "Wed 2026-11-25 00:00 > Thu 2026-11-26 00:00"),
    ("tomorow afternoon", "Wed 2026-11-25 12:00 > Wed 2026-11-25 18:00"),
    ("tommorow 9-12", "Wed 2026-11-25 09:00 > Wed 2026-11-25 12:00"),
    ("out tomorrow from 1pm", "Wed 2026-11-25 13:00 > - | ask: Only Wed, Nov 25 / No end date"),
    ("out tomorrow until noon", "Wed 2026-11-25 00:00 > Wed 2026-11-25 12:00"),
    ("sick today", "now > Wed 2026-11-25 00:00"),
    ("sick, out today and tomorrow", "now > Thu 2026-11-26 00:00"),
    ("kids sick be out till weds", "now > - | ask: Through Wed, Nov 25 / Back on Wed, Nov 25"),
    (
        "emergency, pause me now",
        "now > - | ask: Rest of today / Until tomorrow morning / No end date",
    ),
    ("pause now", "now > - | ask: Rest of today / Until tomorrow morning / No end date"),
    ("pause me now until 5", "now > Tue 2026-11-24 17:00"),
    ("from now until friday 5pm", "now > Fri 2026-11-27 17:00"),
    ("from now on", "now > - | ask: Rest of today / Until tomorrow morning / No end date"),
    ("for the rest of the week", "now > Mon 2026-11-30 00:00"),
    ("3 days starting wednesday", "Wed 2026-11-25 00:00 > Sat 2026-11-28 00:00"),
    ("wed for 3 days", "Wed 2026-11-25 00:00 > Sat 2026-11-28 00:00"),
    ("2 days", "now > Thu 2026-11-26 00:00"),
    ("a couple of days", "now > Thu 2026-11-26 00:00"),
    ("dec 32", "ask: There is no such date. T"),
    ("feb 30 to mar 2", "ask: There is no such date. T"),
    ("out yesterday", "ask: That would end on Mon, N"),
    ("last friday", "ask: That would end on Fri, N"),
    ("jan 2 2020", "ask: That would end on Thu, J"),
    ("out 12/25/26", "Fri 2026-12-25 00:00 > Sat 2026-12-26 00:00"),
    ("5pm", "Tue 2026-11-24 17:00 > - | ask: Rest of today / Until tomorrow morning / No end date"),
    ("until 9", "now > - | ask: Tue, Nov 24, 9:00 PM / Wed, Nov 25, 9:00 AM"),
    ("out until 8", "now > - | ask: Tue, Nov 24, 8:00 PM / Wed, Nov 25, 8:00 AM"),
    ("dec 24 8am-12pm", "Thu 2026-12-24 08:00 > Thu 2026-12-24 12:00"),
    ("out between dec 22 and dec 28", "Tue 2026-12-22 00:00 > Tue 2026-12-29 00:00"),
    ("memorial day weekend", "ask: Which dates are that? Ty"),
    ("what is out of office", ""),
    ("my case is 118204377", ""),
    ("off mondays", "Mon 2026-11-30 00:00 > Tue 2026-12-01 00:00"),
    ("juneteenth", "Sat 2027-06-19 00:00 > Sun 2027-06-20 00:00"),
    ("halfway thru friday", "now > Sat 2026-11-28 00:00"),
    ("out from 9 to 5 tomorrow", "Wed 2026-11-25 09:00 > Wed 2026-11-25 17:00"),
    ("off the 1st and 2nd of december", "Tue 2026-12-01 00:00 > Thu 2026-12-03 00:00"),
    ("jury duty mon nov 30 - fri dec 4", "Mon 2026-11-30 00:00 > Sat 2026-12-05 00:00"),
    ("out tomorrow from 1 to 3", "Wed 2026-11-25 13:00 > Wed 2026-11-25 15:00"),
    ("off every day this week", "now > Mon 2026-11-30 00:00"),
    ("labor day weekend", "ask: Which dates are that? Ty"),
    ("off the 1st and the 2nd", "Tue 2026-12-01 00:00 > Thu 2026-12-03 00:00"),
    ("friday after 3", "Fri 2026-11-27 15:00 > Sat 2026-11-28 00:00"),
    ("until 12/40", "now > - | ask: There is no such date. T"),
    (
        "monday and wednesday",
        "Mon 2026-11-30 00:00 > - | ask: Only Mon, Nov 30 / Through Wed, Dec 2",
    ),
    ("off from monday", "Mon 2026-11-30 00:00 > - | ask: Only Mon, Nov 30 / No end date"),
    ("out 1/5", "Tue 2027-01-05 00:00 > Wed 2027-01-06 00:00"),
    ("dec 24 and dec 26", "Thu 2026-12-24 00:00 > - | ask: Only Thu, Dec 24 / Through Sat, Dec 26"),
    ("out til 5 tomorrow", "now > Wed 2026-11-25 17:00"),
    ("5pm friday to 8am monday", "Fri 2026-11-27 17:00 > Mon 2026-11-30 08:00"),
    ("today 2-4", "Tue 2026-11-24 14:00 > Tue 2026-11-24 16:00"),
    ("today 8-9", "Tue 2026-11-24 20:00 > Tue 2026-11-24 21:00"),
    ("out til fri", "now > - | ask: Through Fri, Nov 27 / Back on Fri, Nov 27"),
    ("sick til thurs", "now > - | ask: Through Thu, Nov 26 / Back on Thu, Nov 26"),
    ("out this week and next week", "now > Mon 2026-12-07 00:00"),
    ("out from now til jan 3 at 8", "now > Sun 2027-01-03 08:00"),
    (
        "hey im taking off from wed the 23rd of december at noon, back monday the 28th",
        "Wed 2026-12-23 12:00 > Mon 2026-12-28 00:00",
    ),
    ("going on vacation 12/19 thru 1/3", "Sat 2026-12-19 00:00 > Mon 2027-01-04 00:00"),
    ("out sick rest of the day", "now > Wed 2026-11-25 00:00"),
    ("cant take referrals til 2pm", "now > Tue 2026-11-24 14:00"),
    ("pls pause me til tmrw morning", "now > Wed 2026-11-25 06:00"),
    (
        "im out of office starting dec 24 for the rest of the year",
        "Thu 2026-12-24 00:00 > Fri 2027-01-01 00:00",
    ),
    ("turn me off for the weekend", "Sat 2026-11-28 00:00 > Mon 2026-11-30 00:00"),
    ("OOO 12/24 - 12/26", "Thu 2026-12-24 00:00 > Sun 2026-12-27 00:00"),
    ("OOO dec 24,25,26", "Thu 2026-12-24 00:00 > Sun 2026-12-27 00:00"),
    ("ooo friday am", "Fri 2026-11-27 00:00 > Fri 2026-11-27 12:00"),
    ("out fri pm", "Fri 2026-11-27 12:00 > Fri 2026-11-27 18:00"),
    ("out the first week of january", "ask: Which dates are that? Ty"),
    ("funeral thursday, back friday", "Thu 2026-11-26 00:00 > Fri 2026-11-27 00:00"),
    ("surgery dec 3, not sure when ill be back", "Thu 2026-12-03 00:00 > never"),
    ("surgery dec 3, out 2 weeks", "Thu 2026-12-03 00:00 > Thu 2026-12-17 00:00"),
    ("taking the day off", "now > Wed 2026-11-25 00:00"),
    ("taking a half day friday", "Fri 2026-11-27 00:00 > - | ask: Morning / Afternoon"),
    ("i need monday off", "Mon 2026-11-30 00:00 > Tue 2026-12-01 00:00"),
    ("i need the afternoon off", "Tue 2026-11-24 12:00 > Tue 2026-11-24 18:00"),
    ("unavailable from 1:30 to 2:45 today", "Tue 2026-11-24 13:30 > Tue 2026-11-24 14:45"),
    ("meeting 10:30-12", "now > Tue 2026-11-24 12:00"),
    ("in court all day thursday", "Thu 2026-11-26 00:00 > Fri 2026-11-27 00:00"),
    ("out of the office 11/30-12/4 inclusive", "Mon 2026-11-30 00:00 > Sat 2026-12-05 00:00"),
    ("be gone until next wednesday", "now > - | ask: Through Wed, Dec 2 / Back on Wed, Dec 2"),
    ("gone til next week", "now > Mon 2026-11-30 00:00"),
    ("leave me off until monday at 9", "now > Mon 2026-11-30 09:00"),
    (
        "stop referrals at 4 today",
        "Tue 2026-11-24 16:00 > - | ask: Rest of today / Until tomorrow morning / No end date",
    ),
    (
        "stop referrals today at 4 until tomorrow at 9",
        "Tue 2026-11-24 16:00 > Wed 2026-11-25 09:00",
    ),
    ("out 24-26", "now > Fri 2026-11-27 00:00"),
    ("out dec. 24 - jan. 2", "Thu 2026-12-24 00:00 > Sun 2027-01-03 00:00"),
    ("december 24th through january 2nd", "Thu 2026-12-24 00:00 > Sun 2027-01-03 00:00"),
    ("from 5pm today until 8am monday", "Tue 2026-11-24 17:00 > Mon 2026-11-30 08:00"),
    ("out 8am-noon on 12/3", "Thu 2026-12-03 08:00 > Thu 2026-12-03 12:00"),
    ("out wed-fri", "Wed 2026-11-25 00:00 > Sat 2026-11-28 00:00"),
    ("out wed, thu, fri", "Wed 2026-11-25 00:00 > Sat 2026-11-28 00:00"),
    ("out wed and fri", "Wed 2026-11-25 00:00 > - | ask: Only Wed, Nov 25 / Through Fri, Nov 27"),
    ("out tomorrow and the day after", "Wed 2026-11-25 00:00 > Fri 2026-11-27 00:00"),
    ("for the next two weeks", "now > Tue 2026-12-08 00:00"),
    ("for the next hour and a half", "now > Tue 2026-11-24 12:00"),
    ("45 min", "now > Tue 2026-11-24 11:15"),
    (
        "done at noon today",
        "Tue 2026-11-24 12:00 > - | ask: Rest of today / Until tomorrow morning / No end date",
    ),
    ("family emergency idk how long", "now > never"),
    ("out until after christmas", "ask: I could not read that ti"),
    ("closed for snow today", "now > Wed 2026-11-25 00:00"),
]

# Said of CURRENT; "-" is what it leaves as it is.
CHANGES = [
    ("make it end sunday instead", "- > Mon 2026-12-28 00:00"),
    ("extend to jan 9", "- > Sun 2027-01-10 00:00"),
    ("make it start friday", "Fri 2026-11-27 00:00 > -"),
    ("no end date", "- > never"),
    ("extend by 2 days", "- > Tue 2027-01-05 00:00"),
    ("another week", "- > Sun 2027-01-10 00:00"),
    ("end it friday", "- > Sat 2026-12-26 00:00"),
    ("end it now", "- > now"),
    ("change the end to jan 5", "- > Wed 2027-01-06 00:00"),
    ("push it to jan 10", "- > Mon 2027-01-11 00:00"),
    ("move start to dec 23", "Wed 2026-12-23 00:00 > -"),
    ("change it to dec 23 - jan 3", "Wed 2026-12-23 00:00 > Mon 2027-01-04 00:00"),
    ("2 more days", "- > Tue 2027-01-05 00:00"),
    ("add 2 more days", "- > Tue 2027-01-05 00:00"),
    ("make it through jan 5", "- > Wed 2027-01-06 00:00"),
    ("back jan 5 instead", "- > Tue 2027-01-05 00:00"),
    ("actually back on the 30th", "- > Wed 2026-12-30 00:00"),
    ("until jan 4 at noon", "- > Mon 2027-01-04 12:00"),
    ("extend it a week", "- > Sun 2027-01-10 00:00"),
    ("no end", "- > never"),
    ("remove the end date", "- > never"),
    ("push it back to jan 10", "- > Mon 2027-01-11 00:00"),
    ("move it to next week", "Mon 2026-11-30 00:00 > Mon 2026-12-07 00:00"),
    ("i need to be out one more day", "- > Mon 2027-01-04 00:00"),
    ("make it 2 weeks", "- > Tue 2027-01-05 08:00"),
    ("shorten it to dec 30", "- > Thu 2026-12-31 00:00"),
    ("start it dec 21 instead", "Mon 2026-12-21 00:00 > -"),
    ("change it to start dec 23 at noon", "Wed 2026-12-23 12:00 > -"),
    ("come back a day early", "ask: Which day are you back? "),
    ("actually ill be back jan 2", "- > Sat 2027-01-02 00:00"),
    ("end it jan 2 at noon", "- > Sat 2027-01-02 12:00"),
    ("make it open ended", "- > never"),
]

# Answers to "from when?".
STARTS = [
    ("dec 22 8am", "Tue 2026-12-22 08:00 > -"),
    ("tomorrow", "Wed 2026-11-25 00:00 > -"),
    ("now", "now > -"),
    ("monday", "Mon 2026-11-30 00:00 > -"),
    ("monday 8am", "Mon 2026-11-30 08:00 > -"),
    ("8am", "ask: Tue, Nov 24, 2026, 8:00 "),
    ("dec 22", "Tue 2026-12-22 00:00 > -"),
    ("next week", "Mon 2026-11-30 00:00 > Mon 2026-12-07 00:00"),
    ("this afternoon", "Tue 2026-11-24 12:00 > -"),
    ("today", "now > -"),
    ("right now", "now > -"),
    ("dec 22 to jan 2", "Tue 2026-12-22 00:00 > Sun 2027-01-03 00:00"),
    ("the 23rd at noon", "Wed 2026-12-23 12:00 > -"),
    ("next monday", "Mon 2026-11-30 00:00 > -"),
    ("in an hour", "Tue 2026-11-24 11:30 > -"),
    ("dec 24 in the afternoon", "Thu 2026-12-24 12:00 > -"),
    ("asap", "now > -"),
]

# Answers to "until when?".
ENDS = [
    ("jan 2", "ask: Through Sat, Jan 2 / Back on Sat, Jan 2"),
    ("5pm", "- > Tue 2026-11-24 17:00"),
    ("not sure", "- > never"),
    ("for 3 days", "- > Fri 2026-11-27 00:00"),
    ("friday", "ask: Through Fri, Nov 27 / Back on Fri, Nov 27"),
    ("today", "- > Wed 2026-11-25 00:00"),
    ("end of the week", "- > Mon 2026-11-30 00:00"),
    ("tomorrow morning", "- > Wed 2026-11-25 06:00"),
    ("jan 3 8am", "- > Sun 2027-01-03 08:00"),
    ("no end date", "- > never"),
    ("idk", "- > never"),
    ("through the 5th", "- > Sun 2026-12-06 00:00"),
    ("back on the 5th", "- > Sat 2026-12-05 00:00"),
    ("a week", "- > Tue 2026-12-01 00:00"),
    ("never", "- > never"),
    ("the 5th", "ask: Through Sat, Dec 5 / Back on Sat, Dec 5"),
    ("for good", "- > never"),
    ("9", "ask: Tue, Nov 24, 9:00 PM / Wed, Nov 25, 9:00 AM"),
    ("noon tomorrow", "- > Wed 2026-11-25 12:00"),
    ("monday at 8", "- > Mon 2026-11-30 08:00"),
    ("next monday", "ask: Through Mon, Nov 30 / Back on Mon, Nov 30"),
    ("new years day", "ask: Through Fri, Jan 1 / Back on Fri, Jan 1"),
    ("till the 4th", "ask: Through Fri, Dec 4 / Back on Fri, Dec 4"),
    ("about 2 weeks", "- > Tue 2026-12-08 00:00"),
    ("3 hours", "- > Tue 2026-11-24 13:30"),
    ("jan 2nd 2027", "ask: Through Sat, Jan 2 / Back on Sat, Jan 2"),
]


def told(reading: AbsenceReading) -> str:
    """A reading in one line: start, end, the buttons of questions."""

    def shown(at: datetime | None) -> str:
        if at is None:
            return "-"
        return "now" if at == NOW else f"{at.astimezone(HERE):%a %Y-%m-%d %H:%M}"

    end = "never" if reading.no_end else shown(reading.end)
    said = reading.start or reading.end or reading.no_end
    parts = [f"{shown(reading.start)} > {end}"] if said else []
    for question in reading.questions:
        titles = " / ".join(title for title, _ in question.choices)
        parts.append(f"ask: {titles or question.text[:24]}")
    return " | ".join(parts)


@pytest.mark.parametrize(("text", "expected"), ABSENCES)
def test_absence(text: str, expected: str) -> None:
    reading = read_absence(text, NOW, ZONE)
    assert told(reading) == expected
    assert reading.mentions_time == bool(expected)


@pytest.mark.parametrize(("text", "expected"), CHANGES)
def test_change(text: str, expected: str) -> None:
    assert told(read_absence(text, NOW, ZONE, current=CURRENT)) == expected


@pytest.mark.parametrize(("text", "expected"), STARTS)
def test_start(text: str, expected: str) -> None:
    assert told(read_absence(text, NOW, ZONE, asked="start")) == expected


@pytest.mark.parametrize(("text", "expected"), ENDS)
def test_end(text: str, expected: str) -> None:
    assert told(read_absence(text, NOW, ZONE, asked="end")) == expected


@pytest.mark.parametrize(
    ("text", "asked", "current"),
    [
        *((text, None, None) for text, _ in ABSENCES),
        *((text, None, CURRENT) for text, _ in CHANGES),
        *((text, "start", None) for text, _ in STARTS),
        *((text, "end", None) for text, _ in ENDS),
    ],
)
def test_choices_settle_the_question(
    text: str, asked: Literal["start", "end"] | None, current: OutOfOffice | None
) -> None:
    for question in read_absence(text, NOW, ZONE, asked, current).questions:
        answers = [read_absence(words, NOW, ZONE, asked, current) for _, words in question.choices]
        assert len({told(answer) for answer in answers}) == len(answers)
        assert not any(answer.questions for answer in answers)
        # Said anew, without what was asked, it is the same absence.
        for (_, words), answer in zip(question.choices, answers, strict=True):
            assert read_absence(words, NOW, ZONE, None, current) == answer


def test_until_is_through_or_back() -> None:
    (question,) = read_absence("from dec 22 8am til jan 2", NOW, ZONE).questions
    through, back = (read_absence(words, NOW, ZONE) for _, words in question.choices)
    assert told(through) == "Tue 2026-12-22 08:00 > Sun 2027-01-03 00:00"
    assert told(back) == "Tue 2026-12-22 08:00 > Sat 2027-01-02 00:00"


@pytest.mark.parametrize(
    ("text", "now", "start", "end"),
    [
        # The clocks go back on 2026-11-01, forward on 2027-03-14.
        ("out nov 1", "2026-10-30T12:00", "2026-11-01T04:00", "2026-11-02T05:00"),
        ("out mar 14", "2027-03-10T12:00", "2027-03-14T05:00", "2027-03-15T04:00"),
        ("out mar 14 until 2:30am", "2027-03-10T12:00", "2027-03-14T05:00", "2027-03-14T07:00"),
        ("for 2 days", "2026-10-31T12:00", "2026-10-31T12:00", "2026-11-02T05:00"),
        ("for 24 hours", "2026-10-31T12:00", "2026-10-31T12:00", "2026-11-01T12:00"),
    ],
)
def test_clock_changes(text: str, now: str, start: str, end: str) -> None:
    at, first, last = (
        datetime.fromisoformat(said).replace(tzinfo=UTC) for said in (now, start, end)
    )
    reading = read_absence(text, at, ZONE)
    assert (reading.start, reading.end) == (first, last)


def test_days_are_the_agents_own() -> None:
    late = datetime(2026, 11, 25, 4, 30, tzinfo=UTC)  # 11:30 PM in New York, 10:30 PM in Chicago
    east, west = (read_absence("tomorrow", late, zone) for zone in (ZONE, "America/Chicago"))
    assert east.start == datetime(2026, 11, 25, 5, tzinfo=UTC)
    assert west.start == datetime(2026, 11, 25, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "text", "start"),
    [
        ("2026-11-19", "next friday", None),  # a Thursday: tomorrow, or in eight days
        ("2026-11-19", "next thursday", "2026-11-26"),
        ("2026-11-22", "next friday", "2026-11-27"),  # a Sunday: the coming week's
        ("2026-11-22", "next monday", None),
        ("2026-11-20", "friday", None),  # a Friday: today, or in a week
        ("2026-11-20", "this friday", "2026-11-20"),
        ("2026-12-30", "jan 2", "2027-01-02"),
        ("2026-12-30", "the 5th", "2027-01-05"),
        ("2027-01-31", "the 30th", "2027-03-30"),  # February has none
        ("2026-06-01", "jan 2", "2027-01-02"),
    ],
)
def test_which_day(now: str, text: str, start: str | None) -> None:
    at = datetime.fromisoformat(f"{now}T09:00").replace(tzinfo=HERE)
    reading = read_absence(text, at, ZONE)
    if start is None:
        assert len(reading.questions[0].choices) == 2
    else:
        assert reading.start is not None
        assert reading.start.astimezone(HERE).date().isoformat() == start


def test_over_absence_is_not_changed() -> None:
    over = OutOfOffice(NOW - timedelta(days=9), NOW - timedelta(days=2))
    assert told(read_absence("out through friday", NOW, ZONE, current=over)) == (
        "now > Sat 2026-11-28 00:00"
    )


@pytest.mark.parametrize(
    "text", ["the 24th and ", "fri jan 1 fri ", "dec 22 to ", "christmas week "]
)
def test_long_messages_are_read_at_once(text: str) -> None:
    assert read_absence(text * 2000, NOW, ZONE).mentions_time


PIECES = bag(
    """
    mon tue wed friday this next last week weekend month rest of the day today tomorrow dec 22 jan 2
    12/24 24th 2nd , - to til until through and back return ends end it after before from starting
    for in 2 3 5 days hours weeks a few another more half 8am 5pm noon 9 morning afternoon tonight
    indefinitely no end date not sure sick now make extend move early christmas holidays feb 30 2027
    99 0 25:00 between inclusive off out pause me
"""
)
texts = st.lists(st.sampled_from(sorted(PIECES)), max_size=14).map(" ".join) | st.text(max_size=40)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)).map(
    lambda at: at.replace(tzinfo=UTC)
)
spells = st.sampled_from([None, (3, 9), (-3, 5), (-3, None)])


@settings(deadline=None, max_examples=200)
@given(
    texts, instants, st.sampled_from(sorted(ZONES)), st.sampled_from([None, "start", "end"]), spells
)
def test_whatever_is_typed(
    text: str,
    now: datetime,
    zone: str,
    asked: Literal["start", "end"] | None,
    spell: tuple[int, int | None] | None,
) -> None:
    current = None
    if spell:
        first, last = spell
        end = now + timedelta(days=last) if last else None
        current = OutOfOffice(now + timedelta(days=first), end)
    reading = read_absence(text, now, zone, asked, current)
    if reading.start:
        assert reading.start >= now
        assert reading.end is None or reading.end > reading.start
    assert not (reading.no_end and reading.end)
    assert reading.mentions_time or reading == AbsenceReading()
    for question in reading.questions:
        for _, words in question.choices:
            again = read_absence(words, now, zone, asked, current)
            assert again.mentions_time
            # Something else may still be missing or wrong, but not the same again.
            assert all(more.text[:12] != question.text[:12] for more in again.questions)
