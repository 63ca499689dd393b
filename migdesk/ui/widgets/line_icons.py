"""Icons inside a line edit in the size of its text: Qt draws them at 16 pixels whatever the text size. GUI thread."""

from PySide6.QtWidgets import QLineEdit, QProxyStyle, QStyle, QStyleOption, QWidget

from migdesk.ui.theme import Theme

PLAIN_PX = 16


class _LargerIcons(QProxyStyle):
    def __init__(self, pixels: int) -> None:
        super().__init__("Fusion")
        self._pixels = pixels

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        if metric == QStyle.PixelMetric.PM_LineEditIconSize:
            return self._pixels
        return super().pixelMetric(metric, option, widget)


def scale_icons(line: QLineEdit, theme: Theme) -> None:
    """Let the icons of a line edit grow with the text. At 100 % nothing is changed: a style of one's own costs time."""
    if (pixels := theme.px(PLAIN_PX)) > PLAIN_PX:
        style = _LargerIcons(pixels)
        style.setParent(line)
        line.setStyle(style)
