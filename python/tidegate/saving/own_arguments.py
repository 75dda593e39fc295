"""Arguments of layers that Keras does not know: kept out of its configuration, in an entry of ours.

Keras' layers refuse a configuration with a name that is new to them. `take_out` removes those names
from the configuration of a model, `put_back` restores them from what the file's metadata holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .errors import refuse

__all__ = ["put_back", "take_out"]

_OWN = dict.fromkeys(("SimpleRNN", "LSTM", "GRU"), ("truncate",))

# Keys and indices from the root of the configuration to a layer's own, and its arguments.
Entry = tuple[list[str | int], dict[str, Any]]


def take_out(config: dict[str, Any]) -> list[Entry]:
    """Remove our arguments from a configuration, in place; where they stood and what they were.

    >>> config = {"class_name": "LSTM", "config": {"units": 2, "truncate": 9}}
    >>> take_out(config)
    [(['config'], {'truncate': 9})]
    >>> config
    {'class_name': 'LSTM', 'config': {'units': 2}}
    """
    entries = []
    for path, found in list(_objects(config, [])):
        arguments = found["config"]
        own = {n: arguments.pop(n) for n in _OWN[found["class_name"]] if n in arguments}
        if own:
            entries.append(([*path, "config"], own))
    return entries


def put_back(config: dict[str, Any], entries: Any) -> None:
    """The reverse; `entries` are those of a file, which nobody vouches for.

    Raises:
        ModelFileError: an entry that `take_out` does not make.
    """
    layers = {tuple(path): found for path, found in _objects(config, [])}
    for entry in entries if isinstance(entries, list) else [entries]:
        match entry:
            case [[*path, "config"], dict(own)] if _leads(path) and tuple(path) in layers:
                found = layers[tuple(path)]
            case _:
                refuse("load_model", "an own argument must be that of a recurrent layer", entry)
        if not set(own) <= set(_OWN[found["class_name"]]):
            refuse("load_model", "an own argument must be one of ours", sorted(own))
        found["config"].update(own)


def _leads(path: list[Any]) -> bool:
    return all(type(step) in (str, int) for step in path)


def _objects(at: Any, path: list[str | int]) -> Iterator[tuple[list[str | int], dict[str, Any]]]:
    """The configurations below `at` of layers that have arguments of ours."""
    if isinstance(at, dict):
        if at.get("class_name") in _OWN and isinstance(at.get("config"), dict):
            yield path, at
        for name, value in at.items():
            yield from _objects(value, [*path, name])
    elif isinstance(at, list):
        for index, value in enumerate(at):
            yield from _objects(value, [*path, index])
