"""Icons from resources/icons, drawn in a colour of the theme. One family (Tabler, MIT). GUI thread."""

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from migdesk.paths import resource


def icon(name: str, color: str, *, on: str = "", size: int = 20) -> QIcon:
    """The icon `name` (file name without `.svg`) in `#rrggbb`; `on` is the colour while a button is checked.

    Raises FileNotFoundError for a name that is not there.
    """
    made = QIcon()
    for picture in pair(name, color, size):
        made.addPixmap(picture, QIcon.Mode.Normal, QIcon.State.Off)
    for picture in pair(name, on, size) if on else ():
        made.addPixmap(picture, QIcon.Mode.Normal, QIcon.State.On)
    return made


def pair(name: str, color: str, size: int = 20) -> tuple[QPixmap, QPixmap]:
    """The icon for ordinary and for doubled pixel density."""
    return pixmap(name, color, size, 1.0), pixmap(name, color, size, 2.0)


def pixmap(name: str, color: str, size: int = 20, ratio: float = 1.0) -> QPixmap:
    """The icon as a square picture of `size` device-independent pixels."""
    svg = resource(f"icons/{name}.svg").read_text("utf-8").replace("currentColor", color)
    # A 2 px stroke drawn at 24 is heavy beside 14 px text; 1.75 matches its weight.
    svg = svg.replace('stroke-width="2"', 'stroke-width="1.75"')
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    picture = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    picture.fill(QColor(0, 0, 0, 0))
    painter = QPainter(picture)
    renderer.render(painter, QRectF(0, 0, size * ratio, size * ratio))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture
