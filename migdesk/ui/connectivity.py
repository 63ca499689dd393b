"""What the system says of the network, as it changes. GUI thread; opens no connection of its own.

Where Qt has no way to ask, the link is one of which nothing is known, and whoever wants to sync tries.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QNetworkInformation

from migdesk.services.auto_sync import Link, Medium

_Reach = QNetworkInformation.Reachability
_Feature = QNetworkInformation.Feature
_Transport = QNetworkInformation.TransportMedium
_MEDIA = {
    _Transport.WiFi: Medium.WIFI,
    _Transport.Ethernet: Medium.CABLE,
    _Transport.Cellular: Medium.MOBILE,
    _Transport.Bluetooth: Medium.OTHER,
}


class Connectivity(QObject):
    """`link` is how things stand; `changed(link)` is called when the system says something else."""

    def __init__(self, changed: Callable[[Link], None]) -> None:
        super().__init__()
        self._changed = changed
        self.link = Link()
        self._info = QNetworkInformation.instance() if _loaded() else None
        if self._info is None:
            return
        for signal in (
            self._info.reachabilityChanged,
            self._info.transportMediumChanged,
            self._info.isMeteredChanged,
            self._info.isBehindCaptivePortalChanged,
        ):
            signal.connect(self._look)
        self.link = read_link(self._info)

    def close(self) -> None:
        """Hear nothing more: the object that tells lives as long as the program."""
        if self._info is not None:
            self._info.disconnect(self)
            self._info = None

    def _look(self, _value: object = None) -> None:
        if self._info is None:
            return
        found = read_link(self._info)
        if found != self.link:
            self.link = found
            self._changed(found)


def _loaded() -> bool:
    """The backend that knows what the link is made of, else whichever there is."""
    wanted = _Feature.Reachability | _Feature.TransportMedium
    return QNetworkInformation.loadBackendByFeatures(wanted) or QNetworkInformation.loadDefaultBackend()


def read_link(info: QNetworkInformation) -> Link:
    """What this backend can tell; it leaves out the rest."""
    offers = info.supports
    # A backend that reaches only the local network still may reach a hub, and one that does not know may reach all.
    online = None
    if offers(_Feature.Reachability):
        reach = info.reachability()
        online = None if reach == _Reach.Unknown else reach != _Reach.Disconnected
    medium = Medium.UNKNOWN
    if offers(_Feature.TransportMedium):
        medium = _MEDIA.get(info.transportMedium(), Medium.UNKNOWN)
    metered = info.isMetered() if offers(_Feature.Metered) else None
    portal = offers(_Feature.CaptivePortal) and info.isBehindCaptivePortal()
    return Link(online, medium, metered, portal)
