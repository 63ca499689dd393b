"""Finding a person by what someone types. No Qt. The function runs on the store's thread, the class on the GUI's."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from migdesk.domain.person import Person
from migdesk.services import people, search
from migdesk.services.people import PersonRow
from migdesk.services.session import Session
from migdesk.ui.screen import ScreenContext

SHORTEST = 2
MOST = 60


@dataclass
class PersonSearchState:
    """`found` belongs to `query`; `looked` is False while the answer has not come."""

    query: str = ""
    found: tuple[Person, ...] = ()
    looked: bool = True


def find_people(session: Session, text: str) -> tuple[PersonRow, ...]:
    """People in scope who match, best first; nothing for fewer than two letters. Store thread."""
    hits = search.find(session, text, limit=MOST)
    ids: list[UUID] = [hit.id for hit in hits if hit.kind == Person.spec.name]
    return people.found(session, ids)


class PersonSearch:
    """The search of a presenter that has to name a person. `changed()` when there is something new to show."""

    def __init__(self, ctx: ScreenContext, changed: Callable[[], None]) -> None:
        self._ctx, self._changed = ctx, changed
        self.state = PersonSearchState()

    def look(self, text: str) -> None:
        """Look for `text`; only the answer to the latest question is shown."""
        words = text.strip()
        self.state = PersonSearchState(words, self.state.found if len(words) >= SHORTEST else (), False)
        if len(words) < SHORTEST:
            self.state.looked = True
            self._changed()
            return

        def done(found: tuple[PersonRow, ...]) -> None:
            if self.state.query == words:
                self.state = PersonSearchState(words, tuple(row.record for row in found))
                self._changed()

        self._ctx.run.run(lambda: find_people(self._ctx.session, words), done=done, owner=self)
