"""What a scripted day came to: steps with their pictures and seconds, checks with their numbers. No Qt."""

import json
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_


@dataclass(frozen=True, slots=True)
class Step:
    """One step, the file of its picture, and how long it took."""

    name: str
    picture: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Count:
    """Something that was compared."""

    name: str
    expected: str
    found: str


@dataclass
class Summary:
    """Grows while the day is played. `failure` is empty if all went well."""

    steps: list[Step] = field(default_factory=list)
    checks: list[Count] = field(default_factory=list)
    prepared_s: float = 0.0
    keys: int = 0
    clicks: int = 0
    failure: str = ""


def write(summary: Summary, lang: Language, out: Path) -> str:
    """Write `summary.json` and `summary.md` into `out`; returns the latter's text."""
    told = asdict(summary) | {
        "seconds": round(sum(step.seconds for step in summary.steps), 2),
        "ok": not summary.failure,
    }
    told["machine"] = {"python": platform.python_version(), "system": platform.system()}
    (out / "summary.json").write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    text = _markdown(summary, lang)
    (out / "summary.md").write_text(text, encoding="utf-8")
    return text


def _markdown(summary: Summary, lang: Language) -> str:
    say = lang.say
    lines = ["# " + say(N_("A day with MigDesk")), ""]
    lines += _table([say(N_("No.")), say(N_("Step")), say(N_("Picture")), say(N_("Seconds"))], "rllr", [
        [str(number), step.name, step.picture, lang.number(round(step.seconds, 2))]
        for number, step in enumerate(summary.steps, 1)
    ])  # fmt: skip
    lines += [""]
    lines += _table([say(N_("Count")), say(N_("Entered")), say(N_("Found"))], "lrr", [
        [count.name, count.expected, count.found] for count in summary.checks
    ])  # fmt: skip
    total = sum(step.seconds for step in summary.steps)
    lines += [
        "",
        say(
            N_("{steps} steps in {time}, {keys} keys, {clicks} clicks; made ready in {ready}."),
            steps=lang.number(len(summary.steps)),
            time=lang.duration(total),
            keys=lang.number(summary.keys),
            clicks=lang.number(summary.clicks),
            ready=lang.duration(summary.prepared_s),
        ),
        "",
        say(N_("Not done: {reason}"), reason=summary.failure) if summary.failure else say(N_("Everything agreed.")),
        "",
    ]
    return "\n".join(lines)


def _table(heads: list[str], sides: str, rows: list[list[str]]) -> list[str]:
    """A Markdown table whose columns line up, so that it reads in a terminal too."""
    widths = [max(len(row[at]) for row in [heads, *rows]) for at in range(len(heads))]

    def line(cells: list[str]) -> str:
        pairs = zip(cells, widths, sides, strict=True)
        return "| " + " | ".join(c.rjust(w) if side == "r" else c.ljust(w) for c, w, side in pairs) + " |"

    rules = ["-" * (width + 1) + (":" if side == "r" else "-") for width, side in zip(widths, sides, strict=True)]
    return [line(heads), "|" + "|".join(rules) + "|", *(line(row) for row in rows)]
