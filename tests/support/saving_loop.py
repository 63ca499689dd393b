"""A program that saves people into a store until somebody kills it; a line is printed once its save is on the disk."""

import sys
from pathlib import Path

from migdesk.domain.person import Person
from migdesk.store import drafts, writing
from migdesk.store.drafts import DraftKey
from tests.support.stores import SITI, VILLAGE, open_store


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(path: Path) -> None:
    """Save a new person, edit the last one, keep a draft; for ever."""
    with open_store(path) as store:
        tell("open")
        number = 0
        while True:
            number += 1
            with store.begin() as tx:
                saved = writing.save(tx, SITI, Person, {"full_name": f"Number {number}", "area_code": VILLAGE})
            tell(f"saved {saved.id} Number {number}")
            with store.begin() as tx:
                writing.save(tx, SITI, Person, {"full_name": f"Edited {number}", "note": "x" * number}, saved.id)
            tell(f"saved {saved.id} Edited {number}")
            with store.begin() as tx:
                drafts.put_field(tx, DraftKey("person"), "full_name", f"Typed {number}")
            tell(f"draft - Typed {number}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
