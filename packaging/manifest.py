"""What the frozen program consists of beside what PyInstaller finds by itself. Read by build.spec; tested."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

DATA = [
    (str(ROOT / "resources"), "resources"),
    (str(ROOT / "migdesk" / "store" / "migrations"), "migdesk/store/migrations"),
    *(
        (str(path), str(path.parent.relative_to(ROOT)))
        for path in sorted(ROOT.glob("locales/*/LC_MESSAGES/messages.mo"))
        if "en_XA" not in path.parts
    ),
]
"""(source, folder in the program). Alembic reads its revisions as files."""

HIDDEN = [
    "logging.config",
    "migdesk.app",
    "migdesk.cli",
    "migdesk.server",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "uvicorn.lifespan.on",
    "uvicorn.loops.asyncio",
    "uvicorn.protocols.http.h11_impl",
]
"""Modules that are imported by name at run time."""

EXCLUDED = [
    "IPython",
    "PySide6.QtDesigner",
    "PySide6.QtHelp",
    "PySide6.QtOpenGL",
    "PySide6.QtOpenGLWidgets",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtQuickWidgets",
    "PySide6.QtSql",
    "PySide6.QtTest",
    "PySide6.QtUiTools",
    "PySide6.QtXml",
    "MySQLdb",
    "numpy",
    "pytest",
    "setuptools",
    "tkinter",
    "yaml",
]
"""Big modules that nothing of ours needs."""

_LOCALES = re.compile(r"babel/locale-data/(?!(?:root|id|id_ID|en|en_001|en_GB)\.dat$)")
_UNUSED = (
    "Qt/translations", "Qt/qml", "opengl32sw", "Qt6Quick", "Qt6Qml", "Qt6Pdf", "Qt6VirtualKeyboard", "libqgtk3",
    "plugins/tls", "plugins/generic", "plugins/egldeviceintegrations",
    "libqeglfs", "libqlinuxfb", "libqvnc", "libqminimalegl", "libqvkkhrdisplay", ".dist-info/licenses",
)  # fmt: skip


def is_wanted(name: str) -> bool:
    """Whether a collected file goes along: no words of Qt's own, no QML, no locale that is never shown."""
    path = name.replace("\\", "/")
    return not _LOCALES.search(path) and not any(part in path for part in _UNUSED)
