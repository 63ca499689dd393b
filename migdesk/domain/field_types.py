"""What a field can hold, and how each type travels.

One class per type. Every other layer asks here: `plain` is what the change log, the wire and the database column
hold (None, bool, int, str or bytes); `json` is what the command line and JSON files hold. A `Missing` answer is no
concern of a type: whoever packs a field handles it first.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from migdesk.clock import from_ms, to_ms
from migdesk.domain.values import Money, PartialDate

type_name = Literal["text", "integer", "boolean", "blob"]
Plain = bool | int | str | bytes | None

_EPOCH = date(1970, 1, 1)
_AREA = re.compile(r"\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
MAX_NOTE = 20_000


@dataclass(frozen=True)
class FieldType:
    """Base of the types. `storage` names the kind of column; `schema` is the JSON Schema of the JSON form."""

    storage: ClassVar[type_name] = "text"

    def normalise(self, value: Any) -> Any:
        """The one stored spelling of a value as a person may have given it. Raises ValueError if it is none."""
        return value

    def to_plain(self, value: Any) -> Plain:
        return value  # type: ignore[no-any-return]

    def from_plain(self, plain: Plain) -> Any:
        return plain

    def to_json(self, value: Any) -> Any:
        return self.to_plain(value)

    def from_json(self, data: Any) -> Any:
        """The value of a JSON form. Raises ValueError if it is none."""
        return self.normalise(data)

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}


@dataclass(frozen=True)
class Text(FieldType):
    """Short text: trimmed, inner white space single, Unicode NFC (V-26)."""

    max_length: int = 200
    pattern: str = ""

    def normalise(self, value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError("not text")
        text = " ".join(unicodedata.normalize("NFC", value).split())
        if len(text) > self.max_length:
            raise ValueError("too long")
        if self.pattern and text and not re.fullmatch(self.pattern, text):
            raise ValueError("wrong form")
        return text

    def schema(self) -> dict[str, Any]:
        form: dict[str, Any] = {"type": "string", "maxLength": self.max_length}
        return form | ({"pattern": f"^{self.pattern}$"} if self.pattern else {})


@dataclass(frozen=True)
class Note(FieldType):
    """Long text with line breaks, at most 20,000 characters (V-26)."""

    def normalise(self, value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError("not text")
        text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").strip()
        if len(text) > MAX_NOTE:
            raise ValueError("too long")
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": MAX_NOTE}


@dataclass(frozen=True)
class Code(FieldType):
    """One code of a code list; `unknown` and `declined` are codes like any other."""

    codes: str

    def normalise(self, value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_.]{1,40}", value):
            raise ValueError("not a code")
        return value


@dataclass(frozen=True)
class Codes(FieldType):
    """A set of codes. It merges by element (SYNC 3.4: observed-remove), so two additions both stand.

    The column holds the codes sorted, with one blank between; a value is a frozenset.
    """

    codes: str

    def normalise(self, value: Any) -> frozenset[str]:
        if isinstance(value, str) or not all(isinstance(code, str) for code in value):
            raise ValueError("not a list of codes")
        one = Code(self.codes)
        return frozenset(one.normalise(code) for code in value)

    def to_plain(self, value: Any) -> Plain:
        return " ".join(sorted(value))

    def from_plain(self, plain: Plain) -> Any:
        return frozenset(str(plain).split())

    def to_json(self, value: Any) -> Any:
        return sorted(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string"}, "uniqueItems": True}


@dataclass(frozen=True)
class Day(FieldType):
    """A calendar day; days since 1970-01-01 in plain form. `future` allows days to come (V-01)."""

    storage: ClassVar[type_name] = "integer"
    future: bool = False

    def normalise(self, value: Any) -> date:
        if isinstance(value, datetime) or not isinstance(value, date):
            raise ValueError("not a day")
        return value

    def to_plain(self, value: Any) -> Plain:
        return (value - _EPOCH).days  # type: ignore[no-any-return]

    def from_plain(self, plain: Plain) -> Any:
        return date.fromordinal(_EPOCH.toordinal() + int(plain or 0))

    def to_json(self, value: Any) -> Any:
        return value.isoformat()

    def from_json(self, data: Any) -> Any:
        if not isinstance(data, str):
            raise ValueError("not a day")
        return date.fromisoformat(data)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


@dataclass(frozen=True)
class PartialDay(FieldType):
    """A date that may lack day or month or be an estimate; EDTF text. `future` allows dates to come (V-01)."""

    future: bool = False

    def normalise(self, value: Any) -> PartialDate:
        if not isinstance(value, PartialDate):
            raise ValueError("not a date")
        return value

    def to_plain(self, value: Any) -> Plain:
        return str(value)

    def from_plain(self, plain: Plain) -> Any:
        return PartialDate.parse(str(plain))

    def from_json(self, data: Any) -> Any:
        if not isinstance(data, str):
            raise ValueError("not a date")
        return PartialDate.parse(data)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?~?$"}


@dataclass(frozen=True)
class Moment(FieldType):
    """A UTC moment; milliseconds since 1970 in plain form."""

    storage: ClassVar[type_name] = "integer"

    def normalise(self, value: Any) -> datetime:
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise ValueError("not a moment with its time zone")
        return value.astimezone(UTC)

    def to_plain(self, value: Any) -> Plain:
        return to_ms(value)

    def from_plain(self, plain: Plain) -> Any:
        return from_ms(int(plain or 0))

    def to_json(self, value: Any) -> Any:
        return value.isoformat().replace("+00:00", "Z")

    def from_json(self, data: Any) -> Any:
        if not isinstance(data, str):
            raise ValueError("not a moment")
        return self.normalise(datetime.fromisoformat(data.replace("Z", "+00:00")))

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


@dataclass(frozen=True)
class Whole(FieldType):
    """A whole number between two bounds, both included."""

    storage: ClassVar[type_name] = "integer"
    low: int = 0
    high: int = 2**31 - 1

    def normalise(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError("not a whole number")
        if not self.low <= value <= self.high:
            raise ValueError("out of range")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class YesNo(FieldType):
    """Yes or no; blank means that nobody asked."""

    storage: ClassVar[type_name] = "boolean"

    def normalise(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError("not yes or no")
        return value

    def from_plain(self, plain: Plain) -> Any:
        return bool(plain)

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Amount(FieldType):
    """Money, never negative (V-08); `CUR minor` in plain form, `{"minor", "currency"}` in JSON."""

    def normalise(self, value: Any) -> Money:
        if not isinstance(value, Money) or value.minor < 0:
            raise ValueError("not an amount")
        return value

    def to_plain(self, value: Any) -> Plain:
        return str(value)

    def from_plain(self, plain: Plain) -> Any:
        return Money.parse(str(plain))

    def to_json(self, value: Any) -> Any:
        return {"minor": value.minor, "currency": value.currency}

    def from_json(self, data: Any) -> Any:
        if not isinstance(data, dict) or set(data) != {"minor", "currency"} or type(data["minor"]) is not int:
            raise ValueError("not an amount")
        return self.normalise(Money(data["minor"], str(data["currency"])))

    def schema(self) -> dict[str, Any]:
        parts = {"minor": {"type": "integer", "minimum": 0}, "currency": {"type": "string", "pattern": "^[A-Z]{3}$"}}
        return {"type": "object", "properties": parts, "required": ["minor", "currency"], "additionalProperties": False}


@dataclass(frozen=True)
class Ref(FieldType):
    """The id of a record of `kind` (16 bytes in plain form)."""

    storage: ClassVar[type_name] = "blob"
    kind: str

    def normalise(self, value: Any) -> UUID:
        if not isinstance(value, UUID):
            raise ValueError("not an id")
        return value

    def to_plain(self, value: Any) -> Plain:
        return value.bytes  # type: ignore[no-any-return]

    def from_plain(self, plain: Plain) -> Any:
        return UUID(bytes=plain)  # type: ignore[arg-type]

    def to_json(self, value: Any) -> Any:
        return str(value)

    def from_json(self, data: Any) -> Any:
        if not isinstance(data, str):
            raise ValueError("not an id")
        return UUID(data)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}


@dataclass(frozen=True)
class AreaCode(FieldType):
    """A Kemendagri area code such as `52.03.09.2004`; levels 1 province to 4 village (DOMAIN 2.1)."""

    min_level: int = 1

    def normalise(self, value: Any) -> str:
        if not isinstance(value, str) or not _AREA.fullmatch(value) or value.count(".") + 1 < self.min_level:
            raise ValueError("not an area code")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_AREA.pattern}$"}


@dataclass(frozen=True)
class Phone(FieldType):
    """A telephone number in E.164; 08... becomes +628... (V-04)."""

    def normalise(self, value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError("not a telephone number")
        digits = re.sub(r"[\s().\-]", "", value)
        if digits.startswith("0"):
            digits = "+62" + digits[1:]
        elif digits.startswith("62"):
            digits = "+" + digits
        if digits and not _PHONE.fullmatch(digits):
            raise ValueError("not a telephone number")
        return digits

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_PHONE.pattern}$".replace("\\+", "[+]")}


@dataclass(frozen=True)
class Blob(FieldType):
    """Bytes such as a public key; base64url without padding would hide them, so JSON holds hexadecimal."""

    storage: ClassVar[type_name] = "blob"
    length: int = 32

    def normalise(self, value: Any) -> bytes:
        if not isinstance(value, bytes) or len(value) != self.length:
            raise ValueError("wrong length")
        return value

    def to_json(self, value: Any) -> Any:
        return value.hex()

    def from_json(self, data: Any) -> Any:
        return self.normalise(bytes.fromhex(str(data)))

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^[0-9a-f]{{{2 * self.length}}}$"}


@dataclass(frozen=True)
class Keys(Blob):
    """Public keys one behind the other, each `length` bytes: at least one, at most `most`."""

    most: int = 32

    def normalise(self, value: Any) -> bytes:
        if not isinstance(value, bytes) or len(value) % self.length or not 0 < len(value) <= self.most * self.length:
            raise ValueError("wrong length")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^([0-9a-f]{{{2 * self.length}}}){{1,{self.most}}}$"}


@dataclass(frozen=True)
class Digest(Blob):
    """The SHA-256 of something that is kept elsewhere and looked up by it."""
