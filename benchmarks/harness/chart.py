"""The rates as one SVG picture: a panel a scenario, each with a scale of its own, a bar a server."""

from __future__ import annotations

from xml.sax.saxutils import escape

from benchmarks.harness.results import Results

COLOURS = {
    "actors-daphne": "#2f6f4f",
    "actors-uvicorn": "#44b78b",
    "workerd": "#f38020",
    "plain-daphne": "#8a94a6",
    "plain-uvicorn": "#b9c0cc",
    "bare-daphne": "#d9dde4",
}
PANEL_WIDTH, PANEL_TITLE, BAR, GAP, MARGIN = 430, 30, 18, 6, 24
NAME_WIDTH, NUMBER_WIDTH = 110, 70
COLUMNS = 2
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2937}"
    ".title{font-weight:600}"
    "tspan{font-weight:400}"
    ".name{text-anchor:end;fill:#4b5563}"
)


def draw(results: Results) -> str:
    """A standalone SVG document."""
    panels = [_panel(results, scenario) for scenario in results.rounds]
    height = max((panel_height for _, panel_height in panels), default=0)
    rows = -(-len(panels) // COLUMNS)
    width, total = COLUMNS * (PANEL_WIDTH + MARGIN) + MARGIN, rows * (height + MARGIN) + MARGIN
    body = []
    for index, (panel, _) in enumerate(panels):
        x = MARGIN + index % COLUMNS * (PANEL_WIDTH + MARGIN)
        y = MARGIN + index // COLUMNS * (height + MARGIN)
        body.append(f'<g transform="translate({x} {y})">{panel}</g>')
    size = f'viewBox="0 0 {width} {total}" role="img" aria-label="Rates per second"'
    paper = f'<style>{STYLE}</style><rect width="100%" height="100%" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{paper}{"".join(body)}</svg>\n'


def _panel(results: Results, scenario: str) -> tuple[str, int]:
    """One scenario and its height in pixels."""
    rates = [(name, results.headline(scenario, name) or 0.0) for name in results.rounds[scenario]]
    longest = max(rate for _, rate in rates) or 1.0
    unit = "deliveries/s" if scenario == "broadcast" else "per second"
    parts = [f'<text class="title" x="0" y="14">{escape(scenario)} <tspan>({unit})</tspan></text>']
    for index, (name, rate) in enumerate(rates):
        y = PANEL_TITLE + index * (BAR + GAP)
        length = rate / longest * (PANEL_WIDTH - NAME_WIDTH - NUMBER_WIDTH)
        colour = COLOURS.get(name, "#999")
        parts.append(f'<text class="name" x="{NAME_WIDTH - 8}" y="{y + 13}">{escape(name)}</text>')
        parts.append(
            f'<rect x="{NAME_WIDTH}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2" fill="{colour}"/>'
        )
        parts.append(f'<text x="{NAME_WIDTH + length + 6:.1f}" y="{y + 13}">{rate:,.0f}</text>')
    return "".join(parts), PANEL_TITLE + len(rates) * (BAR + GAP)
