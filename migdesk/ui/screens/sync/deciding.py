"""Deciding between values as acts of a person: what was chosen so far, what is typed instead, and the decision. No Qt.
GUI thread."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from migdesk.domain.field_types import Note, Text
from migdesk.domain.record import FieldSpec
from migdesk.domain.validation import InvalidRecordError, Problem
from migdesk.domain.values import Missing
from migdesk.errors import MigDeskError
from migdesk.i18n.markers import N_
from migdesk.services import apart, conflicts
from migdesk.services.apart import WrittenApart
from migdesk.services.conflicts import Answer, OpenConflict, RecordConflicts
from migdesk.store_ids import ConflictId
from migdesk.ui.screen import ScreenContext
