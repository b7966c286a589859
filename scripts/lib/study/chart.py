# SPDX-License-Identifier: Apache-2.0
"""Line charts as SVG that is readable in light and dark, the same to the byte from the same numbers.

Colours that can be told apart by most who see colours otherwise (Okabe and Ito), and a shape of its own
for the points of each line. The picture follows the reader's theme by prefers-color-scheme.
"""
import dataclasses
import math
from xml.sax.saxutils import escape

WIDTH = 760
LEFT, RIGHT = 66, 26
PLOT_HEIGHT = 230
ROW = 18            # of the legend
LETTER = 6.6        # width of one in 12 px, the mean of what is wide

STYLE = """svg.chart{font:12px system-ui,'DejaVu Sans',sans-serif}
.back{fill:#fff}.chart text{fill:#1b1f24}.chart .soft{fill:#57606a}.strong{font-weight:600}
.grid{stroke:#e1e5ea}.axis{stroke:#57606a}.rule{stroke:#57606a;stroke-dasharray:2 3}
.chart path{fill:none;stroke-width:2;stroke-linejoin:round}.chart .dashed{stroke-dasharray:6 4}
.chart .grid,.chart .axis,.chart .rule{stroke-width:1}
.c0{fill:#0072b2}.l0{stroke:#0072b2}.c1{fill:#d55e00}.l1{stroke:#d55e00}.c2{fill:#009e73}.l2{stroke:#009e73}
.c3{fill:#aa4499}.l3{stroke:#aa4499}.c4{fill:#b8860b}.l4{stroke:#b8860b}.c5{fill:#5b5b5b}.l5{stroke:#5b5b5b}
@media(prefers-color-scheme:dark){
.back{fill:#0d1117}.chart text{fill:#e6edf3}.chart .soft{fill:#9aa4b0}
.grid{stroke:#2a313a}.axis{stroke:#9aa4b0}.rule{stroke:#9aa4b0}
.c0{fill:#56b4e9}.l0{stroke:#56b4e9}.c1{fill:#ff8c42}.l1{stroke:#ff8c42}.c2{fill:#2fc99a}.l2{stroke:#2fc99a}
.c3{fill:#e08ad8}.l3{stroke:#e08ad8}.c4{fill:#e0b040}.l4{stroke:#e0b040}.c5{fill:#b0b0b0}.l5{stroke:#b0b0b0}
}"""


@dataclasses.dataclass
class Axis:
    """`kind` linear, log, or names: positions 0, 1, 2 ... called by `names`. `ticks` None: round numbers."""
    label: str
    kind: str = "linear"
    low: float = None
    high: float = None
    ticks: list = None
    names: list = None

    def fit(self, values):
        if self.kind == "names":
            self.low, self.high = -0.3, len(self.names) - 0.7
            self.ticks = list(range(len(self.names)))
            return
        if not values:
            values = [1]
        self.low = (min(values) if self.kind == "log" else 0) if self.low is None else self.low
        self.high = (max(values) * (1.15 if self.kind == "log" else 1.08)) if self.high is None else self.high
        if self.ticks is None:
            self.ticks = decades(self.low, self.high) if self.kind == "log" else steps(self.low, self.high)

    def place(self, value):
        """From 0 to 1."""
        if self.kind == "log":
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def text(self, tick):
        if self.kind == "names":
            return self.names[tick]
        return f"{tick:,.6f}".rstrip("0").rstrip(".")


@dataclasses.dataclass
class Line:
    """Points (x, y), left out where y is None."""
    label: str
    points: list
    colour: int = 0
    dashed: bool = False
    marks: bool = True


@dataclasses.dataclass
class Panel:
    """`rules`: (y, words) of dotted lines. `legend` False: the one above is this one's too."""
    title: str
    x: Axis
    y: Axis
    lines: list
    rules: list = dataclasses.field(default_factory=list)
    legend: bool = True


def steps(low, high):
    raw = (high - low) / 5
    size = 10 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [index * step for index in range(first, math.floor(high / step + 1e-9) + 1)]


def decades(low, high):
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    many = math.log10(high / low) > 2.5
    found = [factor * 10.0 ** exponent for exponent in exponents for factor in ((1,) if many else (1, 2, 5))]
    return [value for value in found if low * 0.999 <= value <= high * 1.001]


def at(value):
    return f"{value:.1f}"


def mark(x, y, colour):
    """A shape for each colour: circle, square, triangle, diamond, triangle on its head, cross-like bar."""
    sides = {1: [(-4, -4), (4, -4), (4, 4), (-4, 4)], 2: [(0, -5), (5, 4), (-5, 4)],
             3: [(0, -6), (6, 0), (0, 6), (-6, 0)], 4: [(0, 5), (5, -4), (-5, -4)],
             5: [(-5, -2.5), (5, -2.5), (5, 2.5), (-5, 2.5)]}
    if colour == 0:
        return f'<circle cx="{at(x)}" cy="{at(y)}" r="4" class="c0"/>'
    corners = " ".join(f"{at(x + dx)},{at(y + dy)}" for dx, dy in sides[colour])
    return f'<polygon points="{corners}" class="c{colour}"/>'


def text(x, y, words, name="", anchor="start", turn=""):
    return (f'<text x="{at(x)}" y="{at(y)}" text-anchor="{anchor}" class="{name}"{turn}>'
            f"{escape(words)}</text>")


def legend(lines, top):
    """(SVG, height): as many in a row as there is room for."""
    found, x, y = [], float(LEFT), top
    for line in lines:
        width = 30 + LETTER * len(line.label) + 14
        if x > LEFT and x + width > WIDTH - RIGHT:
            x, y = float(LEFT), y + ROW
        dashed = " dashed" if line.dashed else ""
        found.append(f'<path d="M{at(x)},{at(y)}H{at(x + 24)}" class="l{line.colour}{dashed}"/>')
        if line.marks:
            found.append(mark(x + 12, y, line.colour))
        found.append(text(x + 30, y + 4, line.label))
        x += width
    return found, y - top + ROW


def draw_axes(panel, top, right, bottom):
    found = []
    for tick in panel.y.ticks:
        y = bottom - panel.y.place(tick) * PLOT_HEIGHT
        found.append(f'<path d="M{LEFT},{at(y)}H{right}" class="grid"/>')
        found.append(text(LEFT - 6, y + 4, panel.y.text(tick), "soft", "end"))
    for tick in panel.x.ticks:
        x = LEFT + panel.x.place(tick) * (right - LEFT)
        found.append(f'<path d="M{at(x)},{at(bottom)}v4" class="axis"/>')
        found.append(text(x, bottom + 18, panel.x.text(tick), "soft", "middle"))
    found.append(f'<path d="M{LEFT},{at(bottom)}H{right}" class="axis"/>')
    found.append(text((LEFT + right) / 2, bottom + 36, panel.x.label, "soft", "middle"))
    middle = top + PLOT_HEIGHT / 2
    turn = f' transform="rotate(-90 14 {at(middle)})"'
    found.append(text(14, middle, panel.y.label, "soft", "middle", turn))
    return found


def draw_panel(panel, top):
    """(SVG, height) of a panel whose upper edge is at `top`."""
    found = [text(LEFT, top + 14, panel.title, "strong")]
    y = top + 26
    if panel.legend:
        shown, height = legend(panel.lines, y + 6)
        found += shown
        y += height + 2
    plot_top, right, bottom = y + 6, WIDTH - RIGHT, y + 6 + PLOT_HEIGHT
    points = [point for line in panel.lines for point in line.points if point[1] is not None]
    panel.x.fit([x for x, _ in points])
    panel.y.fit([y for _, y in points] + [y for y, _ in panel.rules])
    found += draw_axes(panel, plot_top, right, bottom)

    def place(point):
        return (LEFT + panel.x.place(point[0]) * (right - LEFT),
                bottom - panel.y.place(point[1]) * PLOT_HEIGHT)

    for value, words in panel.rules:
        _, y = place((panel.x.ticks[0], value))
        found.append(f'<path d="M{LEFT},{at(y)}H{right}" class="rule"/>')
        found.append(text(right - 4, y - 5, words, "soft", "end"))
    for line in panel.lines:
        places = [place(point) for point in line.points if point[1] is not None]
        if not places:
            continue
        way = "L".join(f"{at(x)},{at(y)}" for x, y in places)
        found.append(f'<path d="M{way}" class="l{line.colour}{" dashed" if line.dashed else ""}"/>')
        if line.marks:
            found += [mark(x, y, line.colour) for x, y in places]
    return found, bottom + 46 - top


def draw(title, panels):
    """The SVG of panels below each other; `title` is for those who cannot see it."""
    found, top = [], 8.0
    for panel in panels:
        shown, height = draw_panel(panel, top)
        found += shown
        top += height + 10
    size = f'width="{WIDTH}" height="{at(top)}" viewBox="0 0 {WIDTH} {at(top)}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" {size} role="img"'
    return "\n".join([f'{head} aria-label="{escape(title, {chr(34): "&quot;"})}">', f"<style>{STYLE}</style>",
                      '<rect width="100%" height="100%" class="back"/>', *found, "</svg>", ""])
