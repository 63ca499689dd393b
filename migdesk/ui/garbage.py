"""Keeps Python's cycle collector on the GUI thread. GUI thread.

The collector runs in whichever thread happens to allocate. If that is the store's thread, it may destroy a widget that
sat in a reference cycle there, and Qt aborts the program. So automatic collection is off, and a timer does it here.
"""

import gc

from PySide6.QtCore import QObject, QTimer

CHECK_MS = 700


class GuiGarbage(QObject):
    """Collects by the interpreter's own thresholds, only later and in the right thread. `stop` gives it back."""

    def __init__(self) -> None:
        super().__init__()
        self._was_on = gc.isenabled()
        gc.disable()
        # What is loaded by now lives as long as the program: looking through it again and again is waste.
        gc.freeze()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.check)
        self._timer.start(CHECK_MS)

    def check(self) -> None:
        """Collect the oldest generation that is due."""
        counts, limits = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > limits[generation]:
                gc.collect(generation)
                return

    def stop(self) -> None:
        self._timer.stop()
        gc.unfreeze()
        if self._was_on:
            gc.enable()
