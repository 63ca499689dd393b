"""A revision of the tables that is to come, so that files of today are older ones."""

from pathlib import Path

import pytest

from migdesk.store import migrate

REVISION = "0002"
_MORE = (
    "from alembic import op\nimport sqlalchemy as sa\nrevision = '0002'\ndown_revision = '0001'\n"
    "def upgrade():\n    op.create_table('more', sa.Column('id', sa.Integer, primary_key=True))\n"
)


def write_revisions(folder: Path) -> Path:
    """The revisions of today and one more, which makes a table `more`."""
    (folder / "versions").mkdir(parents=True)
    for name in ("env.py", "versions/0001_first_schema.py"):
        (folder / name).write_text((migrate.SCRIPTS / name).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "versions" / "0002_more.py").write_text(_MORE, encoding="utf-8")
    return folder


def install(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """This program is the later one, with the revisions in `folder`."""
    patch.setattr(migrate, "SCRIPTS", folder)
    patch.setattr(migrate, "REVISION", REVISION)
    patch.setattr(migrate.upgrade, "__defaults__", (REVISION,))
