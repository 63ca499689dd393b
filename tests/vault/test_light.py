"""The vault is there before the unlock window is painted; it must not drag in what is heavy."""

import subprocess
import sys


def test_the_vault_loads_neither_database_nor_window_code() -> None:
    program = (
        "import sys, migdesk.vault.keyfile, migdesk.vault.device_keys, migdesk.vault.sealing, migdesk.vault.tokens;"
        "heavy = {'sqlalchemy', 'alembic', 'PySide6', 'sqlcipher3'};"
        "sys.exit(any(name.split('.')[0] in heavy for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
