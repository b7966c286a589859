# SPDX-License-Identifier: Apache-2.0
"""Numbers, tables and sentences of a study, and the places in its document where they stand."""
import dataclasses
import re
import textwrap

from study.runs import StudyError


@dataclasses.dataclass
class Findings:
    """What a study has found. Each of `blocks` replaces what stands between its markers in the document."""
    summary: str
    figure: object
    blocks: dict


class Claims:
    """Sentences that the runs must bear out: a study ends with an error where they do not any more."""

    def __init__(self, study):
        self.study = study

    def that(self, holds, sentence):
        if not holds:
            raise StudyError(f"docs/studies/{self.study}.md: the runs do not bear out: {sentence}")
        return sentence


def number(value, digits=3):
    """With so many significant digits at least, no exponent, commas between thousands."""
    if value == 0:
        return "0"
    text = f"{float(f'{value:.{digits}g}'):,.10f}".rstrip("0").rstrip(".")
    return text


def fixed(value, places=0):
    return f"{value:,.{places}f}"


def percent(share, places=0):
    return f"{100 * share:.{places}f} %"


def table(header, rows, left=1):
    """Markdown; the first `left` columns stand left, the others right."""
    marks = ["---" if column < left else "---:" for column in range(len(header))]
    lines = [header, *rows]
    if any(len(row) != len(header) for row in rows):
        raise StudyError(f"a row of the table {header} has not as many columns as its header")
    text = ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]
    return "\n".join([text[0], "|" + "|".join(marks) + "|", *text[1:]])


def listed(words):
    """a, b and c."""
    words = [str(word) for word in words]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def bullets(parts):
    """A list in Markdown, in lines that can be compared."""
    return "\n".join(textwrap.fill(f"* {part}", 140, subsequent_indent="  ", break_long_words=False,
                                   break_on_hyphens=False) for part in parts)


def replace_blocks(name, text, blocks):
    """`text` with each block between `<!-- begin X -->` and `<!-- end X -->`; both must be there, once."""
    for block, content in blocks.items():
        pattern = re.compile(rf"(<!-- begin {block} -->\n).*?(<!-- end {block} -->)", re.DOTALL)
        text, count = pattern.subn(lambda found, new=content: f"{found[1]}{new.strip()}\n{found[2]}", text)
        if count != 1:
            raise StudyError(f"{name}: {count} places from <!-- begin {block} --> to <!-- end {block} -->,"
                             " there must be one")
    unknown = set(re.findall(r"<!-- begin (\w+) -->", text)) - set(blocks)
    if unknown:
        raise StudyError(f"{name}: nothing is there for <!-- begin {sorted(unknown)[0]} -->")
    return text


def title(text):
    """The first heading of a document."""
    found = re.match(r"# (.+)\n", text)
    if not found:
        raise StudyError("a study's document begins with its title: # ...")
    return found[1]
