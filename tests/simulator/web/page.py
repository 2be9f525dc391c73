"""One look for the simulator's pages."""

from html import escape

from tests.simulator.web.message import Response

_STYLE = """
:root { color-scheme: light dark; --line: #d9dce1; --soft: #667085; --accent: #3538cd;
        --card: #fff; --back: #f5f6f8; --text: #101828; }
@media (prefers-color-scheme: dark) {
  :root { --line: #344054; --soft: #98a2b3; --accent: #a4bcfd; --card: #1b2230;
          --back: #10151f; --text: #eef1f6; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text);
       font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.35rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
.soft { color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
        padding: 1rem 1.25rem; margin-top: 1rem; overflow-wrap: anywhere; }
.card > :first-child { margin-top: 0; }
.list { padding: 0; overflow: hidden; }
.list a { display: grid; grid-template-columns: 14rem 1fr auto; gap: 1rem; padding: .7rem 1.25rem;
          color: inherit; border-top: 1px solid var(--line); }
.list a:first-child { border-top: 0; }
.list a:hover { background: var(--back); text-decoration: none; }
.list .to, .list .subject { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.list .subject { font-weight: 600; }
.list .badge { margin-right: .5rem; }
.list time { color: var(--soft); white-space: nowrap; font-variant-numeric: tabular-nums; }
@media (max-width: 40rem) { .list a { grid-template-columns: 1fr; gap: 0; } }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: .75rem 0 0; }
dt { color: var(--soft); } dd { margin: 0; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere;
      font: 13px/1.55 ui-monospace, "DejaVu Sans Mono", monospace; }
iframe { width: 100%; height: 30rem; resize: vertical; border: 0; background: #fff;
         border-radius: 6px; }
h2 { font-size: .8rem; letter-spacing: .04em; text-transform: uppercase; color: var(--soft);
     margin: 0 0 .6rem; }
form { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: 1rem; }
input, button { font: inherit; padding: .4rem .8rem; border-radius: 8px; color: inherit;
                border: 1px solid var(--line); background: var(--card); }
input { flex: 1 1 12rem; min-width: 0; }
button { cursor: pointer; } button:hover { border-color: var(--accent); }
button.main { background: #3538cd; border-color: #3538cd; color: #fff; }
.badge { display: inline-block; padding: 0 .5rem; border-radius: 1rem; font-size: .8rem;
         border: 1px solid var(--line); color: var(--soft); }
"""
# Pages show what strangers wrote: nothing is loaded from elsewhere and no script runs.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-src 'self';"
    " form-action *; base-uri 'none'; frame-ancestors 'none'"
)


def page(title: str, body: str, status: int = 200) -> Response:
    """Return an HTML page; ``title`` is escaped here, ``body`` is HTML already."""
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )
    headers = (
        ("Content-Security-Policy", _POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
    )
    return Response(status, html.encode(), "text/html; charset=utf-8", headers)
