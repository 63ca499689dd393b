"""The day itself: what the officer, the trainer and the supervisor do, step by step. GUI thread.

It types and clicks through the driver only; the stores are read afterwards, to compare what is here with what is there.
"""

from collections import Counter
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QListWidget, QWidget

from migdesk.domain.record import Tier
from migdesk.i18n.markers import N_
from migdesk.services import records
from migdesk.ui.demo_ground import OFFICER, SUPERVISOR, TRAINER
from migdesk.ui.demo_stage import Day
from migdesk.ui.driver import DriveError
from migdesk.ui.screen import ScreenContext

Documents = dict[str, dict[str, Any]]
KINDS = {
    "person": N_("People"),
    "counselling_session": N_("Counselling sessions"),
    "case": N_("Cases"),
    "incident": N_("Incidents"),
    "training_event": N_("Training events"),
    "training_session": N_("Training sessions"),
    "participant": N_("Participants"),
    "attendance": N_("Attendance"),
}
NEW_NAME = "Sahnim Puspitasari"
MARKS = "hhththhahh"
LAST_PATIENCE_S = 90.0


def play(day: Day) -> None:
    """The whole day. Raises DriveError at the first thing that is not as it should be."""
    with day.desk(OFFICER) as ctx:
        _today_and_search(day)
        _new_person(day)
        _counsel(day)
        _case(day)
        _sync(day, N_("Sync the officer's laptop"))
        written = _documents(day, ctx)
    with day.desk(TRAINER) as ctx:
        _attendance(day)
        _sync(day, N_("Sync the trainer's laptop"))
        written |= _documents(day, ctx)
    with day.desk(SUPERVISOR) as ctx:
        _sync(day, N_("Sync the supervisor's laptop"))
        _look(day, written)
        _compare(day, ctx, written)
    bundle = day.ground / "stick" / "bundle.age"
    bundle.parent.mkdir()
    with day.desk(OFFICER) as ctx:
        _second_session(day)
        _export(day, bundle)
        carried = _documents(day, ctx)
    with day.desk(SUPERVISOR) as ctx:
        _import(day, bundle)
        _compare(day, ctx, written | carried)


def _today_and_search(day: Day) -> None:
    driver = day.driver
    driver.find("today.waiting")
    day.step("today", N_("See what the day brings"))
    driver.click("nav.people")
    driver.wait(lambda: driver.rows("people.table") > 0, "people in the list")
    known = driver.cell("people.table", 0, 0)
    driver.type("frame.search", known.split()[0])
    driver.wait(
        lambda: (found := driver.look("frame.search.list", QListWidget)) is not None and found.count(), "results"
    )
    day.step("search", N_("Search for someone"))
    driver.press(Qt.Key.Key_Return)
    driver.find("people.contact")
    day.step("person", N_("Open the profile"))


def _new_person(day: Day) -> None:
    driver = day.driver
    driver.click("nav.people")
    driver.type("people.search", NEW_NAME)
    driver.click("people.new")
    driver.find("people.check.none")
    day.step("search-before-new", N_("Look whether she is here already"))
    driver.click("people.check.none")
    _answer(day, "person", "sex", "female")
    driver.enter("person.birth_date.input", "05121994")
    driver.enter("person.phone.input", "089012345678")
    _answer(day, "person", "may_contact", "yes")
    driver.enter("person.safe_hours.input", "16.00 - 18.00")
    _answer(day, "person", "migration_stage", "prospective")
    _answer(day, "person", "destination", "HK")
    driver.click("people.form.save")
    driver.find("people.new_counselling")
    day.step("new-person", N_("Write down a woman who plans to leave"))


def _counsel(day: Day) -> None:
    driver, kind = day.driver, "counselling_session"
    driver.click("people.new_counselling")
    _answer(day, kind, "mode", "in_person")
    _answer(day, kind, "place", "village_office")
    driver.enter(f"{kind}.duration_min.input", "45")
    _answer(day, kind, "consent", "yes")
    _answer(day, kind, "intention", "decided")
    _answer(day, kind, "destination", "HK")
    _answer(day, kind, "occupation", "HOUSEKEEPER")
    driver.enter(f"{kind}.worker_cost.input", "2500000")
    for topic in ("procedure", "contract", "costs", "helplines"):
        driver.click(f"{kind}.topics.{topic}")
    driver.type(f"{kind}.advice.input", "Periksa izin P3MI. Simpan salinan paspor dan perjanjian kerja di rumah.")
    _answer(day, kind, "next_step", "verify_agency")
    day.step("counselling-filled-in", N_("Counsel her about leaving for Hong Kong"))
    driver.click("counselling.form.save")
    _wait_saved(day, "counselling.form")
    day.step("counselling", N_("Saved on this laptop"))


def _case(day: Day) -> None:
    driver = day.driver
    driver.click("nav.cases")
    driver.click("cases.new")
    for field, code in (
        ("safe_to_record", "yes"),
        ("private_talk", "yes"),
        ("immediate_danger", "no"),
        ("consent_services", "yes"),
        ("consent_statistics", "yes"),
        ("consent_server", "yes"),
        ("source", "family"),
        ("primary_category", "EXPL"),
        ("stage_of_migration", "destination"),
        ("risk_level", "medium"),
        ("wants_legal_action", "undecided"),
    ):
        _answer(day, "case", field, code)
    driver.type("case.wishes.input", "Ingin pulang dan gajinya dibayar.")
    day.step("case-intake", N_("Take in a case: safety and consent first"))
    driver.click("cases.form.save")
    driver.click("cases.new_incident")
    driver.enter("incident.occurred_on.input", "10/2026")
    _answer(day, "incident", "migration_phase", "destination")
    _answer(day, "incident", "country", "MY")
    _answer(day, "incident", "place_type", "employer_home")
    driver.type("incident.account.input", "Paspor ditahan majikan sejak hari pertama.")
    driver.click("incident.form.save")
    driver.find("cases.incident.0")
    day.step("case", N_("Write what happened; it stays on this laptop"))


def _attendance(day: Day) -> None:
    driver = day.driver
    driver.click("today.event.0.open")
    driver.wait(lambda: driver.rows("attendance.table") > 0, "participants")
    people = driver.rows("attendance.table")
    seeded = day.seeded[TRAINER.username]
    day.check(N_("Participants on the list"), seeded.participants if seeded is not None else 0, people)
    day.step("attendance-empty", N_("Open the attendance list"))
    driver.focus(driver.find("attendance.table"))
    for letter in MARKS:
        driver.press(Qt.Key(ord(letter.upper())), letter)
    driver.click("attendance.rest")
    driver.settle()
    status = {"h": "present", "t": "late", "a": "absent"}
    wanted = Counter(status[letter] for letter in MARKS)
    wanted["present"] += people - len(MARKS)
    for code, number in sorted(wanted.items()):
        day.check(KINDS["attendance"], f"{code} {number}", f"{code} {_tile(driver.find(f'attendance.count.{code}'))}")
    day.step("attendance", N_("Mark thirty people, one key each"))


def _second_session(day: Day) -> None:
    """Something new for the stick: what she decides a little later."""
    driver, kind = day.driver, "counselling_session"
    driver.click("nav.counselling")
    driver.wait(lambda: driver.rows("counselling.table") > 0, "sessions")
    driver.click("counselling.new")
    driver.type("counselling.person.search", NEW_NAME)
    driver.click("counselling.person.0")
    _answer(day, kind, "mode", "phone")
    _answer(day, kind, "consent", "yes")
    _answer(day, kind, "topics", "contract")
    _answer(day, kind, "next_step", "complete_docs")
    driver.click("counselling.form.save")
    _wait_saved(day, "counselling.form")
    day.step("second-counselling", N_("Counsel her again, with no network"))


def _look(day: Day, written: Documents) -> None:
    driver = day.driver
    driver.click("nav.people")
    driver.type("people.search", NEW_NAME)
    driver.wait(lambda: driver.rows("people.table") == 1, "the person on the other laptop")
    driver.open_row("people.table", 0)
    driver.find("people.timeline.0")
    day.step("supervisor-person", N_("See her on the supervisor's laptop"))
    driver.click("nav.cases")
    driver.wait(lambda: driver.rows("cases.table") > 0, "cases")
    day.step("supervisor-cases", N_("See the case there, by its code"))
    driver.click("nav.training")
    driver.wait(lambda: driver.rows("training.table") > 0, "events")
    events = sum(1 for one in written.values() if one["kind"] == "training_event")
    day.check(N_("Events in the list of the supervisor"), events, driver.rows("training.table"))
    day.step("supervisor-training", N_("See the training there"))


def _sync(day: Day, words: str) -> None:
    driver = day.driver
    driver.click("nav.sync")
    driver.click("sync.now")
    _wait_outcome(day)
    day.step("sync", words)


def _export(day: Day, bundle: Path) -> None:
    driver = day.driver
    driver.click("nav.sync")
    driver.click("sync.export")
    driver.find("bundle.to.0")
    box = driver.wait(lambda: _box_of(day, SUPERVISOR.display_name), "the supervisor among the recipients")
    driver.click(box)
    day.step("bundle-recipients", N_("Choose for whom the bundle is sealed"))
    driver.click("bundle.write")
    _choose_file(day, bundle)
    _wait_outcome(day)
    day.step("bundle-written", N_("Write a sealed bundle"))
    day.check(N_("Bundle file"), True, bundle.is_file() and bundle.stat().st_size > 0)


def _import(day: Day, bundle: Path) -> None:
    driver = day.driver
    driver.click("nav.sync")
    driver.click("sync.import")
    _choose_file(day, bundle)
    driver.find("bundle.take")
    day.step("bundle-preview", N_("See what is in the bundle"))
    driver.click("bundle.take")
    _wait_outcome(day)
    day.step("bundle-taken-in", N_("Take it in on the supervisor's laptop"))


def _answer(day: Day, kind: str, field: str, code: str) -> None:
    """Choose a code: press its button if it has one, else type its words into the list."""
    driver = day.driver
    driver.find(f"{kind}.{field}.cell")
    if driver.look(f"{kind}.{field}.{code}", QWidget) is not None:
        driver.click(f"{kind}.{field}.{code}")
    else:
        ctx = day.codes_of(kind, field)
        driver.enter(f"{kind}.{field}.input", day.words_of(ctx, code))


def _choose_file(day: Day, path: Path) -> None:
    driver = day.driver
    driver.find("bundle.file")

    def typed() -> bool:
        # The window reads its folder on a thread of its own and may put a name back while one types.
        driver.type("fileNameEdit", str(path))
        return driver.text("fileNameEdit") == str(path)

    driver.wait(typed, "the name of the file to be typed")
    if QApplication.activePopupWidget() is not None:
        # The file window offers names below the line; what was typed is meant.
        driver.press(Qt.Key.Key_Escape)
    driver.press(Qt.Key.Key_Return)
    driver.wait(lambda: driver.look("bundle.file", QWidget) is None, "the file window to close")


def _wait_saved(day: Day, form: str) -> None:
    saved = day.lang.say(N_("Saved on this laptop · waiting to be sent"))
    day.driver.wait(lambda: day.driver.text(f"{form}.standing").startswith(saved), "the form to be saved")


def _wait_outcome(day: Day) -> None:
    driver = day.driver

    def outcome() -> str:
        for kind in ("success", "warning"):
            if driver.look(f"sync.outcome.{kind}", QWidget) is not None:
                return kind
        return ""

    if driver.wait(outcome, "the work to end", LAST_PATIENCE_S) != "success":
        raise DriveError("the exchange did not succeed")
    driver.settle()


def _box_of(day: Day, name: str) -> str:
    for number in range(20):
        box = day.driver.look(f"bundle.to.{number}", QCheckBox)
        if box is not None and name in box.text():
            return box.objectName()
    return ""


def _tile(tile: QWidget) -> str:
    return tile.accessibleName().rpartition(" ")[2]


def _documents(day: Day, ctx: ScreenContext) -> Documents:
    """Every record of this laptop as `records list` gives it, without what never leaves it."""

    def read() -> list[dict[str, Any]]:
        return list(records.each(ctx.session))

    found = ctx.run.on_store(read).result()
    secret = {spec.name: {one.name for one in spec.fields if one.tier >= Tier.T4} for spec in ctx.session.schema.kinds}
    return {one["id"]: {k: v for k, v in one.items() if k not in secret[one["kind"]]} for one in found}


def _compare(day: Day, ctx: ScreenContext, written: Documents) -> None:
    """What the supervisor has is what was entered, kind by kind and value by value; nothing secret came along."""
    there = _documents(day, ctx)
    for kind, words in KINDS.items():
        entered = {id for id, one in written.items() if one["kind"] == kind}
        day.check(words, len(entered), len(entered & there.keys()))
    different = sorted(one["kind"] for id, one in written.items() if there.get(id) != one)
    day.check(N_("Records that differ"), [], different)

    def secrets() -> int:
        fields = {spec.name: {f.name for f in spec.fields if f.tier >= Tier.T4} for spec in ctx.session.schema.kinds}
        return sum(len(fields[one["kind"]] & one.keys()) for one in records.each(ctx.session))

    day.check(N_("Answers that should have stayed on the officer's laptop"), 0, ctx.run.on_store(secrets).result())
