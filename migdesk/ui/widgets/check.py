"""A check box that can be pressed anywhere on its line. GUI thread."""

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QCheckBox


class Check(QCheckBox):
    """Qt's own takes only the box and the words; a person aims at the line."""

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)
