"""Attachments on the pages of a person, a session and a case: added, looked at, dropped, pasted, removed, in the real
window; pixels never on a disk."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from migdesk.services import attachments, cases, counselling, people, training
from migdesk.services.attachment_files import prepare
from migdesk.services.attachments import AttachmentRow, Place
from migdesk.ui.a11y import audit
from migdesk.ui.work.attachment_sheets import PictureView
from migdesk.ui.work.attachments_card import AttachmentsCard
from tests.support import pictures
from tests.support.workspaces import case, person
from tests.support.workspaces import counselling as meeting
from tests.support.workspaces import event as meeting_of_many

MakeLaptop = Callable[..., Any]


def rows(laptop: Any, of: str, record: UUID) -> tuple[AttachmentRow, ...]:
    found: tuple[AttachmentRow, ...] = laptop.do(lambda: attachments.listed(laptop.session, of, record))
    return found


def card(laptop: Any) -> AttachmentsCard:
    found = laptop.driver.find("attachments")
    assert isinstance(found, AttachmentsCard)
    return found


def drop(laptop: Any, file: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    card(laptop).dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, left, none))
    laptop.driver.settle()


def test_a_dropped_photo_is_described_saved_and_looked_at(make_laptop: MakeLaptop, tmp_path: Path) -> None:
    laptop = make_laptop()
    driver = laptop.driver
    who = laptop.do(lambda: people.save(laptop.session, person())).id
    laptop.window.navigate("people", who)
    driver.settle()
    photo = tmp_path / "Nurhayati.jpg"
    photo.write_bytes(pictures.photo())
    drop(laptop, photo)
    driver.enter("attachments.kind.input", "Passport or visa")
    driver.type("attachments.caption.input", "Halaman data")
    driver.click("attachments.confirm")
    driver.find("attachments.row.0")
    (row,) = rows(laptop, "person", who)
    assert (row.record.file_name, row.record.caption) == ("passport-2026-02-03.jpg", "Halaman data")
    assert row.place is Place.WAITS
    assert driver.text("attachments.standing.0") == "waits to be sent"
    assert audit(laptop.window) == []
    driver.click("attachments.open.0")
    shown = driver.find("attachments.look").findChild(PictureView)
    image = shown.grab().toImage()
    middle = image.width() // 2
    colours = [image.pixelColor(middle, image.height() // 2 + by) for by in (-20, 20)]
    assert [one.red() > one.blue() for one in colours] == [True, False]
    driver.click("attachments.close")


def test_a_picture_is_pasted_into_a_session_and_removed(make_laptop: MakeLaptop) -> None:
    laptop = make_laptop()
    driver = laptop.driver
    who = laptop.do(lambda: people.save(laptop.session, person())).id
    id = laptop.do(lambda: counselling.save(laptop.session, meeting(who, laptop.session.today()))).id
    laptop.window.navigate("counselling", id)
    driver.settle()
    image = QImage(60, 40, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkGreen)
    QGuiApplication.clipboard().setImage(image)
    driver.click("attachments.paste")
    driver.click("attachments.confirm")
    driver.find("attachments.row.0")
    (row,) = rows(laptop, "counselling_session", id)
    assert (row.record.media_type, row.record.width) == ("png", 60)
    driver.click("attachments.open.0")
    driver.click("attachments.remove")
    driver.click("ask.risky")
    driver.wait(lambda: not rows(laptop, "counselling_session", id), "the attachment to be removed")


def test_a_signed_list_is_kept_with_its_event_and_gone_with_the_page(make_laptop: MakeLaptop, tmp_path: Path) -> None:
    laptop = make_laptop(role="TRAINER")
    driver = laptop.driver
    id = laptop.do(lambda: training.save_event(laptop.session, meeting_of_many(laptop.session.today()))).id
    laptop.window.navigate("training", id)
    driver.settle()
    scan = tmp_path / "daftar.pdf"
    scan.write_bytes(pictures.document(2))
    drop(laptop, scan)
    driver.click("attachments.confirm")
    driver.find("attachments.row.0")
    (row,) = rows(laptop, "training_event", id)
    assert row.record.media_type == "pdf"
    laptop.window.navigate("training")
    driver.settle()
    assert laptop.window.presenters["training"].attachments.state.record is None


def test_pages_are_turned_and_a_copy_asks_why(make_laptop: MakeLaptop, tmp_path: Path) -> None:
    laptop = make_laptop()
    driver = laptop.driver
    id = laptop.do(lambda: cases.save(laptop.session, case())).id
    paper = prepare(pictures.document(3))
    laptop.do(lambda: attachments.add(laptop.session, "case", id, paper, {"document_kind": "contract"}))
    laptop.window.navigate("cases", id)
    driver.settle()
    driver.click("attachments.open.0")
    sheet = driver.find("attachments.look")
    assert sheet.page.text() == "Page 1 of 3"
    driver.press(Qt.Key.Key_PageDown)
    driver.wait(lambda: sheet.page.text() == "Page 2 of 3" or None, "the second page")
    driver.click("attachments.copy")
    driver.click("attachments.copy.go")
    assert driver.look("attachments.file", QFileDialog) is None, "no place is asked for without a reason"
    driver.enter("attachments.reason.input", "To print it")
    driver.click("attachments.copy.go")
    dialog = driver.find("attachments.file")
    dialog.fileSelected.emit(str(tmp_path / "copy.pdf"))
    dialog.reject()
    driver.wait((tmp_path / "copy.pdf").exists, "the copy")
    driver.settle()
    assert (tmp_path / "copy.pdf").read_bytes() == paper.cleaned.data
    laptop.window.navigate("today")
    driver.settle()
    assert driver.look("attachments.look", type(sheet)) is None, "nothing of it stays over another page"


def test_what_cannot_be_added_is_told_and_nothing_hangs(make_laptop: MakeLaptop, tmp_path: Path) -> None:
    laptop = make_laptop()
    who = laptop.do(lambda: people.save(laptop.session, person())).id
    laptop.window.navigate("people", who)
    laptop.driver.settle()
    wrong = tmp_path / "photo.jpg"
    wrong.write_bytes(b"MZ" + bytes(100))
    drop(laptop, wrong)
    assert "neither a photograph" in str(laptop.window.messages.last_error)
    assert laptop.driver.find("attachments.add").isEnabled()
