"""Recipes as TOML files: what a run did, to be read, edited and given back; every named recipe converts to one."""

from __future__ import annotations

import dataclasses
import json
import tomllib
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deeppose import skeleton_json
from deeppose.errors import ConfigError, DataError, unknown
from deeppose.skeleton import SKELETONS, Skeleton
from deeppose.training.settings import Recipe


def read_recipe(file: Path) -> Recipe:
    """The recipe of a TOML file.

    Raises:
        ConfigError: it is missing, no TOML, or a key or a value is wrong: names the key and the nearest right one.
    """
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeError) as error:
        raise ConfigError(f"{file}: is not TOML: {error}") from error
    try:
        recipe: Recipe = _value(Recipe, said, "")
    except (ConfigError, DataError) as error:
        raise ConfigError(f"{file}: {error}") from error
    return recipe


def _value(kind: Any, said: Any, where: str) -> Any:
    """`said` as a value of a type that settings use: numbers, words, tuples, tables, settings."""
    if kind is Skeleton:
        return skeleton_json.from_json(said)
    if dataclasses.is_dataclass(kind):
        return _settings(kind, said, where)
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return _value(next(k for k in inner if k is not type(None)), said, where)
    if origin is tuple:
        return _tuple(inner, said, where)
    if origin is dict:
        return dict(_is(said, Mapping, where, "a table"))
    return _plain(kind, said, where)


def _settings(kind: Any, said: Any, where: str) -> Any:
    table = _is(said, Mapping, where, "a table")
    kinds = typing.get_type_hints(kind)
    for key in table:
        if key not in kinds:
            raise unknown(f"setting of {where or 'the recipe'}", str(key), kinds)
    needed = [f.name for f in dataclasses.fields(kind) if _needed(f) and f.name not in table]
    if needed:
        raise ConfigError(f"{where or 'the recipe'}: {', '.join(needed)} missing")
    inside = f"{where}." if where else ""
    return kind(**{key: _value(kinds[key], value, f"{inside}{key}") for key, value in table.items()})


def _needed(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _tuple(inner: tuple[Any, ...], said: Any, where: str) -> tuple[Any, ...]:
    if isinstance(said, str):
        raise ConfigError(f"{where}: must be a list, not {said!r}")
    items = _is(said, Sequence, where, "a list")
    kinds = [inner[0]] * len(items) if inner[-1:] == (Ellipsis,) else list(inner)
    if len(kinds) != len(items):
        raise ConfigError(f"{where}: {len(kinds)} entries belong here, not {len(items)}")
    return tuple(_value(k, v, f"{where}[{i}]") for i, (k, v) in enumerate(zip(kinds, items, strict=True)))


def _plain(kind: type, said: Any, where: str) -> Any:
    if kind is float and isinstance(said, int) and not isinstance(said, bool):
        return float(said)
    if type(said) is not kind:
        names = {bool: "true or false", int: "a whole number", float: "a number", str: "a word"}
        raise ConfigError(f"{where}: must be {names.get(kind, kind)}, not {said!r}")
    return said


def _is(said: Any, kind: Any, where: str, words: str) -> Any:
    if not isinstance(said, kind):
        raise ConfigError(f"{where or 'the recipe'}: must be {words}, not {said!r}")
    return said


def to_toml(recipe: Recipe, comments: Sequence[str] = ()) -> str:
    """The recipe as a TOML file, sentences first as comments; a known skeleton by its name alone."""
    said = dataclasses.asdict(recipe)
    named = SKELETONS.get(recipe.skeleton.name) == recipe.skeleton
    said["skeleton"] = recipe.skeleton.name if named else skeleton_json.to_json(recipe.skeleton)
    lines = [f"# {line}" for comment in comments for line in comment.splitlines()]
    return "\n".join(lines + _table(said, "")) + "\n"


def _table(said: Mapping[str, Any], name: str) -> list[str]:
    """Plain values first, then tables and lists of tables, as TOML wants them."""
    plain, nested = [], []
    for key, value in said.items():
        inside = f"{name}.{key}" if name else key
        if isinstance(value, Mapping):
            nested += ["", f"[{inside}]", *_table(value, inside)]
        elif isinstance(value, (list, tuple)) and value and all(isinstance(v, Mapping) for v in value):
            for one in value:
                nested += ["", f"[[{inside}]]", *_table(one, inside)]
        elif value is not None:
            plain.append(f"{key} = {_word(value)}")
    return plain + nested


def _word(value: Any) -> str:
    """A plain value; TOML's strings and numbers are JSON's, but for the escapes json leaves out."""
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_word, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
