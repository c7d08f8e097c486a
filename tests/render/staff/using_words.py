"""Using words: which keys templates and code say, with which facts; which fields and refusals they name."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

from jinja2 import nodes

from monitor.render.staff.template import environment

ROOT = Path(__file__).parents[3]
TEMPLATES = ROOT / "monitor" / "render" / "staff" / "templates"
WORDS = ROOT / "monitor" / "render" / "staff" / "words"
OF_PAGES = ("monitor/render/staff", "monitor/web/staff")
FACTS_APART = {"sentence", "next_step", "problems", "code"}


class Said(NamedTuple):
    """One place where something is said. `key` holds `*` for what is put in; `facts` is None where that is unknown."""

    where: str
    key: str
    is_count: bool
    facts: frozenset[str] | None


# --- Templates ------------------------------------------------------------------------------------------


@cache
def said_in_templates() -> Sequence[Said]:
    return [said for path in sorted(TEMPLATES.glob("**/*.html")) for said in _said_in(path)]


def _said_in(path: Path) -> Iterator[Said]:
    tree = environment().parse(path.read_text(encoding="utf-8"))
    for call in tree.find_all(nodes.Call):
        how = _name_of(call.node)
        if how in {"say", "count"} and call.args:
            facts = None if call.dyn_kwargs else frozenset(one.key for one in call.kwargs)
            for key in _keys(call.args[0]):
                yield Said(f"{path.name}:{call.lineno}", key, how == "count", facts)


def _name_of(node: nodes.Node) -> str:
    match node:
        case nodes.Name(name="say"):
            return "say"
        case nodes.Getattr(attr="say"):
            return "say"
        case nodes.Getattr(attr="count", node=inner) if _name_of(inner) == "say":
            return "count"
        case _:
            return ""


def _keys(node: nodes.Node) -> list[str]:
    """Every key that an expression may become; what is only known when it runs is a `*`."""
    match node:
        case nodes.Const(value=str(value)):
            return [value]
        case nodes.Concat(nodes=parts):
            return _combine([_keys(part) for part in parts])
        case nodes.Add(left=left, right=right):
            return _combine([_keys(left), _keys(right)])
        case nodes.CondExpr(expr1=first, expr2=second):
            return [*_keys(first), *(_keys(second) if second else [])]
        case nodes.Getitem(node=nodes.Dict(items=pairs)):
            return [key for pair in pairs for key in _keys(pair.value)]
        case _:
            return ["*"]


def _combine(parts: Sequence[Sequence[str]]) -> list[str]:
    found = [""]
    for some in parts:
        found = [before + after for before in found for after in some]
    return found


# --- Code -----------------------------------------------------------------------------------------------


@cache
def sources() -> Mapping[str, ast.Module]:
    """The code of the three storeys by path, without the words themselves."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for storey in ("monitor", "schedules", "db")
        for path in sorted((ROOT / storey).glob("**/*.py"))
        if WORDS not in path.parents
    }


@cache
def said_in_code() -> Sequence[Said]:
    return [
        Said(f"{path}:{call.lineno}", key, how == "count", _facts_of(call))
        for path, tree in sources().items()
        if path.startswith(OF_PAGES)
        for call in calls_in(tree)
        if (how := _how(call.func)) and call.args
        for key in keys_of(call.args[0])
    ]


def calls_in(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _how(func: ast.expr) -> str:
    match func:
        case ast.Name(id="say") | ast.Attribute(attr="say"):
            return "say"
        case ast.Attribute(attr="count", value=ast.Name(id="say") | ast.Attribute(attr="say")):
            return "count"
        case _:
            return ""


def keys_of(node: ast.expr) -> list[str]:
    match node:
        case ast.Constant(value=str(value)):
            return [value]
        case ast.JoinedStr(values=parts):
            return _combine([[part.value] if isinstance(part, ast.Constant) else ["*"] for part in parts])  # type: ignore[list-item]
        case ast.IfExp(body=first, orelse=second):
            return [*keys_of(first), *keys_of(second)]
        case _:
            return ["*"]


def _facts_of(call: ast.Call) -> frozenset[str] | None:
    if any(word.arg is None for word in call.keywords):
        return None
    return frozenset(word.arg for word in call.keywords if word.arg)


@cache
def texts() -> frozenset[str]:
    """Every short text that stands in code or in a template: a key may be handed about before it is said."""
    in_code = {
        node.value
        for tree in sources().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    in_templates = {
        node.value
        for path in TEMPLATES.glob("**/*.html")
        for node in environment().parse(path.read_text(encoding="utf-8")).find_all(nodes.Const)
        if isinstance(node.value, str)
    }
    return frozenset(in_code | in_templates)


@cache
def patterns() -> Sequence[tuple[str, str]]:
    """What stands before and after what is put into a key, such as `state-` and nothing."""
    in_code = {
        key
        for path, tree in sources().items()
        if path.startswith(OF_PAGES)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for key in keys_of(node)
    }
    found = {*in_code, *(said.key for said in (*said_in_templates(), *said_in_code()))}
    return sorted({(before, after) for key in found for before, star, after in [key.partition("*")] if star})


def is_said(key: str) -> bool:
    """Whether something says it, or could: it stands somewhere as it is, or is put together from what stands there."""
    for one in (key, key.removesuffix("-one")):
        if one in texts():
            return True
        for before, after in patterns():
            ends = after.partition("*")[2] if "*" in after else after
            if not (one.startswith(before) and one.endswith(ends)) or len(one) <= len(before) + len(ends):
                continue
            if before:
                return True
            if ends and one.removesuffix(ends) in texts():
                return True
    return False


# --- Fields and refusals ----------------------------------------------------------------------------------


def complaints() -> Iterator[tuple[str, str, str, frozenset[str] | None]]:
    """Where, the field, the trouble and its facts of each `complain(…)` whose words stand there."""
    for path, tree in sources().items():
        for call in calls_in(tree):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "complain" and len(call.args) == 2:
                field, code = (keys_of(one)[0] for one in call.args)
                yield f"{path}:{call.lineno}", field, code, _facts_of(call)


FIELD_READERS = {"line", "text", "day", "hour", "number", "choice"}


def fields_read() -> Iterator[tuple[str, str]]:
    """Where, and the name, of each field that a form is asked for in a way that may complain of it."""
    for path, tree in sources().items():
        if not path.startswith("monitor/web/staff"):
            continue
        for call in calls_in(tree):
            if not (isinstance(call.func, ast.Attribute) and call.func.attr in FIELD_READERS and call.args):
                continue
            if _ends_in_form(call.func.value):
                for name in keys_of(call.args[0]):
                    if "*" not in name:
                        yield f"{path}:{call.lineno}", name


def _ends_in_form(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id == "form") or (
        isinstance(node, ast.Attribute) and node.attr == "form"
    )


def refusals() -> Iterator[tuple[str, str, frozenset[str] | None]]:
    """Where, the code and the facts of every refusal that carries one and that a page of the staff could meet.

    Without NotFound: whatever it was about, the page says that there is no such page.
    """
    for path, tree in sources().items():
        if path not in reached_by_pages():
            continue
        for call in calls_in(tree):
            if isinstance(call.func, ast.Name) and call.func.id == "NotFound":
                continue
            codes = [word.value for word in call.keywords if word.arg == "code"]
            for code in codes:
                if isinstance(code, ast.Constant) and isinstance(code.value, str) and code.value:
                    facts = _facts_of(call)
                    yield f"{path}:{call.lineno}", code.value, facts and facts - FACTS_APART


@cache
def reached_by_pages() -> frozenset[str]:
    """The modules that the staff pages import, and those that these import in turn."""
    known = sources()
    reached = {path for path in known if path.startswith("monitor/web/staff")}
    waiting = list(reached)
    while waiting:
        for name in _imports(known[waiting.pop()]):
            for path in (f"{name.replace('.', '/')}.py", f"{name.replace('.', '/')}/__init__.py"):
                if path in known and path not in reached:
                    reached.add(path)
                    waiting.append(path)
    return frozenset(reached)


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (one.name for one in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module
                yield from (f"{module}.{one.name}" for one in names)


# --- Sentences --------------------------------------------------------------------------------------------


def facts_in(sentence: str) -> frozenset[str]:
    """The names in braces."""
    return frozenset(re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(sentence) if name)


def facts_given(said: Said) -> frozenset[str] | None:
    if said.facts is None:
        return None
    return said.facts | {"count"} if said.is_count else said.facts


def any_of(values: Any) -> str:
    return "\n".join(map(str, values))


# --- Acts -----------------------------------------------------------------------------------------------

KEEPING = {"NewDeed", "_keep", "_keep_wishes", "add_deed", "change", "keep"}
"""What adds a line to the history: the act is named `act`, or is the first of the arguments that are text."""


def acts_kept() -> Iterator[tuple[str, str]]:
    """Where a service adds a line to the history, and what the act is called there."""
    for path in sorted((ROOT / "monitor" / "services").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)):
            known = {**_texts_named(tree.body), **_texts_named(ast.walk(function))}
            for call in (one for one in ast.walk(function) if isinstance(one, ast.Call)):
                if _called(call) in KEEPING:
                    yield from ((f"{path.name}:{call.lineno}", act) for act in _act_of(call, known))


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _act_of(call: ast.Call, known: Mapping[str, Sequence[str]]) -> Sequence[str]:
    named = [one.value for one in call.keywords if one.arg == "act"]
    return next((found for value in (*named, *call.args) if (found := _texts(value, known))), ())


def _texts_named(statements: Iterable[ast.AST]) -> Mapping[str, Sequence[str]]:
    return {
        target.id: _texts(one.value, {})
        for one in statements
        if isinstance(one, ast.Assign)
        for target in one.targets
        if isinstance(target, ast.Name)
    }


def _texts(value: ast.expr, known: Mapping[str, Sequence[str]]) -> Sequence[str]:
    match value:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=first, orelse=second):
            return [*_texts(first, known), *_texts(second, known)]
        case ast.Name(id=name):
            return known.get(name, ())
        case _:
            return ()


# --- Readings -------------------------------------------------------------------------------------------


def readings() -> Iterator[tuple[str, str]]:
    """Where a page keeps that somebody read something, and what that is called in the access log."""
    for path in sorted((ROOT / "monitor" / "web" / "staff").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and _called(call) == "read" and call.args:
                yield from ((f"{path.name}:{call.lineno}", what) for what in _texts(call.args[0], {}))
