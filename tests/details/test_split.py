"""The one-issue rule's eye: what must be told apart, and what must stay together."""

from __future__ import annotations

import pytest

from psl.details import Details, Reader, split_issues

# ruff: noqa: E501 -- messages stand on one line, as agents send them

MUST_SPLIT = [
    (
        "two things: error KY-5021 on the plan selection screen, also the password reset link is dead",
        2,
    ),
    ("case 118204377 is stuck on the signature page and case 118204388 is missing the baby", 2),
    ("1) can't upload proof of income 2) the dashboard is blank", 2),
    ("1. KOG keeps locking me out\n2. case 118204377 shows the wrong aptc", 2),
    (
        "- plan selection screen freezes in chrome\n- documents tab wont open\n- referral manager is empty",
        3,
    ),
    ("first the signature page crashes, second I can't see my new client in Book of Business", 2),
    ("portal logs me out every 5 minutes. also the payment screen gives error PAY-22", 2),
    ("error RIDP-102 on identity proofing plus the household page wont save", 2),
    (
        "for one client the plan selection page is blank, for another client the documents wont upload",
        2,
    ),
    ("app 20117745 wont submit, different client: case 118204388 shows medicaid", 2),
    ("my commission is missing for march and separately the on demand tab is greyed out", 2),
    (
        "got a couple issues. plan compare shows no plans for case 118204377. case 118204399 has a duplicate application",
        2,
    ),
    ("plan selection screen freezes and the documents tab is blank", 2),
    ("having two problems today, cant reset my kog password and my clients 1095 never came", 2),
    (
        "Another one: referral disappeared before I could accept it. And the first one is that my availability wont save.",
        2,
    ),
    (
        "the signature page spins forever for app 20117745, another issue is that my NPN is wrong in my profile",
        2,
    ),
    (
        "can you write a ticket, app 20117745 stuck at signature also app 20118888 missing the newborn",
        2,
    ),
    ("case 118204377 stuck on signature case 118204388 missing member", 2),
    ("stuck on signature case 118204377 missing member case 118204388", 2),
    (
        "two tickets please, one for the wrong effective date on case 118204377 and one for the kog lockout",
        2,
    ),
    (
        "hey so the plan page crashes on me, oh and the referral from yesterday never showed up in referral manager",
        2,
    ),
    ("client 1 cant sign the application, client 2 isnt showing aptc", 2),
    ("Issue 1: MFA code never arrives. Issue 2: consent request times out for case 118204377", 2),
    ("a) document upload fails b) search in book of business returns nothing", 2),
    ("I get KY-5021 on plan selection and DOC-88 on the documents tab", 2),
    (
        "payment page says page not found. Also, when I try to set my hours in My Availability the save button is grayed out.",
        2,
    ),
    ("i have 3 issues 1 cant log in to kog 2 plan selection is frozen 3 referral manager blank", 3),
    ("her income wont save on the income page and on a separate note my license shows inactive", 2),
    (
        "the household page is missing a member on case 118204377, second issue the portal is super slow and drops my session",
        2,
    ),
    (
        "Case 118204377: eligibility results page errors out. Case 118204399: signature never goes through.",
        2,
    ),
    ("the documents tab is blank, additionally the password reset email never arrives", 2),
    ("cant add a newborn to app 20117745 and my other client's plan got cancelled", 2),
    ("error 500 on submit for app 20117745\nalso on demand tab missing since monday", 2),
    ("both in chrome: plan selection spins and the documents tab is greyed out", 2),
    (
        "with bluegrass benefits agency, doi 774120. two problems. the payment screen is blank. the household page drops the spouse.",
        2,
    ),
    (
        "On Demand: my availability hours won't save. kynect: application 20117745 is stuck on signature.",
        2,
    ),
    (
        "app 20117745 shows medicaid instead of qhp, also need help w app 20118888 duplicate application",
        2,
    ),
    (
        "while i have you, referral manager wont load. main thing is error ENR-5 on enrollment summary",
        2,
    ),
    ("signature page error SIG-9 and besides that I can't export my book of business", 2),
    ("1- plan selection freezes 2- dashboard is empty", 2),
    (
        "one is the eligibility page showing zero aptc for case 118204377 the other is kog wont let me log in",
        2,
    ),
    ("i cant log in to KOG and my client's documents are rejected on case 118204377", 2),
    ("case # 118-204-377 error on household page, case # 118-204-388 error on plan selection", 2),
    ("the smith family app wont submit, next client the jones family has duplicate members", 2),
    (
        "the green check mark does nothing in referral manager. Different problem, the 1095 notice won't download",
        2,
    ),
    ("the kynect dashboard wont load plus also the documents tab errors out with DOC-4", 2),
    (
        "unrelated but my delegate can't see any cases, and the plan page shows KY-77 for case 118204377",
        2,
    ),
    ("Problem one is that the signature page loops. Problem two is a duplicate case.", 2),
    (
        "few things broken, the export button, the payment screen and the search on book of business",
        3,
    ),
    (
        "app 20117745 has wrong effective date, app 20117799 has wrong income, app 20117801 wont submit",
        3,
    ),
    (
        "my client cant get past the income page it just spins. also another household im working on is showing the wrong county",
        2,
    ),
    (
        "documents tab: upload fails every time. referral manager: accepted referral shows no phone number",
        2,
    ),
    (
        "Good morning! Two separate issues. The first: enrollment summary lists the old plan for case 118220331. The second: I am unable to reset my KOG password.",
        2,
    ),
    (
        "psl said one issue per ticket so here goes: app 5510334 signature wont take, app 5510335 has two primary applicants",
        2,
    ),
    ("plan select page empty, and totally different client, eligibility results never load", 2),
    (
        "I can't download her eligibility notice & my hours in on demand keep going back to eastern time",
        2,
    ),
    ("1 - kynect wont let me add a dependent. 2 - my license shows expired in the portal.", 2),
    ("ok so (1) identity proofing error RIDP-44 (2) missing aptc on case 118330021", 2),
    ("cant see client in book of business, plus error 403 on the documents tab", 2),
    (
        "error DOC-12 uploading paystubs for case 118330021. On another note my delegate lost access to her cases.",
        2,
    ),
    (
        "this morning plan comparison crashed on the lewis case, 118330021, and this afternoon the signature page froze for app 5510334",
        2,
    ),
    ("app 5510334: member missing. app 5510335: wrong effective date.", 2),
    ("login code never arrives. oh and also the on demand tab is missing", 2),
    ("her app says denied for medicaid, then for my other client the plan dropped off", 2),
    ("case 118330021 wrong birth date, case 118330044 duplicate person, case 118330055 no aptc", 2),
    ("issue #1 payment screen 404 issue #2 mfa loop", 2),
    (
        "Firstly the dashboard search returns nothing, secondly consent requests never reach clients.",
        2,
    ),
    (
        "the renewal screen keeps restoring last year's plan. Besides that the message center wont open",
        2,
    ),
    (
        "need help with 2 things the referral clock shows wrong time and the household page freezes",
        2,
    ),
    ("commission page is blank and my client's 1095-A has the wrong months", 2),
    ("I'm in edge. plan page: blank. signature page: error SIG-2.", 2),
    (
        "the spouse disappeared from case 118330021 after renewal; separately, KOG says my account is inactive",
        2,
    ),
    ("client one: Maria, app 5510334, cant sign. client two: Joe, app 5510335, shows denied", 2),
    (
        "a few problems, the signature page times out, the notices tab is blank, and search doesn't work",
        3,
    ),
    (
        "error on the tax information page, INC-8, and then a different app, 5510335, wont open at all",
        2,
    ),
    ("Not only is the plan page frozen, the documents tab also rejects every pdf", 2),
    (
        "the consent timer ends at 40 seconds for one case and for the other case the member page wont load",
        2,
    ),
    (
        "hi psl I have a client with no aptc showing (case 118330021) and a second client whose app 5510334 is stuck in review",
        2,
    ),
    ("portal kicked me out of case 118330021. Also got a referral with no contact info", 2),
    (
        "need two tickets. case 118220331 wont let me past tax info. and then my kog mfa is stuck on the old phone",
        2,
    ),
    ("plan page blows up w KY-11 in edge and also i cant get into book of business at all", 2),
    (
        "hey theres a couple things going on, the signature button is grey and the 1095 for another client never generated",
        2,
    ),
    ("app 5510334 - member missing; app 5510335 - wrong plan", 2),
    ("my first client cant upload paystubs, my second client is showing two cases", 2),
    ("the referral timer ran out early and separately the payment page errors with PAY-3", 2),
    (
        "for case 118220331 the aptc dropped to 0. for case 118220332 the enrollment summary wont open",
        2,
    ),
    ("issue: KY-5021 on plan selection. other issue: consent text never arrives", 2),
    ("can't sign app 5510334 (SIG-3) + can't open documents tab (DOC-9)", 2),
    ("1. aptc wrong case 118220331\n2. missing dependent case 118220332\n3. dashboard slow", 3),
    ("A) password reset loop B) duplicate application 5510334", 2),
    ("client #1 stuck on signature, client #2 stuck on income", 2),
    ("notices tab is empty, on top of that the portal times out every few minutes", 2),
    (
        "Dashboard search is dead. Also delegate list is empty. Also commission report wont download.",
        3,
    ),
    (
        "eligibility results page shows error ELG-5 and, different matter, my availability hours are wrong",
        2,
    ),
]

MUST_NOT_SPLIT = [
    "error KY-5021 on the plan selection screen in chrome, case 118204377, two members affected, already cleared cache",
    "plan selection screen freezes. tried chrome and edge. cleared cache and restarted. same thing",
    "case 118204377 app 20117745 wont submit",
    "app stuck, who do I call?",
    "not chrome, edge. the plan page is blank",
    "I log in, go to my dashboard, open the case, click plan selection and then it kicks me out",
    "first I cleared the cache, then I restarted, then I tried edge, still getting KY-5021",
    "two members affected, error RIDP-102 on identity proofing",
    "the signature page spins and then I get error SIG-31",
    "when I click submit on the signature page it goes back to the dashboard and nothing is saved",
    "cases 118204377 and 118204388 both get the same error KY-5021 on plan selection",
    "plan selection is blank in chrome, also tried edge and firefox",
    "plan selection is blank in chrome and also in edge",
    "error KY-5021 on plan selection, also happens for another client",
    "it crashes on plan selection, it also crashed yesterday",
    "client's documents were uploaded but still show pending on the documents tab",
    "1. kynect 2. plan selection 3. error KY-5021 4. chrome 5. two members 6. cleared cache",
    "- browser: chrome\n- screen: plan selection\n- error: KY-5021\n- case 118204377",
    "system: Agent Portal, screen: Documents, error: DOC-22, browser: edge, members: 2, tried: cleared cache",
    "sorry, the case is 118204388 not 118204377, still stuck on signature",
    "error KY-5021\non the plan selection screen\nchrome\ncase 118204377",
    "mom and both kids missing from the household page, case 118204377, app 20117745, effective 01/01/2027",
    "I have one problem, the plan page wont load and I cant finish the application",
    "the application is stuck because the identity proofing failed",
    "cant log in so I cant finish the application",
    "the aptc is wrong, it shows zero but should be 400, case 118204377",
    "My client can't sign. The signature page spins. Then it logs me out.",
    "the second member isnt showing on the household page",
    "getting error KY-5021 and the page goes blank",
    "Household page drops the spouse. When I add her again it says duplicate member.",
    "no error, just a blank screen on plan selection in firefox",
    "I tried 1) clearing cache 2) another browser 3) restarting. The plan page is still blank",
    "the portal is slow and keeps timing out",
    "is it the same issue as yesterday? plan page blank again",
    "plan selection wont load for app 20117745, I called psl and they gave me 40091823",
    "can't upload documents, the upload button is grey",
    "in chrome I get KY-5021 and in edge I get KY-5022 on the same plan selection page",
    "client called and is upset, the plan page keeps crashing, need it fixed asap",
    "im with bluegrass benefits, doi 774120, role agent, the plan page is frozen",
    "referral accepted but no contact info shows, referral manager just spins",
    "my client says she never got the consent request and the timer ran out, case 118204377",
    "the plan page crashes, also I'm the agent and my doi number is 774120",
    "it freezes on plan selection, plus it's open enrollment and she has to enroll today",
    "signature page error, also case number is 118204377",
    "her plan was cancelled and she has no coverage now, case 118204377",
    "two people on the case, husband shows medicaid and should be QHP",
    "both kids are missing on the household page",
    "tried in chrome, edge and on my phone, all blank on documents tab",
    "error says unable to verify identity. call experian. she did and it still fails",
    "KY-5021 pops up twice on plan selection",
    "the plan selection page, the one after household, is blank",
    "what do I do about error KY-5021 and who do I call",
    "error on plan selection screen. I also need the PSL number",
    "started yesterday, first time it happened was on the income page, now the page wont open at all",
    "another agent took over my client and now I can't see the case",
    "the other browser works but chrome doesnt load the documents tab",
    "second time today the signature page crashed",
    "not two issues, one issue: the plan page is blank and no plans listed",
    "one more detail, browser is edge, the plan page is still blank",
    "app 20117745 on case 118204377 is stuck on the signature page, 2 members, chrome 131, error SIG-31",
    "she submitted the application, got approved, picked a plan, and then the payment screen froze",
    "the client can't see the plan and I can't see it either on plan selection",
    "After I press Save on My Availability the hours reset. The save seems to work but when I come back they're gone.",
    "I need a ticket, my client's dental plan is missing from plan selection, silver plan, effective 01/01/2027, case 118204377",
    "app is stuck at 80% with KY-12, tried a different client and it works fine",
    "app wont submit, missing a member maybe? idk",
    "password reset link is dead, tried 3 times, tried different browser",
    "can't log in to KOG, it says account locked, MFA code never comes",
    "case shows closed, application shows denied, client says she never withdrew",
    "husband, wife and 2 kids. wife's income is wrong and it shows medicaid",
    "my client Maria lost medicaid, we applied for QHP on app 5510334, picked a silver plan and now the enrollment summary shows pending, chrome, tried twice",
    "page not found on documents tab after I click upload",
    "On the signature page I enter her name, hit submit, nothing happens, page refreshes and the name is gone",
    'client was on case 118330021 and now I get "access denied" when I open it from book of business',
    "I accepted the referral, status went to in progress, but the phone number is blank",
    "She has two children, one is 18 and the other is 20, the older one is missing from the plan",
    "error KY-1 first, then KY-2 when I retry on the same screen",
    "I'm on the income page, entered 45000, page says invalid amount",
    "can't finish. stuck on eligibility results. says pending. been 3 days",
    "Firefox and Chrome behave the same, plan compare is blank",
    "chrome 131, windows 11, kynect, plan selection, KY-5021, case 118330021, 3 members, SEP, cleared cache, agency Bluegrass Benefits, doi 774120, agent",
    "the plan page wont load and the client is sitting here waiting",
    "I called psl yesterday, ref 40092277, still the same error on the household page",
    "the app says submitted but the carrier has no record and she can't make her payment",
    "the documents were rejected twice, first as blurry, second as wrong type",
    "I need someone to fix the effective date, it should be 1/1 not 2/1, for both members",
    "signature page wont accept my client's name, tried with and without middle initial, also tried all caps",
    "I can't get the consent request to go through, client gets the text, taps yes, nothing happens on my end, 90 seconds runs out",
    "kynect on demand tab is greyed out even though my license is active and I finished my purpose",
    "hi hope you're well. plan page keeps spinning. thanks",
    "the first screen works, the second screen hangs, KY-8",
    "two of the three kids are missing from household page",
    "Application ID 5510334, primary is Joe, error 500 on submit and on save",
    "no plans show up on plan comparison, zip is right, county is right, income is right",
    "duplicate application, numbers 5510334 and 5510335, please merge",
    "husband shows on plan but wife and newborn do not, effective date 2/1",
    "the page is blank when I open the tab, blank when I refresh, blank in edge",
    "household was split into two cases 118330021 and 118330044 and now neither shows aptc",
    "I keep getting logged out while I upload documents",
    "why does the plan page error out and how do I fix it",
    "wrong county on the address page so the plan comparison shows no plans",
    "app 5510334, sorry I mean 5510335, stuck at signature",
    "can you help? password reset doesn't work. I enter my email, click next, and no email comes. Checked spam too.",
    "it's one issue: payment page loops back to the dashboard",
    "When she selects the plan on Plan Selection and goes to Enrollment Summary the premium is different",
    "premium on plan comparison is 200 but on enrollment summary it's 300",
    "my delegate and I both get access denied on the agency page",
    "1st time it said KY-5021, 2nd time it said nothing, page just froze",
    "cleared cache, restarted, tried edge, also tried on my phone, still blank",
    "it was fine on monday. tuesday the plan page started crashing. today it won't open",
    "plan selection screen blank for app 5510334, did chrome edge and firefox, cleared cache, called psl ref 40092277, still blank",
    "i click submit and the page goes back to household, no error",
    "wife and husband both missing from the plan after renewal, case 118220331",
    "getting error SIG-3 then error SIG-4 on the signature page",
    "case 118220331 app 5510334 chrome 131 KY-11 plan page 2 members SEP tried edge",
    "the documents tab wont open, neither does it in edge",
    "the page froze, I restarted, it froze again",
    "not the signature page, the payment page. it spins",
    "client can't accept the policy because the payment page wont load",
    "our whole office gets a white screen after kog login",
    "the consent request times out and she never got the text",
    "I submitted the app yesterday and today it shows incomplete",
    "app 5510334 shows denied for the husband and approved for the wife",
    "what's wrong with plan selection? it's blank",
    "the referral shows in progress but the phone number is missing",
    "she's on medicaid by mistake, income is 48k, app 5510334, household of 3",
    "login works but then it says session expired and I'm back at the login page",
    "first I see KY-5021 and after refresh the page is white",
    "the plan is there, the premium is wrong, should be 200 not 400",
    "it happens on the household page, the income page and the tax page",
]


def short(details: Details) -> list[str]:
    return [f"{d.kind}={d.value}" for d in details]


@pytest.mark.parametrize(("text", "count"), MUST_SPLIT)
def test_separate_problems_are_told_apart(reader: Reader, text: str, count: int) -> None:
    issues, _ = split_issues(text, reader)
    assert len(issues) == count


@pytest.mark.parametrize("text", MUST_NOT_SPLIT)
def test_one_problem_stays_one(reader: Reader, text: str) -> None:
    issues, shared = split_issues(text, reader)
    assert len(issues) == 1
    assert shared == Details()
    assert issues[0].details == reader.read(text)


@pytest.mark.parametrize(
    ("text", "issues", "shared"),
    [
        (
            "with bluegrass benefits agency, doi 774120. two problems in chrome: the payment screen "
            "is blank and my password reset link is dead",
            [
                ("the payment screen is blank", ["screen=Payment screen"]),
                ("my password reset link is dead", []),
            ],
            ["agency=Bluegrass Benefits", "doi_number=774120", "browser=Chrome"],
        ),
        (
            "1) case 118204377 stuck on signature page 2) case 118204388 missing the baby. "
            "all in edge, I'm the agent",
            [
                (
                    "case 118204377 stuck on signature page",
                    ["case_number=118204377", "screen=Signature page"],
                ),
                ("case 118204388 missing the baby", ["case_number=118204388"]),
            ],
            ["browser=Edge", "role=Agent"],
        ),
        (
            "hi can you write a ticket, app 20117745 stuck at signature also app 20118888 shows the "
            "wrong income",
            [
                ("app 20117745 stuck at signature", ["application_number=20117745", "screen=Signature"]),
                ("app 20118888 shows the wrong income", ["application_number=20118888"]),
            ],
            [],
        ),
        (  # the case is told once, at the end, for both
            "two things: plan selection freezes, also documents tab is blank, case 118204377",
            [
                ("plan selection freezes", ["screen=Plan Selection"]),
                ("documents tab is blank", ["screen=Documents tab"]),
            ],
            ["case_number=118204377"],
        ),
        (  # each has its own case, so the one at the end is the second's
            "error KY-5021 on plan selection, case 118204377. also documents tab is blank, case "
            "118204388",
            [
                (
                    "error KY-5021 on plan selection, case 118204377",
                    ["error=KY-5021", "screen=Plan Selection", "case_number=118204377"],
                ),
                (
                    "documents tab is blank, case 118204388",
                    ["screen=Documents tab", "case_number=118204388"],
                ),
            ],
            [],
        ),
        (
            "case 118204377, missing the baby, case 118204388, signature wont go through",
            [
                ("case 118204377, missing the baby", ["case_number=118204377"]),
                ("case 118204388, signature wont go through", ["case_number=118204388"]),
            ],
            [],
        ),
    ],
)  # fmt: skip
def test_each_problem_gets_its_words_and_details(
    reader: Reader, text: str, issues: list[tuple[str, list[str]]], shared: list[str]
) -> None:
    found, common = split_issues(text, reader)
    assert [(i.text, short(i.details)) for i in found] == issues
    assert short(common) == shared


def test_a_bare_request_tells_no_problem(reader: Reader) -> None:
    for text in ("", "   ", "need to write up a ticket", "hi, draft a ticket pls"):
        assert split_issues(text, reader) == ((), Details())


def test_a_request_is_no_part_of_the_problem(reader: Reader) -> None:
    ((issue,), _) = split_issues("pls open a ticket: plan page blank in chrome", reader)
    assert issue.text == "plan page blank in chrome"
    assert short(issue.details) == ["screen=Plan page", "browser=Chrome"]


def test_a_request_may_announce_several_problems(reader: Reader) -> None:
    text = "report two problems: uploads fail with DOC-31, my availability hours reset themselves"
    issues, _ = split_issues(text, reader)
    assert [i.text for i in issues] == [
        "uploads fail with DOC-31",
        "my availability hours reset themselves",
    ]


def test_places_are_those_of_the_whole_message(reader: Reader) -> None:
    text = "two things: plan selection freezes in chrome, also my password reset link is dead"
    issues, _ = split_issues(text, reader)
    for issue in issues:
        assert text[issue.start : issue.end] == issue.text
        for detail in issue.details:
            assert text[detail.start : detail.end] == detail.text
