"""A list that grows page by page, into the state of a screen. No Qt. GUI thread."""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from migdesk.services.access import Page
from migdesk.ui.screen import Runner

PAGE_ROWS = 100
Row = TypeVar("Row")


class Listed(Protocol[Row]):
    """The part of a screen's state that is its list."""

    rows: tuple[Row, ...]
    more: bool
    loaded: bool


class ListPages(Generic[Row]):
    """Loads the rows of a list. `fetch(after, limit)` runs on the store's thread; an answer to an older question is
    dropped."""

    def __init__(
        self,
        run: Runner,
        state: Listed[Row],
        shown: Callable[[], None],
        fetch: Callable[[bytes | None, int], Page[Row]],
    ) -> None:
        self._run, self._state, self._shown, self._fetch = run, state, shown, fetch
        self._after: bytes | None = None
        self._asked = 0

    def load(self) -> None:
        """The first page, in place of what is shown."""
        self._ask(None, PAGE_ROWS)

    def reload(self) -> None:
        """As many rows as are shown, as they are now."""
        self._ask(None, max(len(self._state.rows), PAGE_ROWS))

    def more(self) -> None:
        """The page behind the last row, if there is one."""
        if self._after is not None:
            self._ask(self._after, PAGE_ROWS)

    def _ask(self, after: bytes | None, limit: int) -> None:
        self._asked += 1
        asked = self._asked

        def done(page: Page[Row]) -> None:
            if asked != self._asked:
                return
            self._after = page.next
            self._state.rows = page.rows if after is None else self._state.rows + page.rows
            self._state.more, self._state.loaded = page.next is not None, True
            self._shown()

        self._run.run(lambda: self._fetch(after, limit), done=done, owner=self)
