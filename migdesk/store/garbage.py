"""How often Python looks for garbage in a process that moves many records without windows. Called once, at its start.

A batch of a thousand changes makes tens of thousands of objects, none of them in a cycle; the collector's usual
thresholds look through all of them dozens of times and find nothing, for up to a third of the time. A desktop collects
on its GUI thread alone (`ui.garbage`) and does not call this.
"""

import gc

_YOUNG, _MIDDLE, _OLD = 50_000, 20, 20


def seldom() -> None:
    """Leave what is loaded by now alone, and look through the rest once in 50,000 new objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
