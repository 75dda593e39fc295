"""`Model.export("model.c")`: strict C99, C++ too, with the bits of the runtime."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidegate import layers
from tidegate.errors import NotOfferedError
from tidegate.layers import GRU, LSTM, Activation, Dense, Input, SimpleRNN
from tidegate.models import Model, Sequential
from tidegate.runtime.c_source.operations import KINDS as C_KINDS
from tidegate.runtime.operation import KINDS

from .c_programs import C99, FMA, MAIN, STRICT, build, run_compiler, run_steps
from .networks import streamed
from .streams import ACTIVATIONS, CELLS, IDS, WIDTH, inputs, noisy, of_layers, stacks, steps_of

SAMPLES = ("deep", "functional", "ids", "gru_8", "lstm_no_bias", "simple_rnn_33")


def random_model(seed: int) -> Any:
    """One to three recurrent layers and up to two dense ones, all sizes and functions by chance.

    Where results can grow without bound, small weights keep them finite.
    """
    rng = np.random.default_rng(seed)
    bounded = rng.random() < 0.7
    functions = ("tanh", "sigmoid", "hard_sigmoid") if bounded else ACTIVATIONS
    names = tuple(CELLS)
    stack: list[Any] = []
    for _ in range(rng.integers(1, 4)):
        name = names[rng.integers(len(names))]
        gates = {} if name == "simple_rnn" else {"recurrent_activation": str(rng.choice(functions))}
        stack.append(
            CELLS[name](
                int(rng.integers(1, 40)),
                activation=str(rng.choice(functions)),
                use_bias=bool(rng.random() < 0.8),
                return_sequences=True,
                **gates,
            )
        )
    for _ in range(rng.integers(0, 3)):
        activation = str(rng.choice((*ACTIVATIONS, "softmax")))
        stack.append(Dense(int(rng.integers(1, 30)), activation, use_bias=bool(rng.random() < 0.8)))
    if rng.random() < 0.3:
        stack.append(Activation(str(rng.choice(("relu", "softmax", "tanh")))))
    model = of_layers(*stack, ids=bool(rng.random() < 0.3))
    if not bounded:
        model.set_weights([0.2 * w for w in model.get_weights()])
    return model


def same_bits(
    model: Any,
    folder: Path,
    *flags: str,
    cc: str = "gcc",
    x: Any = None,
    weights: str = "float32",
) -> None:
    """The exported model gives what the runtime gives, on the same steps."""
    model.export(folder / "model.c", weights=weights)
    program = build(folder, *C99, *flags, "model.c", str(MAIN), f"-I{folder}", cc=cc)
    x = inputs(model, 1) if x is None else x
    expected = steps_of(model.stream(weights=weights), x)[0]
    assert np.isfinite(expected).all()
    assert run_steps(program, x[0], expected.shape[-1]).tobytes() == expected.tobytes()


@pytest.mark.parametrize("seed", range(8))
def test_random_models_have_the_bits_of_the_runtime(seed: int, tmp_path: Path) -> None:
    same_bits(random_model(seed), tmp_path, "-O1", *FMA)


@pytest.mark.parametrize("seed", range(20, 28))
def test_random_models_of_8_bits_have_the_bits_of_the_runtime(seed: int, tmp_path: Path) -> None:
    same_bits(random_model(seed), tmp_path, "-O1", *FMA, weights="int8")


@pytest.mark.slow
@pytest.mark.parametrize("weights", ["float32", "int8"])
@pytest.mark.parametrize("seed", range(100, 260))
def test_more_random_models(seed: int, weights: str, tmp_path: Path) -> None:
    cc = ("gcc", "clang")[seed % 2]
    same_bits(random_model(seed), tmp_path, "-O2", *FMA, cc=cc, weights=weights)


def test_a_row_that_is_not_finite_makes_the_results_of_8_bits_nan(tmp_path: Path) -> None:
    """As in the runtime: the range of such a row is none."""
    model = of_layers(Dense(6), Dense(3, "sigmoid"))
    model.export(tmp_path / "model.c", weights="int8")
    program = build(tmp_path, *C99, *FMA, "model.c", str(MAIN), f"-I{tmp_path}")
    x = np.ones((4, WIDTH), np.float32)
    x[1, 2], x[2] = np.inf, 1e-35
    y = run_steps(program, x, 3)
    assert np.isnan(y).all(axis=1).tolist() == [False, True, False, False]
    good = [0, 2, 3]
    expected = steps_of(model.stream(weights="int8"), x[None])[0]
    assert y[good].tobytes() == expected[good].tobytes()


@pytest.mark.parametrize("cc", ["gcc", "clang"])
@pytest.mark.parametrize("flags", [("-O0",), ("-Os", *FMA), ("-O3", *FMA)])
def test_optimisation_changes_no_bit(cc: str, flags: tuple[str, ...], tmp_path: Path) -> None:
    same_bits(stacks()["deep"], tmp_path, *flags, cc=cc)


def test_silence_decays_as_in_the_runtime(tmp_path: Path) -> None:
    """States pass below 2^-126 on their way to zero; c_source_main.c flushes those as it does."""
    model = of_layers(SimpleRNN(3, activation="linear", use_bias=False, return_sequences=True))
    model.set_weights([np.ones((WIDTH, 3)), 0.5 * np.eye(3)])
    x = np.zeros((1, 40, WIDTH), np.float32)
    x[0, 0] = 1e-30
    assert not steps_of(model.stream(), x)[0, -1].any()
    same_bits(model, tmp_path, *FMA, x=x)


LANGUAGES = [("gcc", "-std=c99"), ("clang", "-std=c99"), ("gcc", "-xc++", "-std=c++11")]
LANGUAGES += [("clang", "-xc++", "-std=c++17")]


@pytest.mark.parametrize("language", LANGUAGES, ids=" ".join)
def test_strict_compilers_have_nothing_to_say(language: tuple[str, ...], tmp_path: Path) -> None:
    cc, *standard = language
    for name in ("deep", "ids", "several", "normalized", "pooled"):
        network(name).export(tmp_path / f"{name}.c", freestanding=name == "normalized")
    network("convolved").export(tmp_path / "convolved.c", freestanding=True)
    for name in ("deep", "ids"):
        network(name).export(tmp_path / f"{name}8.c", weights="int8")
    files = sorted(path.name for path in tmp_path.glob("*.c"))
    self_tests = [f"-D{file[:-2].upper()}_SELF_TEST" for file in files]
    for more in ((), self_tests):
        run_compiler(tmp_path, cc, *standard, *STRICT, "-O1", *FMA, *more, "-c", *files)


def self_test(folder: Path, *flags: str) -> tuple[int, str]:
    """Exit status and output of net.c as a program."""
    program = build(folder, *C99, *flags, "-DNET_SELF_TEST", "net.c")
    done = subprocess.run([program], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout


def pooled() -> Any:
    """Pooling over the steps so far, both kinds."""
    x = Input((None, WIDTH))
    h = GRU(7, return_sequences=True)(x)
    both = [layers.GlobalAveragePooling1D()(h), layers.GlobalMaxPooling1D()(h)]
    return noisy(Model(x, [Dense(3)(layers.Concatenate()(both)), both[1]]))


NETWORKS = ("skips", "shared", "several", "inside", "normalized", "activated", "convolved")


def network(name: str) -> Any:
    """Every kind of operation occurs in one of them."""
    if name == "pooled":
        return pooled()
    return streamed()[name] if name in NETWORKS else stacks()[name]


@pytest.mark.parametrize("weights", ["float32", "int8"])
@pytest.mark.parametrize("name", [*SAMPLES, *NETWORKS, "pooled"])
def test_self_test(name: str, weights: str, tmp_path: Path) -> None:
    network(name).export(tmp_path / "net.c", weights=weights)
    status, out = self_test(tmp_path, *FMA)
    assert status == 0
    assert re.fullmatch(r"net: 0 of \d+ values differ from the stored ones\n", out)
    _flip_a_stored_bit(tmp_path / "net.c")
    status, out = self_test(tmp_path, *FMA)
    assert (status, out[:9]) == (1, "net: 1 of")


def test_sanitizers_find_nothing(tmp_path: Path) -> None:
    sanitizers = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    for name in ("deep", "several", "convolved", "pooled"):
        network(name).export(tmp_path / "net.c")
        assert self_test(tmp_path, *sanitizers)[0] == 0


def _flip_a_stored_bit(path: Path) -> None:
    text = path.read_text()
    first = re.search(r"stored_y\w*\[12\]\[\d+\] = \{\n    \{(\d+)", text)
    assert first is not None
    path.write_text(text[: first.start(1)] + str(int(first[1]) ^ 1) + text[first.end(1) :])


@pytest.mark.parametrize("flags", [(), FMA], ids=["no instruction", "fused"])
def test_freestanding_uses_no_library(flags: tuple[str, ...], tmp_path: Path) -> None:
    for name in ("deep", "ids", "normalized"):
        network(name).export(tmp_path / "net.c", freestanding=True)
        run_compiler(tmp_path, "gcc", *C99, "-O1", "-ffreestanding", *flags, "-c", "net.c")
        names = subprocess.run(
            ["nm", "--undefined-only", "net.o"], cwd=tmp_path, capture_output=True, text=True
        )
        assert (names.returncode, names.stdout) == (0, "")
        assert "#include <math.h>" not in (tmp_path / "net.c").read_text()
        assert self_test(tmp_path, "-O1", *flags) == (0, "")


def test_every_operation_that_can_step_has_its_c() -> None:
    assert set(C_KINDS) == set(KINDS) - {"input", "reverse"}


def test_only_what_the_model_uses_is_written(tmp_path: Path) -> None:
    of_layers(GRU(4), Dense(2, "relu")).export(tmp_path / "model.c")
    text = (tmp_path / "model.c").read_text()
    defined = set(re.findall(r"^TG_FN [^(]*?(\w+)\(", text, re.MULTILINE))
    assert {"tg_gru", "tg_tanh", "tg_sigmoid", "tg_relu", "tg_dense"} <= defined
    assert not defined & {"tg_lstm", "tg_exp", "tg_softmax", "tg_hard_sigmoid", "tg_gru_backward"}
    assert "TG_HARD_SIGMOID:" not in text
    for name in defined:
        assert len(re.findall(rf"\b{name}\(", text)) > 1, f"{name} is never called"


def test_two_models_and_many_states_in_one_program(tmp_path: Path) -> None:
    """Names of the weights are alike; states are the caller's."""
    one, two = of_layers(LSTM(6)), of_layers(LSTM(6))
    two.set_weights([2 * w for w in two.get_weights()])
    one.export(tmp_path / "one.c")
    two.export(tmp_path / "weird file.c", name="two")
    (tmp_path / "main.c").write_text(TWO_MODELS)
    program = build(tmp_path, *C99, "one.c", "weird file.c", "main.c")
    x = inputs(one, 1)[0]
    y = run_steps(program, x, 24)
    first, second = (steps_of(model.stream(), x[None])[0] for model in (one, two))
    again = np.concatenate([steps_of(one.stream(), x[None, t : t + 1])[0] for t in range(len(x))])
    assert y.tobytes() == np.concatenate([first, second, first, again], axis=1).tobytes()


TWO_MODELS = """
#include <stdio.h>
#include "one.h"
#include "two.h"
int main(void) {
  static one_state a, b, c;
  static two_state d;
  float x[ONE_INPUT_SIZE], y[4][ONE_OUTPUT_SIZE];
  one_init(&a), one_init(&b), one_init(&c), two_init(&d);
  while (fread(x, sizeof x, 1, stdin) == 1) {
    one_step(&a, x, y[0]);
    two_step(&d, x, y[1]);
    one_step(&b, x, y[2]);
    one_reset(&c);
    one_step(&c, x, y[3]);
    fwrite(y, sizeof y, 1, stdout);
  }
  return 0;
}
"""


def test_sizes_are_macros(tmp_path: Path) -> None:
    model = stacks()["ids"]
    model.export(tmp_path / "words.c")
    macros = dict(re.findall(r"#define WORDS_(\w+) (\d+)", (tmp_path / "words.h").read_text()))
    assert macros == {
        "INPUT_SIZE": "1",
        "OUTPUT_SIZE": str(IDS),
        "INPUT_LIMIT": str(IDS),
        "MULTIPLY_ADDS": str(model.stream().graph.multiply_adds),
    }
    network("several").export(tmp_path / "net.c")
    header = (tmp_path / "net.h").read_text()
    sizes = re.findall(r"#define NET_([XY])_\w+_(SIZE|LIMIT) (\d+)", header)
    assert sizes == [
        ("X", "SIZE", str(WIDTH)),
        ("X", "SIZE", "3"),
        ("X", "SIZE", "1"),
        ("X", "LIMIT", str(IDS - 4)),
        *(("Y", "SIZE", str(size)) for size in (2, 7, 6, WIDTH, 2, 4)),
    ]


def test_an_id_out_of_range_changes_nothing(tmp_path: Path) -> None:
    model = stacks()["ids"]
    model.export(tmp_path / "model.c")
    main = MAIN.read_text().replace("!= 0) return 1;", "!= 0) continue;")
    (tmp_path / "main.c").write_text(main)
    program = build(tmp_path, *C99, "model.c", "main.c")
    given = np.array([3, -1, 4, IDS, 2**31 - 1, 0], np.int32)
    good = np.array([[3, 4, 0]], np.int32)
    expected = steps_of(model.stream(), good)[0]
    done = subprocess.run([program], input=given.tobytes(), capture_output=True, timeout=60)
    assert done.stdout == expected.tobytes()


def test_errors_teach(tmp_path: Path) -> None:
    model = Sequential([Input((None, 2)), GRU(3, name="loop")])
    with pytest.raises(ValueError, match=r"^\[export\] name must be an identifier of C.*'my-net'"):
        model.export(tmp_path / "my-net.c")
    with pytest.raises(NotOfferedError, match=r"^\[Model.export\] the format 'onnx' is not.*\.c"):
        model.export(tmp_path / "net.onnx")
    weights = model.get_weights()
    weights[0][1, 2] = np.nan
    model.set_weights(weights)
    with pytest.raises(
        ValueError, match=r"^\[export\] weights .*finite.*in kernel of layer 'loop'"
    ):
        model.export(tmp_path / "net.c")
    both = of_layers(layers.Bidirectional(GRU(3, name="loop"), name="both"))
    with pytest.raises(ValueError, match=r"^\[export\] .*'both/backward_loop' cannot run"):
        both.export(tmp_path / "net.c")
    with pytest.raises(ValueError, match=r"^\[export\] C source keeps .*Hint: weights=\"float32\""):
        of_layers(GRU(3)).export(tmp_path / "net.c", weights="bfloat16")
    assert list(tmp_path.iterdir()) == []
