"""Writes what follows from the code into docs/: whole pages of the reference, and tables of other pages.

`python -m tests.docs.pages` writes it; a test holds it up to date. A table stands between `<!-- table: NAME -->` and
`<!-- end -->`.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.contract_surface import PUBLIC
from tests.docs import mock_page

from clipline.app import load_plugins
from clipline.builtin.stages import KINDS
from clipline.events import EVENT_TYPES
from clipline.hookspecs import BackendSpecs, LifeCycleSpecs, RegistrationSpecs, StageSpecs
from clipline.pipeline.filters import FILTERS
from clipline.settings import Settings
from clipline.stage import Backend
from clipline.timeline import OPERATIONS_SCHEMA
from clipline.timeline.subjects import OBJECTS, WHO_SCHEMA

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs/reference"
NOTE = "<!-- Written by `python -m tests.docs.pages`; change the code, not this page. -->"


# --- expressions -----------------------------------------------------------------------------------------------------


def expressions() -> str:
    rows = [
        f"| `{_cell(each.usage)}` | {each.meaning} | `{_cell(each.example)}` → `{_cell(each.result)}` |"
        for each in FILTERS.values()
    ]
    table = "\n".join(rows)
    return f"""# Expressions

{NOTE}

A value may hold `${{{{ … }}}}`. A value that is one expression and nothing else keeps its type: `"${{{{ inputs.frames
}}}}"` is a number. With text around it, it becomes text. Quote it in YAML. A literal `${{{{` is written `$${{{{`.
`if:` takes an expression with or without `${{{{ }}}}`.

An unknown name is an error when the file is checked, not an empty text when it runs. Nothing is handed to a shell.

## Values and operators

Texts in quotes, numbers, `true`, `false`, `null`, lists `[a, b]`, `.name`, `[0]`; `+` for two texts, numbers or lists;
`== != < <= > >= in`, `not and or`, `a if c else b`. `|` binds looser than `+` and tighter than comparisons; `+` and
`|` together need parentheses. There are no calls but filters.

## Names

| name | what |
|---|---|
| `inputs.NAME` | an input |
| `env.NAME` | an environment variable that the file declares under `env:` |
| `secrets.NAME` | only in options that are secret |
| `run.id`, `run.name`, `run.started`, `run.dir`, `run.backend` | this run |
| `run.status`, `run.error` | how it went, in `finally` and `on_failure`; `run.status` in any `if:` too |
| `stages.ID.ok`, `.status`, `.error` | how an earlier stage went |
| `stages.ID.outputs.NAME`, `.files` | what it left; `.files` are the paths of the files it made |
| `stages.LOOP.items` | of a `for_each`: a list of `{{ok, outputs}}` |
| `item`, or the name after `as:`; `loop.index` | in a `for_each`: the item, and its number from 0 |

A stage sees its earlier siblings and the earlier siblings of all that it stands in. In `parallel`, siblings do not see
each other.

## Filters

`value | filter` or `value | filter(argument)`.

| filter | what it gives | example |
|---|---|---|
{table}
"""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


# --- the file --------------------------------------------------------------------------------------------------------


def kinds() -> str:
    plugins = load_plugins(Settings.load(environ={}))
    lines = ["# Stage kinds", "", NOTE, ""]
    lines += ["What may stand in `with:` of the kinds that clipline ships, and what they leave for later stages.", ""]
    for kind in KINDS:
        info = plugins.vocabulary.kinds[kind.name]
        lines += [f"## {kind.name}", "", kind.summary, ""]
        lines += _table("option", info.options)
        if kind.options.get("x-clipline-checks"):
            for name in BUILT_IN_CHECKS:
                check = plugins.offers.verify_checks[name]
                lines += [f"### The check `{name}`", "", check.summary, "", *_table("wanted", check.wanted)]
        lines += _table("output", info.outputs)
    lines += ["## Operations", "", "What `edit` takes as data, in `operations: [...]`, in their order.", ""]
    lines += ["| operation | values |", "|---|---|"]
    for form in OPERATIONS_SCHEMA["items"]["anyOf"]:
        name, *others = form["properties"]
        lines.append(f"| `{name}` | {_type(form['properties'][name])}{''.join(map(_also(form), others))} |")
    lines += ["", *_who_or_what(), "## Parts that lists name", ""]
    for title, parts in (
        ("Post-export steps", plugins.offers.post_export_steps),
        ("Channels of `notify`", plugins.offers.channels),
    ):
        lines += [f"### {title}", ""]
        for part in sorted(parts.values(), key=lambda part: part.name):
            if part.name in BUILT_IN_PARTS:
                lines += [f"#### {part.name}", "", part.summary, "", *_table("option", part.options)]
    lines += _blocks(plugins.offers.backends)
    return "\n".join(lines).rstrip() + "\n"


#: What says which ones of a kind are meant.
_SOME = {
    "object": "The kind; `object` is whatever is in the `box` or at the `point`.",
    "which": "How they are put in a row; without it all of them are meant.",
    "nth": "With which of the row it begins; 1 where nothing is said.",
    "count": "How many of the row; 1 where nothing is said. Without `which`: how many there must be.",
    "box": "Left, top, width and height of a rectangle that the one thing fills, in pixels or like `25%`.",
    "point": "A place on the one thing.",
    "at": "When it is there, or when the row is looked at: a time in the source, or `start` or `end` of what is shown.",
    "except": "All but these, of the same kind.",
}


def _who_or_what() -> list[str]:
    words, row = WHO_SCHEMA["anyOf"]
    things = [f"`{name}`" for name in words["enum"]]
    return [
        "### Who or what",
        "",
        f"A word: {', '.join(things)}.",
        "",
        "Or some of them:",
        "",
        "| key | values | meaning |",
        "|---|---|---|",
        *(f"| `{name}` | {_type(schema)} | {_SOME[name]} |" for name, schema in row["properties"].items()),
        "",
        "```yaml",
        "- remove: dog",
        "- blur: {object: person, which: left, count: 2}",
        "- isolate: {object: person, except: foreground}",
        "- isolate: [people, {object: dog, which: largest}]",
        "- remove: {object: object, box: [10%, 20%, 15%, 30%]}",
        "```",
        "",
    ]


def _blocks(backends: Mapping[str, Backend]) -> list[str]:
    lines = ["## Blocks of backends", ""]
    lines += [
        "`with:` may hold a block of a backend's name, like `{nemo: {session: …}}`. Other backends do not read it.",
        "",
    ]
    lines += ["| backend | option | stages | type | meaning |", "|---|---|---|---|---|"]
    for name in BUILT_IN_BACKENDS:
        found: dict[tuple[str, str, str], list[str]] = {}
        for kind, schema in backends[name].options.items():
            for option, each in schema["properties"].items():
                found.setdefault((option, _type(each), each.get("description", "")), []).append(f"`{kind}`")
        lines += [f"| `{name}` | `{o}` | {', '.join(where)} | {t} | {text} |" for (o, t, text), where in found.items()]
    return [*lines, ""]


#: Other packages may be installed where this runs; the page is about clipline's own.
BUILT_IN_PARTS = {"command", "console", "email", "file", "webhook"}
BUILT_IN_CHECKS = ("timeline", "media")
BUILT_IN_BACKENDS = ("local", "nemo", "mock")


def _also(form: Mapping[str, Any]) -> Callable[[str], str]:
    return lambda name: f"; `{name}`: {_type(form['properties'][name])}"


def _table(what: str, schema: Mapping[str, Any]) -> list[str]:
    properties = schema.get("properties", {})
    if not properties:
        return [f"No {what}s.", ""]
    required = schema.get("required", ())
    rows = [
        f"| `{name}` | {_check(name) or _type(each)} | {each.get('description', '')}"
        f"{' Required.' if name in required else ''}{_default(each)} |"
        for name, each in properties.items()
    ]
    return [f"| {what} | type | meaning |", "|---|---|---|", *rows, ""]


def _check(name: str) -> str:
    return f"see [the check](#the-check-{name})" if name in BUILT_IN_CHECKS else ""


def _default(schema: Mapping[str, Any]) -> str:
    return f" Default: `{schema['default']}`." if schema.get("default") not in (None, [], "") else ""


def _named_type(schema: Mapping[str, Any]) -> str:
    """What has a name of its own on the page, or in people's heads."""
    if schema == WHO_SCHEMA:
        return "[who or what](#who-or-what)"
    if schema.get("items") == OPERATIONS_SCHEMA["items"]:
        return "list of [operations](#operations)"
    if schema.get("enum") == list(OBJECTS):
        return "a word"
    if schema.get("type") == ["string", "number"]:
        return "duration"
    if "anyOf" in schema and set(_SOME) & set(schema["anyOf"][-1].get("properties", ())):
        return "a word of `which`, or a mapping of it"
    return ""


def _type(schema: Mapping[str, Any]) -> str:
    if named := _named_type(schema):
        return named
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if list(schema.get("properties", ())) == ["warn", "fail"]:
        return "{`warn`, `fail`}"  # each of the same type
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(each) for each in schema["anyOf"]))
    if "x-clipline-post-export" in schema or "x-clipline-channels" in schema:
        return "list of names, or `{name: options}`"
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {})) or 'values'}"
    if schema.get("type") == "object":
        inner = schema.get("properties", {})
        return "{" + ", ".join(f"`{name}`: {_type(each)}" for name, each in inner.items()) + "}" if inner else "mapping"
    if "format" in schema:
        return str(schema["format"])
    kind = schema.get("type", "any")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


# --- hooks -----------------------------------------------------------------------------------------------------------


#: A plugin that implements every hook once; each is shown beside its hook.
EXAMPLE = FOLDER / "examples/every_hook.py"

_SPECIFICATIONS = {
    "Registration": RegistrationSpecs,
    "Life cycle": LifeCycleSpecs,
    "A backend's own": BackendSpecs,
    "Stage kinds": StageSpecs,
}


def _functions(specs: type) -> Iterator[tuple[str, Callable[..., object]]]:
    return ((name, value) for name, value in vars(specs).items() if hasattr(value, "clipline_spec"))


#: Every hook by its name.
HOOKS = {name: function for specs in _SPECIFICATIONS.values() for name, function in _functions(specs)}


def _home(name: str) -> type:
    """The class of specifications that a hook stands in; stage kinds are the last."""
    return next((specs for specs in _SPECIFICATIONS.values() if hasattr(specs, name)), StageSpecs)


def hooks() -> str:
    lines = ["# Hooks", "", NOTE, ""]
    lines += [
        "A plugin is a module or an object with functions marked `@hookimpl` (from `clipline.stage`), named in the",
        'entry-point group `clipline` of its package. It states `clipline_api = "1"`. An implementation may take fewer',
        "arguments than the hook has. `self` is left out in a module. The examples are parts of",
        "[one plugin that implements every hook](examples/every_hook.py).",
        "",
    ]
    examples = _examples()
    for title, specs in _SPECIFICATIONS.items():
        lines += [f"## {title}", "", inspect.cleandoc(specs.__doc__ or ""), ""]
        for name, function in HOOKS.items():
            if _home(name) is specs:
                lines += _hook(name, function, examples)
    lines += ["## Events", "", "What `event` is called with, `on_event` gets and `runs logs` prints.", ""]
    lines += ["| type | data |", "|---|---|", *(f"| `{name}` | {data} |" for name, data in EVENT_TYPES.items())]
    return "\n".join(lines).rstrip() + "\n"


def _hook(name: str, function: Callable[..., object], examples: Mapping[str, str]) -> list[str]:
    if name not in examples:
        raise LookupError(f"{EXAMPLE.name} does not show the hook {name!r}")
    signature = str(inspect.signature(function)).replace("'", "").replace("(self, ", "(").replace("(self)", "()")
    told = inspect.cleandoc(function.__doc__ or "")
    return [
        f"### {name}",
        "",
        "```",
        f"{name}{signature}",
        "```",
        "",
        told,
        "",
        "<!-- shown -->",
        "```python",
        examples[name],
        "```",
        "",
    ]


def _examples() -> dict[str, str]:
    """By the hook, the source of the example; of what a registration hook describes, the function too."""
    text = EXAMPLE.read_text("utf-8")
    functions = {node.name: node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
    found = {}
    for name, node in functions.items():
        if node.decorator_list:
            used = [each.id for each in ast.walk(node) if isinstance(each, ast.Name) and each.id in functions]
            parts = [node, *(functions[each] for each in dict.fromkeys(used) if not functions[each].decorator_list)]
            found[name] = "\n\n\n".join(_source(text, part) for part in parts)
    return found


def _source(text: str, node: ast.FunctionDef) -> str:
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    return textwrap.dedent("\n".join(text.splitlines()[first - 1 : node.end_lineno]))


PAGES: Mapping[str, Callable[[], str]] = {
    "expressions.md": expressions,
    "stages.md": kinds,
    "hooks.md": hooks,
    "mock.md": mock_page.page,
}

# --- tables ----------------------------------------------------------------------------------------------------------


def public_modules() -> list[str]:
    """The modules whose names are promised, each with what it is for."""
    told = [(name, (importlib.import_module(name).__doc__ or "").strip().partition("\n")[0]) for name in PUBLIC]
    return ["| module | what |", "|---|---|", *(f"| `{name}` | {words} |" for name, words in told)]


TABLES: Mapping[str, Callable[[], list[str]]] = {
    "kinds and phases of faults": mock_page.kinds_by_phase,
    "public modules": public_modules,
}
_TABLE = re.compile(r"(<!-- table: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def with_tables(text: str) -> str:
    """A page with each of its tables as the code says."""
    return _TABLE.sub(lambda match: match[1] + "\n" + "\n".join(TABLES[match[2]]()) + "\n\n" + match[3], text)


def with_table_pages() -> list[Path]:
    """The pages that hold a table."""
    return [path for path in sorted((ROOT / "docs").glob("**/*.md")) if "<!-- table: " in path.read_text("utf-8")]


if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), "utf-8")
    for path in with_table_pages():
        path.write_text(with_tables(path.read_text("utf-8")), "utf-8")
