"""Recurrent layers and cells."""

from __future__ import annotations

from typing import Any

from . import LayerCase, Rng, case, penalized, sequences, sizes, some, values


def flags(rng: Rng) -> dict[str, Any]:
    """Arguments that all recurrent layers take."""
    backwards = bool(rng.random() < 0.3)
    return {
        "return_sequences": bool(rng.random() < 0.6),
        "return_state": bool(rng.random() < 0.4),
        "go_backwards": backwards,
        # Keras' torch loop fails on unrolled steps in reverse order with a mask.
        "unroll": not backwards and bool(rng.random() < 0.2),
        "zero_output_for_mask": bool(rng.random() < 0.2),
    }


def cell_arguments(rng: Rng, name: str) -> dict[str, Any]:
    """Arguments of a cell of that name ("LSTM", "GRU", "SimpleRNN")."""
    arguments = {
        "units": int(rng.integers(1, 5)),
        "activation": some(rng, "tanh", "tanh", "relu", "sigmoid"),
        "use_bias": bool(rng.random() < 0.7),
        "dropout": some(rng, 0.0, 0.3),
        "recurrent_dropout": some(rng, 0.0, 0.0, 0.2),
    }
    if name != "SimpleRNN":
        arguments["recurrent_activation"] = some(rng, "sigmoid", "hard_sigmoid")
    if name == "LSTM":
        arguments["unit_forget_bias"] = bool(rng.random() < 0.5)
    if name == "GRU":
        arguments["reset_after"] = bool(rng.random() < 0.5)
    return arguments


def _masked(make: Any, x: Any, mask: Any, **more: Any) -> LayerCase:
    return LayerCase(make, (x,), None if mask is None else (mask,), tolerance=3e-5, **more)


@case("LSTM", "GRU", "SimpleRNN")
def layer(rng: Rng, name: str) -> LayerCase:
    arguments = {**cell_arguments(rng, name), **flags(rng)}
    x, mask = sequences(rng)
    if name != "SimpleRNN":  # which does nothing with it
        arguments.update(penalized(rng))
    return _masked(lambda k: getattr(k.layers, name)(**arguments, name="it"), x, mask)


@case("Bidirectional")
def bidirectional(rng: Rng) -> LayerCase:
    name = some(rng, "LSTM", "GRU", "SimpleRNN")
    arguments = {
        **cell_arguments(rng, name),
        "return_sequences": bool(rng.random() < 0.6),
        "return_state": bool(rng.random() < 0.3),
    }
    merge_mode = some(rng, "concat", "sum", "mul", "ave", None)
    other = None
    if rng.random() < 0.4:  # a backward layer of its own, of the same width where they are merged
        kind = some(rng, "LSTM", "GRU", "SimpleRNN")
        # Keras' symbolic shapes are those of the forward layer twice, its states too.
        units = arguments["units"]
        arguments["return_state"] = False
        other = (
            kind,
            {
                **cell_arguments(rng, kind),
                "units": units,
                "go_backwards": True,
                **{n: arguments[n] for n in ("return_sequences", "return_state")},
            },
        )
    x, mask = sequences(rng)
    return _masked(
        lambda k: k.layers.Bidirectional(
            getattr(k.layers, name)(**arguments, name="in"),
            merge_mode=merge_mode,
            backward_layer=other and getattr(k.layers, other[0])(**other[1], name="back"),
            name="it",
        ),
        x, mask,
    )  # fmt: skip


@case("SimpleRNNCell", "LSTMCell", "GRUCell")
def cell(rng: Rng, name: str) -> LayerCase:
    arguments = {**cell_arguments(rng, name.removesuffix("Cell")), "seed": some(rng, None, 3)}
    batch, size = sizes(rng, 2)
    states = [values(rng, batch, arguments["units"]) for _ in range(1 + (name == "LSTMCell"))]
    return LayerCase(
        lambda k: getattr(k.layers, name)(**arguments, name="it"),
        (values(rng, batch, size), states),
        tolerance=3e-5,
        differs=("build config",),  # Keras keeps the shapes of the states too where they are given
    )


def _cells(rng: Rng) -> Any:
    """A function of the package that makes a cell, a list of cells, or a cell of one's own."""
    kinds = [some(rng, "LSTM", "GRU", "SimpleRNN") for _ in range(int(rng.integers(1, 4)))]
    arguments = [cell_arguments(rng, kind) for kind in kinds]
    for one in arguments:
        one["activation"] = some(rng, one["activation"], "elu")  # one that the core has not

    def make(k: Any) -> Any:
        cells = [
            getattr(k.layers, f"{kind}Cell")(**one, name=f"cell_{i}")
            for i, (kind, one) in enumerate(zip(kinds, arguments))
        ]
        return cells if len(cells) > 1 else cells[0]

    return make


@case("RNN")
def rnn(rng: Rng) -> LayerCase:
    cells, arguments = _cells(rng), flags(rng)
    x, mask = sequences(rng)

    def make(k: Any) -> Any:
        made = cells(k)
        if isinstance(made, list):
            made = k.layers.StackedRNNCells(made, name="cells")
        return k.layers.RNN(made, **arguments, name="it")

    return _masked(make, x, mask)


@case("StackedRNNCells")
def stacked(rng: Rng) -> LayerCase:
    # Called as a layer of its own with the states of two cells.
    batch, size, a, b = sizes(rng, 4)
    states = [[values(rng, batch, a), values(rng, batch, a)], [values(rng, batch, b)]]
    return LayerCase(
        lambda k: k.layers.StackedRNNCells(
            [k.layers.LSTMCell(a, name="one"), k.layers.GRUCell(b, name="two")], name="it"
        ),
        (values(rng, batch, size), states),
        tolerance=3e-5,
    )
