"""Small named values of a workspace, kept in the encrypted store. Store's thread."""

import json
from typing import Any

from sqlalchemy import select

from migdesk.store.database import Transaction
from migdesk.store.tables import NATIONAL


def get(tx: Transaction, name: str, default: Any = None) -> Any:
    """The value that was put under this name (anything JSON can hold), or `default`."""
    table = tx.tables.setting
    query = select(table.c.value).where(table.c.op_area == NATIONAL, table.c.name == name)
    found = tx.connection.execute(query).scalar_one_or_none()
    return default if found is None else json.loads(found)


def put(tx: Transaction, name: str, value: Any) -> None:
    """Keep a value under a name; None is a value too."""
    tx.run(tx.sql.put_setting, {"op_area": NATIONAL, "name": name, "value": json.dumps(value, sort_keys=True)})
