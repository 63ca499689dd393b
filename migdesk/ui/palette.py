"""Puts a theme on the application: Fusion, palette, font and style sheet. GUI thread. The only place that does."""

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from migdesk.ui.theme import Theme

_ROLES = {
    QPalette.ColorRole.Window: "canvas",
    QPalette.ColorRole.WindowText: "ink",
    QPalette.ColorRole.Base: "surface",
    QPalette.ColorRole.AlternateBase: "sunken",
    QPalette.ColorRole.Text: "ink",
    QPalette.ColorRole.PlaceholderText: "muted",
    QPalette.ColorRole.Button: "surface",
    QPalette.ColorRole.ButtonText: "ink",
    QPalette.ColorRole.BrightText: "danger",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "ink",
    QPalette.ColorRole.Highlight: "accent_soft",
    QPalette.ColorRole.HighlightedText: "ink",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent_strong",
    QPalette.ColorRole.Mid: "line",
    QPalette.ColorRole.Dark: "edge",
    QPalette.ColorRole.Light: "raised",
    QPalette.ColorRole.Accent: "accent",
}


def paint_app(app: QApplication, theme: Theme) -> None:
    """Apply `theme` to the whole program, at start and on every switch."""
    if app.style().name().lower() != "fusion":
        app.setStyle("Fusion")
    app.setPalette(palette(theme))
    app.setFont(font(theme, "body"))
    app.setStyleSheet(theme.stylesheet())


def palette(theme: Theme) -> QPalette:
    made = QPalette()
    for role, name in _ROLES.items():
        made.setColor(role, colour(theme, name))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, colour(theme, "disabled"))
    return made


def colour(theme: Theme, name: str) -> QColor:
    return QColor(theme.color(name))


def font(theme: Theme, role: str) -> QFont:
    """The font of a role (`body`, `title`, `code` ...); where no wanted family is installed, the system's own."""
    families, pixels, weight = theme.font(role)
    made = QFont()
    # The system's own families stay behind ours, so that a machine without Noto looks native.
    made.setFamilies([*families, *made.families()])
    made.setPixelSize(pixels)
    made.setWeight(QFont.Weight(weight))
    return made


def set_look(widget: QWidget, look: str, **more: str) -> None:
    """Choose a look of base.qss, also after the widget is shown."""
    widget.setProperty("look", look)
    for name, value in more.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
