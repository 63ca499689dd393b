"""The one page that a person sees who opens the server's address: what this is, in both languages. Pure."""

from html import escape

from migdesk import __version__
from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2a2a; --muted: #526060; --ground: #f6f5f2; --card: #ffffff;
  --line: #dedbd4; --accent: #0f766e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecea; --muted: #a3b0ad; --ground: #151a1a; --card: #1e2525;
  --line: #334040; --accent: #5cc8bd; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--ground);
  color: var(--ink); font: 1rem/1.6 "Noto Sans", system-ui, -apple-system, "Segoe UI", sans-serif; }
main { width: min(44rem, 100%); background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  padding: clamp(1.5rem, 5vw, 3rem); border-top: 4px solid var(--accent); }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.01em; }
.mark { color: var(--accent); }
section { margin-top: 1.75rem; padding-top: 1.5rem; border-top: 1px solid var(--line); }
h2 { margin: 0 0 .5rem; font-size: 1.125rem; }
p { margin: 0 0 .75rem; }
footer { margin-top: 1.75rem; color: var(--muted); font-size: .875rem; }
"""

_TITLE = N_("MigDesk central server")
_RUNNING = N_("This server is running.")
_WHAT = N_("It receives the encrypted exchange of MigDesk laptops. There is nothing to sign in to here.")
_HOW = N_("To connect a laptop, open MigDesk, choose Sync, and enter this address with the one-time code that your "
          "supervisor or administrator gave you.")  # fmt: skip


def front_page(languages: tuple[Language, ...]) -> str:
    """A whole HTML page with one section for each language, the first one leading."""
    lead = languages[0]
    sections = "".join(_section(language) for language in languages)
    return (
        f'<!doctype html><html lang="{escape(lead.code)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(lead.say(_TITLE))}</title><style>{_STYLE}</style></head><body><main>"
        f'<h1><span class="mark">Mig</span>Desk</h1>{sections}'
        f"<footer>MigDesk {escape(__version__)}</footer></main></body></html>"
    )


def _section(language: Language) -> str:
    heading, texts = language.say(_RUNNING), (language.say(_WHAT), language.say(_HOW))
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in texts)
    return f'<section lang="{escape(language.code)}"><h2>{escape(heading)}</h2>{paragraphs}</section>'
