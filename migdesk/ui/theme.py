"""The look as data: colours, spaces, type sizes and the style sheet made of them. Free of Qt; `palette.py` applies it.

A theme is immutable; switching mode or text size makes another one.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any, Literal, NamedTuple

Mode = Literal["light", "dark", "contrast"]
MODES: tuple[Mode, ...] = ("light", "dark", "contrast")
SMALLEST_SCALE, LARGEST_SCALE = 0.9, 2.0


class Theme(NamedTuple):
    """One look. `scale` multiplies every size (0.9 to 2.0)."""

    mode: Mode
    scale: float
    tokens: Mapping[str, Any]
    sheet: str

    def color(self, name: str) -> str:
        """`#rrggbb` of a named colour. Raises KeyError for a name that the tokens lack."""
        return str(self.tokens[self.mode][name])

    def space(self, steps: float) -> int:
        """Pixels of so many steps of the grid (4 px each at 100 %)."""
        return self.px(self.tokens["space"]["unit"] * steps)

    def size(self, name: str) -> int:
        """Pixels of a named size: `radius`, `control`, `row`, `nav`, `content`."""
        return self.px(self.tokens["space"][name])

    def px(self, pixels: float) -> int:
        """Pixels at 100 % as pixels at this text size."""
        return max(1, round(pixels * self.scale))

    def font(self, role: str) -> tuple[tuple[str, ...], int, int]:
        """Families (most wanted first), pixel size and weight of `body`, `small`, `title` ..."""
        size, weight = self.tokens["type"][role]
        families = self.tokens["type"]["mono" if role == "code" else "families"]
        return tuple(families), self.px(size), int(weight)

    def stylesheet(self) -> str:
        """The filled-in base.qss. Raises KeyError if it names a token that is not there."""
        names: dict[str, str] = dict(self.tokens[self.mode])
        names |= {f"px_{name}": f"{self.size(name)}px" for name in self.tokens["space"]}
        names |= {f"s{n}": f"{self.space(n)}px" for n in range(1, 9)}
        roles = [name for name, value in self.tokens["type"].items() if isinstance(value[0], int)]
        names |= {f"font_{role}": f"{self.font(role)[1]}px" for role in roles}
        names |= {f"weight_{role}": str(self.font(role)[2]) for role in roles}
        names["half"] = f"{max(1, self.space(0.5))}px"
        names["pill"] = f"{self.px(11)}px"
        return Template(self.sheet).substitute(names)


def read_theme(folder: Path, mode: str = "light", scale: float = 1.0) -> Theme:
    """The theme from `tokens.toml` and `base.qss` in `folder`; an unknown mode becomes light, a scale is clamped."""
    tokens = tomllib.loads((folder / "tokens.toml").read_text("utf-8"))
    sheet = (folder / "base.qss").read_text("utf-8")
    chosen: Mode = next((one for one in MODES if one == mode), "light")
    return Theme(chosen, min(max(scale, SMALLEST_SCALE), LARGEST_SCALE), tokens, sheet)


def contrast_ratio(first: str, second: str) -> float:
    """WCAG 2.2 contrast of two `#rrggbb` colours, 1 to 21."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
