"""Qt's own dialog for files, so that it speaks our language and closes when the window is hidden. GUI thread."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget


def file_dialog(host: QWidget, title: str, *, kinds: str = "", save: str = "") -> QFileDialog:
    """Never modal: a modal window would swallow the hide key. `save`: the name that is offered for a new file; without
    it a file is opened. `kinds`: which files are shown."""
    dialog = QFileDialog(host.window(), title, str(Path.home()))
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setWindowModality(Qt.WindowModality.NonModal)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if kinds:
        dialog.setNameFilter(kinds)
    if save:
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setDefaultSuffix(Path(save).suffix[1:])
        dialog.selectFile(save)
    else:
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    return dialog
