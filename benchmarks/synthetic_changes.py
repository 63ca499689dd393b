"""Changes as field work makes them, out of nothing but a seed: for measuring sizes and for training the dictionary.

Names, notes and numbers are made up from word lists below and syllables; no record of a person was ever near. The
free text is tuned to be as hard as real prose: about 2.6 bits a character under zstd -19 (SYNC 2.5).
"""

import random
import tomllib
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from uuid import UUID, uuid5

from migdesk.domain.changes import Change, Edit, Register, Value
from migdesk.domain.field_types import (
    Amount,
    AreaCode,
    Code,
    Codes,
    Day,
    FieldType,
    Note,
    PartialDay,
    Phone,
    Ref,
    Text,
    Whole,
    YesNo,
)
from migdesk.domain.hlc import Stamp
from migdesk.domain.kinds import SCHEMA
from migdesk.domain.record import FieldSpec, KindSpec, Tier
from migdesk.paths import resource

_START = 1_767_600_000_000  # 5 January 2026
_ROOTS = """
ajar alam ambil antar arah asal bahas baik bantu bawa bayar beri buat cari catat cek daftar dampak datang dengar
desa didik dokumen dorong duduk dukung dulu fasilitas ganti gaji gerak guna hadap hak harap hasil hitung hubung
hukum hutang ikut ingat ingin isi izin jadi jaga jalan jamin janji jelas jual jumpa kabar kaji keluarga kembali
kendala kenal kerja kirim kontrak kumpul kurang laku lamar lapor latih layan lengkap lihat lindung luar maju
masalah masuk minta muat mulai mampu mundur nilai nyata olah orang pahami pakai pandu paspor pegang pelihara
penuhi periksa pilih pindah pinjam pulang pungut putus rasa rawat rencana rugi ruju saran sampai sebut sedia
sehat selesai serah setuju siap simpan sulit susun syarat tabung tahan tahu takut tambah tanda tanggung tanya
tawar teliti temu tentu terima tetap tiba tinggal tolak tolong tulis tunda tunggu turun uang ubah ucap ujian
undang upah urus usaha wakil wajib waktu yakin
"""
_LINKS = """
yang dan di untuk dengan ke dari pada tidak akan sudah ini itu karena agar bahwa oleh saat belum atau juga bila
setelah sebelum dalam masih harus dapat bagi serta sampai tentang kepada suami anak agen PT kantor desa bulan
paspor kontrak majikan keluarga biaya
"""
_FIRST = """
Siti Nur Sri Dewi Ayu Ratna Wahyu Rina Fitri Lestari Indah Aisyah Baiq Lalu Ahmad Muhammad Agus Budi Hendra
Rahmat Yuni Wati Endang Sulastri Maryam Halimah Zainab Kartini Ningsih Puji
"""
_LAST = """
Rahayu Wulandari Hidayati Sasmita Hadi Kurniawan Saputra Lestari Hasanah Aminah Pratiwi Utami Susanti Handayani
Mulyani Astuti Sari Nurjanah Fauziah Permata Jayadi Suherman Anggraini Puspita
"""
_AREAS = ("52.03.09.2004", "52.03.09.2001", "52.03.01.2003", "52.03.12.2007")
_USERS = UUID("6f6d6967-6465-5b6b-8000-000000000001")


def _codes() -> dict[str, list[str]]:
    lists = {}
    for path in sorted(resource("codes").glob("*.toml")):
        for name, body in tomllib.loads(path.read_text("utf-8")).items():
            lists[name] = [row["code"] for row in body["codes"]]
    return lists


class Synthesis:
    """A made-up village office: one laptop, its officers, and the people who come. The same seed, the same changes."""

    def __init__(self, seed: int, *, device: int = 0x1F2E3D4C5B6A7988) -> None:
        self.rng = random.Random(seed)
        self.device, self.counter, self.ms, self.low = device, 0, _START + self.rng.randrange(10**9), 0
        self.codes = _codes()
        self.people: list[UUID] = []
        self.events: list[UUID] = []
        self.sessions: list[UUID] = []
        self.made: list[Change] = []
        self.users = [uuid5(_USERS, str(seed * 10 + n)) for n in range(2)]
        self.words, self.links = self._words(), _LINKS.split()
        self.first, self.last = _FIRST.split(), _LAST.split()

    def _words(self) -> list[str]:
        words = random.Random(7)  # every office speaks the same language
        made = dict.fromkeys(_ROOTS.split())
        starts, ends = (
            ["me", "ber", "di", "ter", "pe", "ke", "se", "mem", "men", "pem", "peng"],
            ["", "an", "kan", "i", "nya", "lah"],
        )
        for root in _ROOTS.split():
            for _ in range(4):
                made[words.choice(starts) + root + words.choice(ends)] = None
        syllables = [
            c + v
            for c in ["b", "c", "d", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "w", "y", "ng", "ny"]
            for v in "aiueo"
        ]
        while len(made) < 9_000:
            made[
                "".join(words.choices(syllables, k=words.randint(2, 4))) + words.choice(["", "n", "k", "s", "ng", "t"])
            ] = None
        ordered = list(made)
        words.shuffle(ordered)
        return ordered

    def text(self, low: int, high: int) -> str:
        """Prose of `low` to `high` characters: common words by a Zipf law, sentences, commas, now and then a number."""
        rng, size, left = self.rng, self.rng.randint(low, high), 0
        parts: list[str] = []
        while sum(len(part) for part in parts) + len(parts) < size:
            if rng.random() < 0.45:
                word = self.links[min(int(rng.paretovariate(0.9)) - 1, len(self.links) * 8) % len(self.links)]
            else:
                word = self.words[int(len(self.words) ** rng.random() ** 0.62) - 1]
            if rng.random() < 0.02:
                word = str(rng.randint(1, 9000))
            if not left:
                word, left = word.capitalize(), rng.randint(6, 18)
            left -= 1
            parts.append(word + ("." if not left else "," if rng.random() < 0.06 else ""))
        return " ".join(parts)

    def new_id(self, ms: int) -> UUID:
        value = ms << 80 | self.rng.getrandbits(80)
        return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 7 << 76 | 2 << 62)

    def pick(self, name: str) -> str:
        codes = self.codes.get(name, ["one", "two"])
        usual = [code for code in codes if code not in ("unknown", "declined")] or codes
        return self.rng.choice(codes if self.rng.random() < 0.03 else usual)

    def plain(self, spec: FieldSpec) -> Value:
        """A likely value of a field, in plain form; None to leave it blank."""
        rng, kind = self.rng, spec.type
        makers: dict[type[FieldType], Callable[[], Value]] = {
            Code: lambda: self.pick(spec.codes),
            Whole: lambda: self.whole(spec),
            YesNo: lambda: rng.random() < 0.3,
            Day: lambda: int(self.ms // 86_400_000) + rng.randint(3, 40),
            PartialDay: self.birthday,
            Amount: lambda: f"IDR {rng.randint(5, 900) * 10_000_000}",
            Phone: lambda: f"+628{rng.randint(11, 99)}{rng.randint(10**6, 10**8)}",
            AreaCode: lambda: rng.choice(_AREAS),
            Note: lambda: self.text(310, 820),
            Text: lambda: self.short_text(spec),
        }
        maker = makers.get(type(kind))
        return maker() if maker else None

    def whole(self, spec: FieldSpec) -> int:
        kind = spec.type
        assert isinstance(kind, Whole)
        if "min" in spec.name:
            return self.rng.choice((30, 45, 60, 90, 20, 15))
        return self.rng.randint(kind.low, min(kind.high, 9))

    def birthday(self) -> str:
        day = date(1966, 1, 1) + timedelta(days=self.rng.randint(0, 14_000))
        return day.isoformat() if self.rng.random() < 0.7 else str(day.year)

    def short_text(self, spec: FieldSpec) -> str:
        if spec.name == "nik":
            return str(self.rng.randint(10**15, 10**16 - 1))
        if "name" in spec.name:
            return f"{self.rng.choice(self.first)} {self.rng.choice(self.last)}"
        return self.text(10, 40)

    def reference(self, kind: Ref) -> UUID:
        pool = {"person": self.people, "training_event": self.events, "training_session": self.sessions}
        if kind.kind == "user":
            return self.users[0]
        known = pool.get(kind.kind, [])
        if known and self.rng.random() < 0.6:
            return self.rng.choice(known)
        known.append(self.new_id(self.ms - self.rng.randrange(9 * 10**9)))
        return known[-1]

    def edits(self, spec: KindSpec, blank: float) -> Iterator[Edit]:
        for one in spec.fields:
            if one.tier >= Tier.T4 or (self.rng.random() < blank and not one.required):
                continue
            if isinstance(one.type, Codes):
                for code in sorted({self.pick(one.type.codes) for _ in range(self.rng.randint(2, 5))}):
                    yield Edit(Register(one.number, code), True)
            elif isinstance(one.type, Ref):
                yield Edit(Register(one.number), self.reference(one.type).bytes)
            elif (value := self.plain(one)) is not None:
                yield Edit(Register(one.number), value)

    def change(self, kind: KindSpec, record: UUID, edits: tuple[Edit, ...]) -> Change:
        self.counter += 1
        area = self.rng.choice(_AREAS)
        author = self.users[int(self.rng.random() < 0.1)]
        return Change(self.device, self.counter, self.ms << 16, author, kind.number, record, area, None, edits)

    def new(self, kind: str) -> Change:
        """One new record of a kind, some minutes after the one before."""
        self.ms += self.rng.randint(60_000, 9_000_000)
        spec = SCHEMA.by_name[kind]
        made = self.change(spec, self.new_id(self.ms), tuple(self.edits(spec, 0.12)))
        self.made.append(made)
        if kind == "person":
            self.people.append(made.record)
        return made

    def edit(self, change: Change) -> Change:
        """Two small fields of an earlier record changed by the same officer: status-like codes and dates."""
        self.ms += self.rng.randint(60_000, 9_000_000)
        spec = SCHEMA.by_number[change.kind]
        short = [
            one
            for one in change.edits
            if not one.register.element
            and isinstance(spec.by_number[one.register.field].type, Code | Day | Whole | YesNo)
        ]
        chosen = sorted(self.rng.sample(short, min(2, len(short))), key=lambda one: one.register)
        edits = tuple(
            Edit(one.register, self.plain(spec.by_number[one.register.field]), (Stamp(change.hlc, change.device),))
            for one in chosen
        )
        return self.change(spec, change.record, edits)._replace(area=change.area, author=change.author)
