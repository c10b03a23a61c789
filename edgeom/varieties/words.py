"""How a kind of variety is written in words, and read: one template for both directions.

A template is text with the arguments of the constructor in braces: `matrices {rows}x{cols} rank
{rank}`. What follows a colon is the separator of a list, as in `{dims:x}`; of a flag it is the word
that stands there when it is set. Nothing that is read is evaluated: integers are digits, and texts
of equations go to the grammar of :mod:`edgeom.text`.
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import Any

from edgeom.errors import InputError
from edgeom.plain import Form

__all__ = ["Words"]

PLACE = re.compile(r"\{(\w+)(?::([^}]*))?\}")
INTEGER = "[0-9]{1,9}"
MATRICES = list[list[list[float]]]
SIGNS = {"x": " ?[x×] ?", "->": " ?(?:->|↦) ?", "(": r" ?\( ?", ")": r" ?\)"}


class Words:
    """A template, with the forms of its arguments.

    Parameters
    ----------
    template : str
    forms : dict
        int, bool, list[int], list[list[int]], list[str] or, for matrices as JSON writes them,
        list[list[list[float]]] for each argument.

    Examples
    --------
    >>> words = Words("matrices {rows}x{cols} rank {rank}", {"rows": int, "cols": int, "rank": int})
    >>> words.read("matrices 3×4 rank 2"), words.shown
    ({'rows': 3, 'cols': 4, 'rank': 2}, 'matrices ROWSxCOLS rank RANK')
    """

    def __init__(self, template: str, forms: dict[str, Form]) -> None:
        self.template, self.forms = template, forms

    @property
    def first(self) -> str:
        """The word that tells the kind."""
        return PLACE.sub("", self.template).split()[0]

    @property
    def shown(self) -> str:
        """The template as it is shown to people."""

        def name(place: re.Match[str]) -> str:
            return f"[{place[2].strip()}] " if self.forms[place[1]] is bool else place[1].upper()

        return PLACE.sub(name, self.template)

    def write(self, values: dict[str, Any]) -> str:
        """Return the text with these arguments."""

        def written(place: re.Match[str]) -> str:
            if self.forms[place[1]] == MATRICES:
                return json.dumps(values[place[1]], separators=(",", ":"))
            return self._written(values[place[1]], place[2] or "")

        return " ".join(PLACE.sub(written, self.template).split())

    def _written(self, value: Any, separator: str) -> str:
        if isinstance(value, bool):
            return separator if value else ""
        if isinstance(value, list | tuple):
            inner = "," if separator != "," else " "
            return separator.join(self._written(item, inner) for item in value)
        return str(value).replace("**", "^")

    def read(self, text: str) -> dict[str, Any] | None:
        """Return the arguments that a text has, None if it is not of this kind's form."""
        found = self._pattern.fullmatch(" ".join(text.split()))
        if found is None:
            return None
        values = {}
        for name, separator in PLACE.findall(self.template):
            values[name] = self._value(found[name], self.forms[name], separator)
        return values

    def _value(self, text: str | None, form: Form, separator: str) -> Any:
        if form is bool:
            return text is not None
        assert text is not None
        if form is int:
            return int(text)
        if form == list[str]:
            between = r"[,;\s]" if separator == "," else "[,;]"
            return [part.strip() for part in re.split(between, text) if part.strip()]
        if form == list[int]:
            return [int(number) for number in re.findall(INTEGER, text)]
        if form == MATRICES:
            try:
                return json.loads(text)
            except ValueError:
                raise InputError(
                    f"matrices are written as lists of lists, got {text:.80}"
                ) from None
        rows = text.split(separator.strip())
        return [[int(number) for number in re.findall(INTEGER, row)] for row in rows]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """What a text of this form matches; an argument that is named twice is the same twice."""
        pieces: list[str] = []
        seen: set[str] = set()
        end = 0
        for place in PLACE.finditer(self.template):
            pieces.append(self._fixed(self.template[end : place.start()]))
            name, separator = place[1], place[2] or ""
            pieces.append(f"(?P={name})" if name in seen else self._free(name, separator))
            seen.add(name)
            end = place.end()
        pieces.append(self._fixed(self.template[end:]))
        return re.compile("".join(pieces), re.DOTALL)

    def _free(self, name: str, separator: str) -> str:
        form = self.forms[name]
        if form is bool:
            return f"(?P<{name}>{re.escape(separator)})?"
        if form == list[str]:
            return f"(?P<{name}>.+)"
        if form == MATRICES:
            return rf"(?P<{name}>\[[-+\[\],. 0-9eE]*\])"
        between = SIGNS.get(separator, f" ?{re.escape(separator.strip() or ',')} ?")
        if form == list[list[int]]:
            row = f"{INTEGER}(?: ?, ?{INTEGER})*"
            return f"(?P<{name}>{row}(?:{between}{row})*)"
        if form == list[int]:
            return f"(?P<{name}>{INTEGER}(?:{between}{INTEGER})*)"
        if form is not int:
            raise InputError(f"the argument {name} of a variety has no form in words")
        return f"(?P<{name}>{INTEGER})"

    def _fixed(self, text: str) -> str:
        parts = re.findall(r" ?->|[()]|[^\s()]+| (?![-(])", text)
        return "".join(SIGNS.get(part.strip()) or re.escape(part) for part in parts)
