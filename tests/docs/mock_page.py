"""Writes what is to be looked up about the mock from its code: the reference page, and the table of the how-to."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, get_args, get_type_hints

from clipline.mockserver import Fault, MockOptions
from clipline.mockserver.control import CALLS, PREFIX
from clipline.mockserver.fault_words import EFFECTFUL, KINDS, MEANINGS, ONLY_AT, PHASES, ROUTES, USED_BY
from clipline.mockserver.ledger import Charge
from clipline.mockserver.requests import Recorded

__all__ = ["kinds_by_phase", "page"]

NOTE = "<!-- Written by `python -m tests.docs.pages`; change the code, not this page. -->"


def page() -> str:
    """The reference of the mock."""
    return "\n".join(
        [
            "# The mock",
            "",
            NOTE,
            "",
            "The server of `clipline mock`, of the backend `mock` and of `clipline.testing.mock_nemo`. How to use it:",
            "[test against the mock](../how-to/mock.md), [write faults](../how-to/faults.md).",
            "",
            *_options(),
            *_routes(),
            *_control(),
            *_faults(),
            *_transcript(),
        ]
    )


def _options() -> Iterator[str]:
    yield from ("## Options", "")
    yield "`--option NAME=VALUE`, again for more; arguments of `mock_nemo(…)`; the fields of `MockOptions` in"
    yield "`clipline.mockserver`."
    yield from ("", "| option | type | default | meaning |", "|---|---|---|---|")
    meanings, types = _attributes(MockOptions), get_type_hints(MockOptions)
    for field in fields(MockOptions):
        yield f"| `{field.name}` | {_type(types[field.name])} | `{field.default}` | {meanings[field.name]} |"
    yield ""


def _routes() -> Iterator[str]:
    yield from ("## Routes", "", "The names are those of faults and of the journal. Any other path answers 501.", "")
    yield from ("| route | call |", "|---|---|")
    yield from (f"| `{name}` | {_call(call)} |" for name, call in ROUTES.items())
    yield from ("", "How a finished render was made stands in the header `X-Mock-Note` of its status.", "")


def _control() -> Iterator[str]:
    yield from ("## Control", "", "Calls for tests, in JSON. They need no token and stand in no journal.", "")
    yield from ("| call | meaning |", "|---|---|")
    for (method, name), act in CALLS.items():
        yield f"| `{method} {PREFIX}{name}` | {_sentence(inspect.getdoc(act) or '')} |"
    for title, each in (("A charge of the ledger", Charge), ("A request of the journal", Recorded)):
        yield from ("", f"{title}:", "", "| value | meaning |", "|---|---|")
        shown = {name: text for name, text in _attributes(each).items() if name != "head"}
        yield from (f"| `{name}` | {text} |" for name, text in shown.items())
    yield ""


def _faults() -> Iterator[str]:
    yield from ("## Faults", "")
    yield "A file of faults (`--faults FILE`, `mock.faults`) is a JSON list of objects. Unknown words, and values that"
    yield "a fault does not use, are errors."
    yield from ("", "| key | default | meaning |", "|---|---|---|")
    for field in fields(Fault):
        text = _attributes(Fault)[field.name].replace("`ROUTES`", "[the routes](#routes)")
        text = text.replace("`PHASES`", "[the phases](#phases)").replace("`KINDS`", "[the kinds](#kinds)")
        text = text.replace("None", "null")
        default = "required" if field.name in {"route", "kind"} else f"`{_json(field.default)}`"
        yield f"| `{field.name}` | {default} | {text} |"
    yield from ("", "### Phases", "", "| phase | when |", "|---|---|")
    yield from (f"| `{name}` | {text} |" for name, text in PHASES.items())
    yield from ("", "### Kinds", "", "| kind | what happens | uses | only at |", "|---|---|---|---|")
    for kind, text in MEANINGS.items():
        yield f"| `{kind}` | {text} | {_words(_used(kind))} | {_words(ONLY_AT.get(kind, ()))} |"
    yield ""
    yield f"`effect: lost` and the phase `delay_effect` are for the routes {_words(EFFECTFUL)}."
    yield from ("", "### Kinds and phases", "", *kinds_by_phase(), "")


def kinds_by_phase() -> list[str]:
    """A table of all kinds with the phases in which they can strike."""
    head = ["| kind | " + " | ".join(f"`{phase}`" for phase in PHASES) + " |", "|---" * (len(PHASES) + 1) + "|"]
    marks: Callable[[Sequence[str]], str] = lambda phases: " | ".join("×" if p in phases else "" for p in PHASES)  # noqa: E731 - a row's cells
    return [*head, *(f"| `{kind}` | {marks(phases)} |" for kind, phases in KINDS.items())]


def _transcript() -> Iterator[str]:
    yield from ("## Transcripts", "")
    yield "`clipline probe` writes, `clipline mock --replay FILE` reads: JSON Lines in UTF-8. The first line is"
    yield '`{"clipline_transcript": 1, "base": "https://…"}`, each other one a call:'
    yield from ("", "| key | what |", "|---|---|")
    yield "| `method`, `path` | of the request; its body is not kept |"
    yield "| `status`, `headers` | of the reply; without what says something of one connection, or may be secret |"
    yield "| `body` | of the reply, as text |"
    yield ""
    yield "Tokens, ids of accounts and sessions, addresses of mail and signatures are stand-ins of the same form and"
    yield "length. A replay answers by method and path, whatever the ids in it, in the recorded order; the last reply"
    yield "of a kind is given again and again. What was never called answers 501."
    yield ""


# --- words -----------------------------------------------------------------------------------------------------------


def _attributes(described: type) -> Mapping[str, str]:
    """What a class says of each attribute in its docstring."""
    text = inspect.getdoc(described) or ""
    block = text.partition("Attributes:\n")[2].partition("\n\n")[0]
    entries = re.split(r"\n(?=    \w+: )", block)
    pairs = (re.sub(r"\s+", " ", entry).strip().partition(": ") for entry in entries)
    return {name: _sentence(meaning.replace("|", "\\|")) for name, _, meaning in pairs}


def _sentence(text: str) -> str:
    text = re.sub(r"\s+", " ", text)
    return text if text[:1] == "`" else text[:1].upper() + text[1:]


def _type(hint: Any) -> str:
    return ", ".join(f"`{word}`" for word in get_args(hint)) or {"int": "integer", "float": "number"}[hint.__name__]


def _call(call: str) -> str:
    call, _, rest = call.partition(", ")
    return f"`{call}`" + (f", {rest}" if rest else "")


def _words(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _used(kind: str) -> list[str]:
    return [name for name, (kinds, _) in USED_BY.items() if kind in kinds]


def _json(value: object) -> str:
    return {None: "null", "": '""'}.get(value, str(value))  # type: ignore[call-overload]  # every default is hashable
