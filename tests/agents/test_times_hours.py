"""Working hours as agents type them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psl.agents.availability import DayHours, Span, WeeklyHours, day_words, hours_words
from psl.agents.times import HoursReading, read_hours
from psl.agents.times.asking import names
from psl.details.bags import bag

_LUNCH = DayHours(Span(510, 1020), (Span(720, 780),))
# Mon-Thu 8:30 to 5 with lunch at noon, Fri without.
CURRENT = WeeklyHours((_LUNCH, _LUNCH, _LUNCH, _LUNCH, DayHours(Span(510, 1020)), None, None))

# Said by somebody who has no hours yet.
NEW = [
    (
        "mon-fri 9 to 5 central, off wed, lunch 12-1",
        "Mon–Tue, Thu–Fri 9:00 AM–5:00 PM, break noon–1:00 PM | Wed not available | America/Chicago",
    ),
    ("weekdays after 4", "ask: 4:00–8:00 PM / 4:00–9:00 PM / 4:00 PM–midnight"),
    ("tues thurs 10a-2p", "Tue, Thu 10:00 AM–2:00 PM"),
    (
        "mon-thu 830 to 5ish, lunch noon-1, fri til noon, no weekends, eastern time",
        "Mon–Thu 8:30 AM–5:00 PM, break noon–1:00 PM | "
        "Fri 8:30 AM–noon | "
        "Sat–Sun not available | "
        "America/New_York",
    ),
    ("mon-fri 9-12 and 1-5", "Mon–Fri 9:00 AM–5:00 PM, break noon–1:00 PM"),
    ("9-12 and 1-5", "ask: Mon–Fri / Every day"),
    ("9-5 m-f", "Mon–Fri 9:00 AM–5:00 PM"),
    ("M/W/F 8-4", "Mon, Wed, Fri 8:00 AM–4:00 PM"),
    ("MWF 8-4", "Mon, Wed, Fri 8:00 AM–4:00 PM"),
    ("TTh 9-1", "Tue, Thu 9:00 AM–1:00 PM"),
    ("24/7", "Mon–Sun all day"),
    ("round the clock", "Mon–Sun all day"),
    ("any time", "Mon–Sun all day"),
    ("all day saturday", "Sat all day"),
    ("every day 7am-11pm", "Mon–Sun 7:00 AM–11:00 PM"),
    ("10pm to 2am fri and sat", "Fri–Sat 10:00 PM–2:00 AM (next day)"),
    ("8 to 8", "ask: Mon–Fri / Every day"),
    ("mon-fri half past 8 to five", "Mon–Fri 8:30 AM–5:00 PM"),
    ("mon 9 am through 6:30 pm", "Mon 9:00 AM–6:30 PM"),
    ("business hours", "ask: 9:00 AM–5:00 PM / 8:00 AM–4:30 PM"),
    ("mornings", "ask: 8:00 AM–noon / 9:00 AM–noon"),
    ("mon wed evenings", "ask: 5:00–8:00 PM / 5:00–9:00 PM"),
    ("every day 9-5 except thursday", "Mon–Wed, Fri–Sun 9:00 AM–5:00 PM | Thu not available"),
    ("put me on central", "America/Chicago"),
    ("I'm on CST now", "America/Chicago"),
    ("et", "America/New_York"),
    ("pacific", "ask: Eastern Time / Central Time"),
    ("mon-fri 5-9", "ask: 5:00–9:00 AM / 5:00–9:00 PM"),
    ("fri 5-9pm", "Fri 5:00–9:00 PM"),
    ("mon 9-5, mon 10-6", "ask: 9:00 AM–5:00 PM / 10:00 AM–6:00 PM"),
    ("mon 9am-9am", "ask: 9:00 AM–9:00 PM / 9:00 AM–9:00 AM (next day)"),
    ("mon 9am-5am", "ask: 9:00 AM–5:00 PM / 9:00 AM–5:00 AM (next day)"),
    ("mon-fri 9 to ??", "ask: 9:00 AM–4:30 PM / 9:00 AM–5:00 PM / 9:00 AM–6:00 PM"),
    ("25:00", "ask: I could not read the hou"),
    ("mon-fri", "ask: 9:00 AM–5:00 PM / 8:00 AM–4:30 PM"),
    ("case 118204377", ""),
    ("my zip is 40202", ""),
    ("same hours sat as fri", "ask: 9:00 AM–5:00 PM / 8:00 AM–4:30 PM"),
    ("mon-fri 9-5, sat same", "Mon–Sat 9:00 AM–5:00 PM"),
    ("m-th 9-5 f 9-1", "Mon–Thu 9:00 AM–5:00 PM | Fri 9:00 AM–1:00 PM"),
    ("mon wed fri 9-5 tue thu 10-6", "Mon, Wed, Fri 9:00 AM–5:00 PM | Tue, Thu 10:00 AM–6:00 PM"),
    (
        "9-5 mon, 10-6 tue, off wed",
        "Mon 9:00 AM–5:00 PM | Tue 10:00 AM–6:00 PM | Wed not available",
    ),
    ("9-5 mon tue, 10-6 wed", "Mon–Tue 9:00 AM–5:00 PM | Wed 10:00 AM–6:00 PM"),
    ("mon: 9-5", "Mon 9:00 AM–5:00 PM"),
    ("mon: 9-5\ntue: 10-6", "Mon 9:00 AM–5:00 PM | Tue 10:00 AM–6:00 PM"),
    (
        "monday through thursday from 9 until 5:30, friday 9 to 3",
        "Mon–Thu 9:00 AM–5:30 PM | Fri 9:00 AM–3:00 PM",
    ),
    (
        "I work 9 to 5 monday to friday, saturdays 10 to 2, closed sundays",
        "Mon–Fri 9:00 AM–5:00 PM | Sat 10:00 AM–2:00 PM | Sun not available",
    ),
    ("weekends only 10-4", "Mon–Fri not available | Sat–Sun 10:00 AM–4:00 PM"),
    ("mon 9-5, all other days 10-4", "Mon 9:00 AM–5:00 PM | ask: Tue–Fri / Tue–Sun"),
    ("wed 10-2, other days off", "Mon–Tue, Thu–Sun not available | Wed 10:00 AM–2:00 PM"),
    (
        "mon wed fri 9-5, rest of the week off",
        "Mon, Wed, Fri 9:00 AM–5:00 PM | Tue, Thu, Sat–Sun not available",
    ),
    ("mon-fri 8-4:30 w/ 30 min lunch at 12", "Mon–Fri 8:00 AM–4:30 PM, break noon–12:30 PM"),
    ("mon-fri 9-5 with an hour lunch", "ask: noon–1:00 PM / 12:30–1:30 PM / 1:00–2:00 PM"),
    ("mon-fri 9-5 lunch 12", "ask: noon–12:30 PM / noon–1:00 PM"),
    ("mon-fri 9a-12p, 1p-5p", "Mon–Fri 9:00 AM–5:00 PM, break noon–1:00 PM"),
    (
        "mon-thurs 9-12 / 1-5, fri 9-12",
        "Mon–Thu 9:00 AM–5:00 PM, break noon–1:00 PM | Fri 9:00 AM–noon",
    ),
    ("mon-fri 9-5 except lunch 12-1", "Mon–Fri 9:00 AM–5:00 PM, break noon–1:00 PM"),
    ("mon 9-5 wait no 10-6", "Mon 10:00 AM–6:00 PM"),
    ("mon 9-5, actually 10-6", "Mon 10:00 AM–6:00 PM"),
    ("mon-fri 9-5, sorry i mean 8-4", "Mon–Fri 8:00 AM–4:00 PM"),
    ("tues, weds & thurs 11-7", "Tue–Thu 11:00 AM–7:00 PM"),
    ("sat sun 10pm-6am", "Sat–Sun 10:00 PM–6:00 AM (next day)"),
    (
        "fri 10pm-2am break 1130pm-1230am",
        "Fri 10:00 PM–2:00 AM (next day), break 11:30 PM–12:30 AM (next day)",
    ),
    ("mon-fri 7-3:30", "Mon–Fri 7:00 AM–3:30 PM"),
    ("mon-fri 12-8", "Mon–Fri noon–8:00 PM"),
    ("mon-fri 2-6", "Mon–Fri 2:00–6:00 PM"),
    ("mon-fri 1-5 pm", "Mon–Fri 1:00–5:00 PM"),
    ("mon-fri 8 to midnight", "ask: 8:00 AM–midnight / 8:00 PM–midnight"),
    ("mon-fri 8-noon", "Mon–Fri 8:00 AM–noon"),
    ("mon-fri noon to 8", "Mon–Fri noon–8:00 PM"),
    ("mon-fri 6-2", "Mon–Fri 6:00 AM–2:00 PM"),
    ("mon-fri 6am - 2", "Mon–Fri 6:00 AM–2:00 PM"),
    ("mon 5pm-1am", "Mon 5:00 PM–1:00 AM (next day)"),
    ("mon-fri 9-5 EST", "Mon–Fri 9:00 AM–5:00 PM | America/New_York"),
    ("mon-fri 9-5 eastern, not central", "Mon–Fri 9:00 AM–5:00 PM | America/New_York"),
    ("im in central kentucky, 9-5 mon-fri", "Mon–Fri 9:00 AM–5:00 PM"),
    ("MTWThF 9-5", "Mon–Fri 9:00 AM–5:00 PM"),
    ("mtwtf 8-4", "Mon–Fri 8:00 AM–4:00 PM"),
    ("m-s 9-5", "ask: I could not read the hou"),
    ("M 9-5 T 10-6 W 9-5", "Mon, Wed 9:00 AM–5:00 PM | Tue 10:00 AM–6:00 PM"),
    ("9-5 5 days a week", "ask: Mon–Fri / Every day"),
    ("7 days a week 8 to 8", "Mon–Sun 8:00 AM–8:00 PM"),
    ("mon-fri 0900-1700", "Mon–Fri 9:00 AM–5:00 PM"),
    (
        "mon 9-5, tue 9-5, wed 9-5, thu 9-5, fri 9-3",
        "Mon–Thu 9:00 AM–5:00 PM | Fri 9:00 AM–3:00 PM",
    ),
    ("mon to fri nine thirty to six", "Mon–Fri 9:30 AM–6:00 PM"),
    ("mon-fri 9 5", "Mon–Fri 9:00 AM–5:00 PM"),
    ("mon-fri 9am 5pm", "Mon–Fri 9:00 AM–5:00 PM"),
    ("evenings 5-9 mon-thu", "Mon–Thu 5:00–9:00 PM"),
    ("mornings 8-12 mon wed", "Mon, Wed 8:00 AM–noon"),
    (
        "my hours are 9-5 but not wed",
        "Wed not available | ask: Mon–Tue, Thu–Fri / Mon–Tue, Thu–Sun",
    ),
    ("between 9 and 5 on weekdays", "Mon–Fri 9:00 AM–5:00 PM"),
    ("mon-fri between 9 & 5", "Mon–Fri 9:00 AM–5:00 PM"),
    ("mon-fri 9 to close", "ask: 9:00 AM–4:30 PM / 9:00 AM–5:00 PM / 9:00 AM–6:00 PM"),
    ("mon-fri from 9", "ask: 9:00 AM–4:30 PM / 9:00 AM–5:00 PM / 9:00 AM–6:00 PM"),
    ("mon-fri until 5", "ask: 8:00 AM–5:00 PM / 9:00 AM–5:00 PM / noon–5:00 PM"),
    ("sat til noon", "ask: 8:00 AM–noon / 9:00 AM–noon"),
    ("mon-fri 8:30-5, sat til noon", "Mon–Fri 8:30 AM–5:00 PM | Sat 8:30 AM–noon"),
    ("mon-fri 9-4,sat-sun closed", "Mon–Fri 9:00 AM–4:00 PM | Sat–Sun not available"),
    ("off on monday, tuesday 10-2", "Mon not available | Tue 10:00 AM–2:00 PM"),
    ("off sat, sun", "Sat–Sun not available"),
    ("no sat or sun", "Sat–Sun not available"),
    ("sat & sun off, mon-fri 9-5", "Mon–Fri 9:00 AM–5:00 PM | Sat–Sun not available"),
    ("i take 5-10 referrals a day", ""),
    ("call me at 502-555-0101", ""),
    (
        "Hours: Mon 8-4; Tue 8-4; Wed 8-4; Thu 8-4; Fri 8-12",
        "Mon–Thu 8:00 AM–4:00 PM | Fri 8:00 AM–noon",
    ),
    ("monday - friday 8:00 a.m. to 4:30 p.m.", "Mon–Fri 8:00 AM–4:30 PM"),
    ("mon thru fri 8:00a-4:30p Central time", "Mon–Fri 8:00 AM–4:30 PM | America/Chicago"),
    ("mon–fri 8–5", "Mon–Fri 8:00 AM–5:00 PM"),
    ("monday-friday, 9-5pm, lunch 1-2", "Mon–Fri 9:00 AM–5:00 PM, break 1:00–2:00 PM"),
    ("I can do tues and thurs evenings from 6 to 9", "Tue, Thu 6:00–9:00 PM"),
    ("24 hours a day mon-fri", "Mon–Fri all day"),
    ("all day every day", "Mon–Sun all day"),
    ("available anytime on sunday", "Sun all day"),
    ("9-5 every weekday, 10-2 weekends", "Mon–Fri 9:00 AM–5:00 PM | Sat–Sun 10:00 AM–2:00 PM"),
    ("12-12", "ask: midnight–noon / noon–midnight"),
    ("9am-5pm m/w/f, 1-7 t/th", "Mon, Wed, Fri 9:00 AM–5:00 PM | Tue, Thu 1:00–7:00 PM"),
    (
        "hey can u put me down mon-thurs 9 to 4 and fridays 9 to noon thx",
        "Mon–Thu 9:00 AM–4:00 PM | Fri 9:00 AM–noon",
    ),
    (
        "Monday 10-4\nTuesday 10-4\nWednesday off\nThursday 12-8\nFriday 9-1",
        "Mon–Tue 10:00 AM–4:00 PM | Wed not available | Thu noon–8:00 PM | Fri 9:00 AM–1:00 PM",
    ),
    (
        "mon/wed/fri 8:30a - 12:30p, tue/thu 1p-6p",
        "Mon, Wed, Fri 8:30 AM–12:30 PM | Tue, Thu 1:00–6:00 PM",
    ),
    ("wkdays 8am-8pm wkends 10am-4pm", "Mon–Fri 8:00 AM–8:00 PM | Sat–Sun 10:00 AM–4:00 PM"),
    (
        "9-5 mon-fri with lunch from 12:30 to 1:30 central",
        "Mon–Fri 9:00 AM–5:00 PM, break 12:30–1:30 PM | America/Chicago",
    ),
    ("m-f 8-5 lunch 1130-1230", "Mon–Fri 8:00 AM–5:00 PM, break 11:30 AM–12:30 PM"),
    (
        "M-F 7:30AM-4:00PM EST (lunch 11-11:30)",
        "Mon–Fri 7:30 AM–4:00 PM, break 11:00–11:30 AM | America/New_York",
    ),
    ("mon thru sat, 9 a.m. til 7 p.m.", "Mon–Sat 9:00 AM–7:00 PM"),
    ("tue-sat 11-7, closed sun & mon", "Mon, Sun not available | Tue–Sat 11:00 AM–7:00 PM"),
    ("I am avail 8:00-4:30 every day but sunday", "Mon–Sat 8:00 AM–4:30 PM | Sun not available"),
    ("anytime after 5 on weeknights", "ask: 5:00–8:00 PM / 5:00–9:00 PM / 5:00 PM–midnight"),
    ("evenings only, 6-9 mon-thurs", "Mon–Thu 6:00–9:00 PM"),
    ("weds 9-12, 1-3", "Wed 9:00 AM–3:00 PM, break noon–1:00 PM"),
    ("7p-11p tue thur", "Tue, Thu 7:00–11:00 PM"),
    ("8 30 am to 5 pm m-f", "Mon–Fri 8:30 AM–5:00 PM"),
    ("8-5 m-f, 1 hr lunch at noon", "Mon–Fri 8:00 AM–5:00 PM, break noon–1:00 PM"),
    ("eight to four monday thru friday", "Mon–Fri 8:00 AM–4:00 PM"),
    ("quarter past 8 til half past 4 weekdays", "Mon–Fri 8:15 AM–4:30 PM"),
    ("sat 9-1 only", "Sat 9:00 AM–1:00 PM"),
    ("graveyard 11p-7a sun-thu", "Mon–Thu, Sun 11:00 PM–7:00 AM (next day)"),
    ("from ten am until three pm on tuesdays and thursdays", "Tue, Thu 10:00 AM–3:00 PM"),
    ("mon - fri 9:00-5:00, sat by appointment", "Mon–Fri 9:00 AM–5:00 PM"),
    ("M-F 9-5; Sa 10-2", "Mon–Fri 9:00 AM–5:00 PM | Sat 10:00 AM–2:00 PM"),
    (
        "mon thru thur: 8:00 am - 5:00 pm; fri: 8:00 am - 2:00 pm; lunch: 12:00 - 1:00",
        "Mon–Thu 8:00 AM–5:00 PM, break noon–1:00 PM | Fri 8:00 AM–2:00 PM, break noon–1:00 PM",
    ),
    ("mon 8-12 tue 8-12 wed 8-5 th 8-5 f 8-5", "Mon–Tue 8:00 AM–noon | Wed–Fri 8:00 AM–5:00 PM"),
    ("lunch from 12:15 to 1 every day except friday", "ask: A break within which hou"),
    ("any weekday 10-3", "Mon–Fri 10:00 AM–3:00 PM"),
    ("tues-thurs 9:15 to 4:45", "Tue–Thu 9:15 AM–4:45 PM"),
    ("9-6 daily", "Mon–Sun 9:00 AM–6:00 PM"),
    ("24 hrs sat sun", "Sat–Sun all day"),
    ("0730-1530 mon-fri", "Mon–Fri 7:30 AM–3:30 PM"),
    (
        "mon-fri 9-5 lunch noon - 12:30, break 3-3:10",
        "Mon–Fri 9:00 AM–5:00 PM, breaks noon–12:30 PM and 3:00–3:10 PM",
    ),
    ("ET 9-5 weekdays", "Mon–Fri 9:00 AM–5:00 PM | America/New_York"),
    ("we do 9-5 m-f", "Mon–Fri 9:00 AM–5:00 PM"),
    ("i can only do 6-9pm weekdays and 10-6 sat", "Mon–Fri 6:00–9:00 PM | Sat 10:00 AM–6:00 PM"),
]

# Said by somebody with the hours of CURRENT.
CHANGES = [
    ("drop lunch on fri and go til 6", "Fri 8:30 AM–6:00 PM"),
    ("no lunch tues or thurs", "Tue, Thu 8:30 AM–5:00 PM"),
    (
        "start at 9 instead of 8:30",
        "Mon–Thu 9:00 AM–5:00 PM, break noon–1:00 PM | Fri 9:00 AM–5:00 PM",
    ),
    ("9-4 rather than 8:30-5 on fri", "Fri 9:00 AM–4:00 PM"),
    ("central instead of eastern", "America/Chicago"),
    (
        "lunch 12:15-1 every day but thu",
        "Mon–Wed, Fri 8:30 AM–5:00 PM, break 12:15–1:00 PM",
    ),
    ("lunch 12-1 every day", "Mon–Fri 8:30 AM–5:00 PM, break noon–1:00 PM"),
    ("on fridays i like to leave at two", "Fri 8:30 AM–2:00 PM"),
    ("every other friday off", "ask: Hours are the same every"),
    ("bump friday to 5:30", "Fri 8:30 AM–5:30 PM"),
    ("i'm only doing mornings on wed now, 8 to 12", "Wed 8:00 AM–noon"),
    ("4 to 8", "ask: 4:00–8:00 AM / 4:00–8:00 PM"),
    ("weekdays after 4", "ask: 4:00–8:00 PM / 4:00–9:00 PM / 4:00 PM–midnight"),
    ("make friday til 1", "Fri 8:30 AM–1:00 PM"),
    ("fri start at 10", "Fri 10:00 AM–5:00 PM"),
    ("same on sat", "ask: 8:30 AM–5:00 PM, break noon–1:00 PM / 8:30 AM–5:00 PM / 9:00 AM–5:00 PM"),
    ("8 to 8", "Mon–Thu 8:00 AM–8:00 PM, break noon–1:00 PM | Fri 8:00 AM–8:00 PM"),
    ("from 0800 to 1630", "Mon–Thu 8:00 AM–4:30 PM, break noon–1:00 PM | Fri 8:00 AM–4:30 PM"),
    ("8.30-17.00", "Mon–Thu 8:30 AM–5:00 PM, break noon–1:00 PM | Fri 8:30 AM–5:00 PM"),
    ("nine to five", "Mon–Thu 9:00 AM–5:00 PM, break noon–1:00 PM | Fri 9:00 AM–5:00 PM"),
    ("not tuesdays", "Tue not available"),
    ("off wed", "Wed not available"),
    ("closed sun", "Sun not available"),
    ("drop saturday", "Sat not available"),
    ("no lunch", "Mon–Thu 8:30 AM–5:00 PM"),
    ("remove the break", "Mon–Thu 8:30 AM–5:00 PM"),
    ("lunch at 12", "ask: noon–12:30 PM / noon–1:00 PM"),
    ("lunch half an hour at 12:30", "Mon–Fri 8:30 AM–5:00 PM, break 12:30–1:00 PM"),
    ("an hour for lunch at noon", "Fri 8:30 AM–5:00 PM, break noon–1:00 PM"),
    (
        "break 3-315",
        "Mon–Thu 8:30 AM–5:00 PM, breaks noon–1:00 PM and 3:00–3:15 PM | Fri 8:30 AM–5:00 PM, break 3:00–3:15 PM",
    ),
    ("im not available mondays before 10", "Mon 10:00 AM–5:00 PM, break noon–1:00 PM"),
    ("can't work past 4 on fridays", "Fri 8:30 AM–4:00 PM"),
    ("no calls after 6", "Mon–Thu 8:30 AM–6:00 PM, break noon–1:00 PM | Fri 8:30 AM–6:00 PM"),
    ("not after 6", "Mon–Thu 8:30 AM–6:00 PM, break noon–1:00 PM | Fri 8:30 AM–6:00 PM"),
    ("nothing before 9", "Mon–Thu 9:00 AM–5:00 PM, break noon–1:00 PM | Fri 9:00 AM–5:00 PM"),
    ("wed off at 3", "Wed 8:30 AM–3:00 PM, break noon–1:00 PM"),
    ("start at 7", "Mon–Thu 7:00 AM–5:00 PM, break noon–1:00 PM | Fri 7:00 AM–5:00 PM"),
    ("10-2 on weekends", "Sat–Sun 10:00 AM–2:00 PM"),
    ("only mon-thu", "Mon–Thu 8:30 AM–5:00 PM, break noon–1:00 PM | Fri–Sun not available"),
    ("just mon tue wed", "Mon–Wed 8:30 AM–5:00 PM, break noon–1:00 PM | Thu–Sun not available"),
    (
        "weekdays only",
        "Mon–Thu 8:30 AM–5:00 PM, break noon–1:00 PM | Fri 8:30 AM–5:00 PM | Sat–Sun not available",
    ),
    ("add saturday 9-1", "Sat 9:00 AM–1:00 PM"),
    (
        "add saturday",
        "ask: 8:30 AM–5:00 PM, break noon–1:00 PM / 8:30 AM–5:00 PM / 9:00 AM–5:00 PM",
    ),
    ("remove saturdays", "Sat not available"),
    ("take off fridays", "Fri not available"),
    ("fridays off", "Fri not available"),
    ("every other day 9-5", "Mon–Thu 9:00 AM–5:00 PM, break noon–1:00 PM | Fri 9:00 AM–5:00 PM"),
    ("lunch 12-1 on fri", "Fri 8:30 AM–5:00 PM, break noon–1:00 PM"),
    ("fri no lunch", "Fri 8:30 AM–5:00 PM"),
    ("move lunch to 1-2", "Mon–Fri 8:30 AM–5:00 PM, break 1:00–2:00 PM"),
    (
        "add a break 3-315",
        "Mon–Thu 8:30 AM–5:00 PM, breaks noon–1:00 PM and 3:00–3:15 PM | Fri 8:30 AM–5:00 PM, break 3:00–3:15 PM",
    ),
    ("9-5", "Mon–Thu 9:00 AM–5:00 PM, break noon–1:00 PM | Fri 9:00 AM–5:00 PM"),
    ("sat til noon", "Sat 8:30 AM–noon"),
    ("make wed 10-4 instead", "Wed 10:00 AM–4:00 PM, break noon–1:00 PM"),
    ("wed 10 to 4 and thursday too", "Wed–Thu 10:00 AM–4:00 PM, break noon–1:00 PM"),
    ("switch thursday to 12-8", "Thu noon–8:00 PM"),
    ("sat all day", "Sat all day"),
    ("gotta leave by 3 on thursdays", "Thu 8:30 AM–3:00 PM, break noon–1:00 PM"),
    ("i start at 9:30 now on mondays", "Mon 9:30 AM–5:00 PM, break noon–1:00 PM"),
    ("no more saturdays", "Sat not available"),
    ("saturdays too 10-2", "Sat 10:00 AM–2:00 PM"),
    ("im switching to 10-6", "Mon–Thu 10:00 AM–6:00 PM, break noon–1:00 PM | Fri 10:00 AM–6:00 PM"),
    ("move my start to 8", "Mon–Thu 8:00 AM–5:00 PM, break noon–1:00 PM | Fri 8:00 AM–5:00 PM"),
    ("change end to 6pm", "Mon–Thu 8:30 AM–6:00 PM, break noon–1:00 PM | Fri 8:30 AM–6:00 PM"),
    ("wednesdays only til 2", "Wed 8:30 AM–2:00 PM, break noon–1:00 PM"),
    ("can you make tuesday an all day", "Tue all day"),
    ("take lunch off on fridays", "Fri 8:30 AM–5:00 PM"),
    ("lunch is 12:30 to 1 now", "Mon–Fri 8:30 AM–5:00 PM, break 12:30–1:00 PM"),
    ("my lunch is at 1", "ask: 1:00–1:30 PM / 1:00–2:00 PM"),
    (
        "two 15 minute breaks at 10 and 3",
        "Mon–Thu 8:30 AM–5:00 PM, breaks 10:00–10:15 AM and noon–1:00 PM and 3:00–3:15 PM | "
        "Fri 8:30 AM–5:00 PM, breaks 10:00–10:15 AM and 3:00–3:15 PM",
    ),
    (
        "breaks at 10-10:15 and 3-3:15",
        "Mon–Thu 8:30 AM–5:00 PM, breaks 10:00–10:15 AM and noon–1:00 PM and 3:00–3:15 PM | "
        "Fri 8:30 AM–5:00 PM, breaks 10:00–10:15 AM and 3:00–3:15 PM",
    ),
    ("I don't work wednesdays anymore", "Wed not available"),
    ("wed is my day off", "Wed not available"),
    ("add sunday noon-5", "Sun noon–5:00 PM"),
    ("sunday afternoon", "ask: noon–5:00 PM / 1:00–5:00 PM"),
    ("cancel my tuesday hours", "Tue not available"),
    ("not available at all on fridays", "Fri not available"),
    (
        "every weekday 8-4 except wed 8-12",
        "Mon–Tue, Thu 8:00 AM–4:00 PM, break noon–1:00 PM | Wed 8:00 AM–noon | Fri 8:00 AM–4:00 PM",
    ),
    ("same hours but central time", "America/Chicago"),
    ("hours are fine just change timezone to eastern", "America/New_York"),
    ("friday's 8 to 1", "Fri 8:00 AM–1:00 PM"),
    ("friday 8-1 pls no lunch that day", "Fri 8:00 AM–1:00 PM"),
    (
        "9 to 5 except fridays 9 to 3",
        "Mon–Thu 9:00 AM–5:00 PM, break noon–1:00 PM | Fri 9:00 AM–3:00 PM",
    ),
    ("monday closed, everything else the same", "Mon not available"),
    ("swap mon to 12-6", "Mon noon–6:00 PM"),
    (
        "off sat and sun, otherwise 9-5",
        "Mon–Thu 9:00 AM–5:00 PM, break noon–1:00 PM | Fri 9:00 AM–5:00 PM | Sat–Sun not available",
    ),
    (
        "8-5 no weekends",
        "Mon–Thu 8:00 AM–5:00 PM, break noon–1:00 PM | Fri 8:00 AM–5:00 PM | Sat–Sun not available",
    ),
    ("hi", ""),
    ("what are my hours", ""),
    ("my clients call me all day", ""),
    ("i had 3 calls today", ""),
]


def told(reading: HoursReading) -> str:
    """A reading in one line: days with the same hours, the zone, the buttons of questions."""
    alike: dict[str, list[int]] = {}
    for day in sorted(reading.days):
        alike.setdefault(day_words(reading.days[day]), []).append(day)
    parts = [f"{names(days)} {said}" for said, days in alike.items()]
    parts += [reading.zone] if reading.zone else []
    for question in reading.questions:
        titles = " / ".join(title for title, _ in question.choices)
        parts.append(f"ask: {titles or question.text[:24]}")
    return " | ".join(parts)


@pytest.mark.parametrize(("text", "expected"), NEW)
def test_first_hours(text: str, expected: str) -> None:
    assert told(read_hours(text)) == expected


@pytest.mark.parametrize(("text", "expected"), CHANGES)
def test_changed_hours(text: str, expected: str) -> None:
    assert told(read_hours(text, CURRENT)) == expected


@pytest.mark.parametrize("text", [*dict(NEW), *dict(CHANGES)])
@pytest.mark.parametrize("current", [None, CURRENT], ids=["new", "current"])
def test_choices_settle_the_question(text: str, current: WeeklyHours | None) -> None:
    reading = read_hours(text, current)
    after = reading.applied_to(current or WeeklyHours.never())
    for question in reading.questions:
        answers = {repr(read_hours(words, after)) for _, words in question.choices}
        assert len(answers) == len(question.choices)
        for _, words in question.choices:
            again = read_hours(words, after)
            assert not again.is_empty
            # Hours that no day was named for still need their days, nothing else.
            assert all(more.text.startswith("On which days") for more in again.questions)


@pytest.mark.parametrize("text", ["25:00", "mon-fri 9 to 9:75", "mon 9-"])
def test_unreadable_hours_show_an_example(text: str) -> None:
    (question,) = read_hours(text).questions
    assert "Mon–Fri 9 AM–5 PM" in question.text


@pytest.mark.parametrize(
    ("text", "home", "zone"),
    [
        ("eastern", "America/Kentucky/Louisville", "America/Kentucky/Louisville"),
        ("eastern", "America/Chicago", "America/New_York"),
        ("im on eastern time not central", "America/Chicago", "America/New_York"),
        ("central", "America/Kentucky/Louisville", "America/Chicago"),
        ("EST", "America/Kentucky/Monticello", "America/Kentucky/Monticello"),
        ("CDT please", "America/New_York", "America/Chicago"),
        ("louisville time", "America/New_York", "America/Kentucky/Louisville"),
        ("actually make that central", "America/New_York", "America/Chicago"),
        ("i live in eastern kentucky", "America/New_York", None),
        ("the central office", "America/New_York", None),
    ],
)
def test_zone(text: str, home: str, zone: str | None) -> None:
    reading = read_hours(text, home_zone=home)
    assert reading.zone == zone
    assert not reading.questions


@pytest.mark.parametrize("text", ["mountain time", "PST", "eastern or central"])
def test_other_zones_are_asked_about(text: str) -> None:
    (question,) = read_hours(text).questions
    zones = [read_hours(words).zone for _, words in question.choices]
    assert zones == ["America/New_York", "America/Chicago"]


def test_long_messages_are_read_at_once() -> None:
    assert read_hours("mon 9-5, " * 300).days == {0: DayHours(Span(540, 1020))}
    assert read_hours("mon " + "9-5 1-5 " * 300).questions


def test_empty() -> None:
    assert read_hours("thank you").is_empty
    assert not read_hours("off wed").is_empty
    assert not read_hours("central").is_empty
    assert not read_hours("25:00").is_empty


def test_applied_to_leaves_other_days() -> None:
    after = read_hours("make friday til 1", CURRENT).applied_to(CURRENT)
    assert after.days[:4] == CURRENT.days[:4]
    assert after.days[4] == DayHours(Span(510, 780))
    assert after.days[5:] == (None, None)


@st.composite
def day_hours(draw: st.DrawFn) -> DayHours:
    start = draw(st.integers(0, 1439))
    length = draw(st.integers(1, 1440))
    cuts = sorted(draw(st.sets(st.integers(start, start + length), max_size=4)))
    breaks = tuple(Span(*pair) for pair in zip(cuts[::2], cuts[1::2], strict=False))
    if sum(pause.end - pause.start for pause in breaks) == length:
        breaks = ()
    return DayHours(Span(start, start + length), breaks)


weeks = st.lists(st.none() | day_hours(), min_size=7, max_size=7).map(
    lambda days: WeeklyHours(tuple(days))
)
PIECES = bag(
    """
    mon tue wed thursday fri sat sunday weekdays weekends m w f th m-f mon-fri mwf every day , .
    and - to til until through 9 5 8:30 830 5pm 9am noon midnight 12 1 6 7 10 25:00 ?? lunch break
    half an hour 30 min at from after before off no not except only same as drop add actually
    central eastern pacific 24/7 all day mornings evenings business hours anytime other days (next
    day) change move start end by case 118204377 0 24
"""
)
texts = st.lists(st.sampled_from(sorted(PIECES)), max_size=14).map(" ".join) | st.text(max_size=40)


@settings(deadline=None, max_examples=150)
@given(texts, st.none() | weeks)
def test_whatever_is_typed(text: str, current: WeeklyHours | None) -> None:
    reading = read_hours(text, current)
    before = current or WeeklyHours.never()
    after = reading.applied_to(before)  # every day of it is valid, or this raises
    for day in range(7):
        assert after.days[day] == reading.days.get(day, before.days[day])
    for question in reading.questions:
        for _, words in question.choices:
            again = read_hours(words, after)
            assert not again.is_empty
            assert all(more.text.startswith("On which days") for more in again.questions)


@settings(deadline=None, max_examples=150)
@given(weeks)
def test_shown_hours_are_read_back(week: WeeklyHours) -> None:
    reading = read_hours(hours_words(week))
    assert not reading.questions
    assert reading.applied_to(WeeklyHours.never()) == week
