"""Tensor, KerasTensor, Variable and Mask: what they hold and what they refuse."""

from __future__ import annotations

import copy
import operator
import pickle
import threading

import numpy as np
import pytest

from tidegate import ops
from tidegate.autodiff import GradientTape
from tidegate.devices import ALIGNMENT
from tidegate.errors import NotOfferedError
from tidegate.tensor import (
    KerasTensor,
    Mask,
    Node,
    Tensor,
    Variable,
    any_symbolic,
    as_array,
    convert_to_tensor,
    is_keras_tensor,
    is_tensor,
)


def tensor(*values):
    return convert_to_tensor(np.array(values, "float32"))


class TestTensor:
    def test_attributes(self):
        x = Tensor(np.zeros((2, 3), "float32"))
        assert (x.shape, x.dtype, x.ndim, x.size) == ((2, 3), "float32", 2, 6)
        assert x.mask is None
        assert len(x) == 2
        assert "shape=(2, 3)" in repr(x)

    def test_mask_has_two_names(self):
        x = tensor(1.0)
        x._keras_mask = mask = Mask([[True]])
        assert x.mask is mask

    def test_numpy_is_read_only_and_no_copy(self):
        x = tensor(1.0, 2.0)
        array = x.numpy()
        assert np.shares_memory(array, x.value)
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 5

    def test_numbers(self):
        assert float(tensor(2.5)[0]) == 2.5
        assert int(convert_to_tensor(3)) == 3
        assert [10, 20][convert_to_tensor(1)] == 20
        assert bool(convert_to_tensor(True))
        assert f"{ops.sum(tensor(0.25, 0.5)):.3f}" == "0.750"
        assert tensor(2.5).item() == 2.5
        with pytest.raises(ValueError, match="ambiguous"):
            bool(tensor(1.0, 2.0))

    def test_iteration(self):
        assert [float(row) for row in tensor(1.0, 2.0)] == [1.0, 2.0]
        with pytest.raises(TypeError, match="scalar"):
            iter(convert_to_tensor(1.0))

    @pytest.mark.parametrize("kind", ["tensor", "array", "list", "number"])
    def test_operators_both_ways(self, kind):
        x = np.array([1.5, -2.0, 3.0], "float32")
        y = {"tensor": tensor(2, 2, 2), "array": np.full(3, 2, "f4"), "list": [2.0] * 3}.get(
            kind, 2
        )
        two = np.float32(2)
        t = convert_to_tensor(x)
        cases = {
            "+": (t + y, y + t, x + two, two + x),
            "-": (t - y, y - t, x - two, two - x),
            "*": (t * y, y * t, x * two, two * x),
            "/": (t / y, y / t, x / two, two / x),
            "//": (t // y, y // t, x // two, two // x),
            "%": (t % y, y % t, x % two, two % x),
            "<": (t < y, y < t, x < two, two < x),
            "<=": (t <= y, y <= t, x <= two, two <= x),
            ">": (t > y, y > t, x > two, two > x),
            ">=": (t >= y, y >= t, x >= two, two >= x),
            "==": (t == y, y == t, x == two, two == x),
            "!=": (t != y, y != t, x != two, two != x),
        }
        for name, (got, swapped, want, want_swapped) in cases.items():
            assert type(got) is type(swapped) is Tensor, name
            np.testing.assert_array_equal(got.numpy(), want, err_msg=name)
            np.testing.assert_array_equal(swapped.numpy(), want_swapped, err_msg=name)

    def test_power_and_products(self):
        x = tensor(1.0, 2.0)
        np.testing.assert_array_equal((x**2).numpy(), [1, 4])
        np.testing.assert_array_equal((2**x).numpy(), [2, 4])
        np.testing.assert_array_equal((-x).numpy(), [-1, -2])
        np.testing.assert_array_equal(abs(-x).numpy(), [1, 2])
        assert (+x) is x
        eye = np.eye(2, dtype="f4")
        np.testing.assert_array_equal((x @ eye).numpy(), [1, 2])
        np.testing.assert_array_equal((eye @ x).numpy(), [1, 2])

    def test_logic(self):
        a, b = convert_to_tensor([True, False]), np.array([True, True])
        np.testing.assert_array_equal((a & b).numpy(), [True, False])
        np.testing.assert_array_equal((b | a).numpy(), [True, True])
        np.testing.assert_array_equal((a ^ b).numpy(), [False, True])
        np.testing.assert_array_equal((~a).numpy(), [False, True])

    def test_is_hashable_by_identity(self):
        a, b = tensor(1.0), tensor(1.0)
        assert len({a, b, a}) == 2

    @pytest.mark.parametrize("function", [np.tanh, np.exp, lambda t: np.add(t, 1)])
    def test_numpy_functions_are_refused(self, function):
        with pytest.raises(
            TypeError,
            match=r"^\[Tensor\] np\.(\w+) takes no Tensor, .*Hint: tidegate\.ops\.\1, or np\.\1\(x",
        ):
            function(tensor(1.0))

    def test_an_array_does_not_change_in_place_by_a_tensor(self):
        array = np.ones(2, "float32")
        with pytest.raises(TypeError, match="nor does an array change in place"):
            array += tensor(1.0, 2.0)
        assert array.tolist() == [1, 1]

    @pytest.mark.parametrize("value", [np.float64(2), np.float32([2, 3]), np.int32([2, 3])])
    @pytest.mark.parametrize(
        "name",
        [
            "add",
            "sub",
            "mul",
            "truediv",
            "floordiv",
            "mod",
            "pow",
            "lt",
            "le",
            "gt",
            "ge",
            "eq",
            "ne",
        ],
    )
    def test_operators_of_arrays_are_those_of_tensors(self, name, value):
        function = getattr(operator, name)
        x = tensor(2.0, 5.0)
        result = function(value, x)
        assert isinstance(result, Tensor)
        wanted = function(np.asarray(value, "float32"), x.numpy())
        np.testing.assert_array_equal(result.numpy(), wanted)
        assert result.dtype == wanted.dtype

    def test_operators_of_arrays_are_recorded(self):
        x = tensor(2.0, 5.0)
        with GradientTape() as tape:
            tape.watch(x)
            y = ops.sum(np.float32([[3.0, 4.0]]) @ x)
        assert tape.gradient(y, x).numpy().tolist() == [3, 4]
        array = np.array([True, False])
        assert (array & tensor(True, True)).numpy().tolist() == [True, False]
        assert (array == KerasTensor((2,))) is False
        assert (array != KerasTensor((2,))) is True

    def test_conversion_to_an_array(self):
        x = tensor(1.0, 2.0)
        assert np.asarray(x).dtype == "float32"
        assert np.asarray(x, dtype="float64").dtype == "float64"
        assert not np.shares_memory(np.array(x, copy=True), x.value)
        with pytest.raises(ValueError, match="copy=False"):
            np.asarray(x, dtype="float64", copy=False)

    def test_conversion_of_what_a_tape_records_is_an_error(self):
        x, other = tensor(1.0, 2.0), tensor(3.0)
        with GradientTape() as tape:
            tape.watch(x)
            y = x * 2
            for recorded in (x, y):
                with pytest.raises(RuntimeError, match=r"\[Tensor\].*gradient.*Hint: .*numpy\(\)"):
                    np.asarray(recorded)
                with pytest.raises(RuntimeError, match="exported"):
                    np.from_dlpack(recorded)
            np.asarray(other)
            assert y.numpy()[0] == 2.0
        np.asarray(y)

    def test_dlpack(self):
        x = tensor(1.0, 2.0)
        np.testing.assert_array_equal(np.from_dlpack(x), [1.0, 2.0])

    def test_pickles_and_copies_have_a_key_of_their_own(self):
        """They once kept it: a tape took the copy for the tensor itself."""
        x = tensor(1.0, 2.0)
        with GradientTape() as tape:
            tape.watch(x)
        twins = [pickle.loads(pickle.dumps(x)), copy.copy(x), copy.deepcopy(x)]
        assert [t.numpy().tolist() for t in twins] == [[1.0, 2.0]] * 3
        with GradientTape() as tape:
            tape.watch(x)
            with pytest.raises(RuntimeError, match=r"\[Tensor\].*copied or pickled"):
                copy.deepcopy(x)
            y = ops.sum(twins[0] * 3.0) + ops.sum(x)
        assert tape.gradient(y, x).numpy().tolist() == [1.0, 1.0]
        assert pickle.loads(pickle.dumps(Tensor(np.ones((1, 2)), Mask([[True, False]])))).mask


class TestConversion:
    @pytest.mark.parametrize(
        ("value", "dtype"),
        [
            (1, "int32"),
            (1.0, "float32"),
            (True, "bool"),
            ([1, 2], "int32"),
            ([1, 2.5], "float32"),
            ([True], "bool"),
            ([], "float32"),
            ([np.float64(1.0)], "float32"),
            (2**40, "int64"),
            (np.arange(3), "int64"),
            (np.zeros(3), "float64"),
            (np.zeros(3, "f4"), "float32"),
            (np.zeros(3, ">f4"), "float32"),
            (np.zeros(3, ">i2"), "int16"),
            (np.zeros(3, "u1"), "uint8"),
            (range(3), "int32"),
        ],
    )
    def test_dtypes(self, value, dtype):
        x = convert_to_tensor(value)
        assert x.dtype == dtype
        assert x.value.dtype.isnative

    @pytest.mark.parametrize("name", ["float16", "float8_e4m3fn", "complex64"])
    def test_dtypes_that_are_not_offered_are_named(self, name):
        with pytest.raises(NotOfferedError, match=f"{name}.*not offered"):
            convert_to_tensor([1.0], dtype=name)

    def test_arrays_of_dtypes_that_are_not_offered(self):
        with pytest.raises(NotOfferedError, match="float16"):
            convert_to_tensor(np.zeros(2, "float16"))
        assert convert_to_tensor(np.ones(2, "float16"), dtype="float32").dtype == "float32"
        with pytest.raises(NotOfferedError, match="complex128"):
            convert_to_tensor(np.zeros(2, "complex128"))

    @pytest.mark.parametrize("value", ["text", ["a", "b"], object(), np.array(["x"]), {1: 2}])
    def test_what_is_no_number(self, value):
        with pytest.raises(TypeError, match=r"\[convert_to_tensor\] values must be numbers"):
            convert_to_tensor(value)

    def test_rows_of_different_length(self):
        with pytest.raises(ValueError, match="inhomogeneous"):
            convert_to_tensor([[1], [1, 2]])

    def test_an_unknown_dtype(self):
        with pytest.raises(ValueError, match=r"\[dtype\] dtype must be one of.*'float33'"):
            convert_to_tensor(1, dtype="float33")

    def test_lists_of_tensors(self):
        x = convert_to_tensor([tensor(1.0), tensor(2.0)])
        assert x.shape == (2, 1)

    def test_an_array_is_not_copied(self):
        array = np.zeros(3, "f4")
        assert np.shares_memory(convert_to_tensor(array).value, array)

    def test_tensors_stay_as_they_are(self):
        x = tensor(1.0)
        assert convert_to_tensor(x) is x
        assert convert_to_tensor(x, "float64").dtype == "float64"
        symbol = KerasTensor((2,))
        assert convert_to_tensor(symbol) is symbol

    def test_conversion_keeps_the_gradient(self):
        x = tensor(1.0, 2.0)
        v = Variable(np.ones(2, "f4"))
        with GradientTape() as tape:
            tape.watch(x)
            y = ops.sum(convert_to_tensor(x, "float64") * 2) + ops.cast(
                ops.sum(convert_to_tensor(v) * 3), "float64"
            )
        dx, dv = tape.gradient(y, [x, v])
        assert dx.dtype == "float32"
        np.testing.assert_array_equal(dx.numpy(), [2, 2])
        np.testing.assert_array_equal(dv.numpy(), [3, 3])

    def test_sparse_is_not_offered(self):
        with pytest.raises(NotOfferedError, match="sparse"):
            convert_to_tensor([1.0], sparse=True)


class TestKerasTensor:
    def test_attributes(self):
        x = KerasTensor((None, 3), "int32", name="ids")
        assert (x.shape, x.dtype, x.ndim, x.name) == ((None, 3), "int32", 2, "ids")
        assert x.history is None
        assert is_keras_tensor(x)
        assert is_tensor(x)
        assert any_symbolic([1, {"a": (x,)}])
        assert not any_symbolic([1, tensor(1.0)])

    def test_an_op_records_a_node(self):
        x = KerasTensor((None, 3))
        y = x * 2 + 1
        assert y.shape == (None, 3)
        node, index = y.history
        assert index == 0
        assert len(node.inputs) == 1
        assert node.inputs[0].history[0].inputs == [x]

    def test_a_node_sets_the_history_of_all_outputs(self):
        a, b = KerasTensor((1,)), KerasTensor((1,))
        node = Node("layer", (a,), {"mask": [b, None]}, [a, {"x": b}])
        assert a.history == (node, 0)
        assert b.history == (node, 1)
        assert node.inputs == [a, b]

    @pytest.mark.parametrize("use", [bool, float, int, np.asarray, list, as_array])
    def test_it_has_no_value(self, use):
        with pytest.raises(TypeError, match=r"\[KerasTensor\] a symbolic tensor has no value"):
            use(KerasTensor((2, 3)))

    def test_numpy_functions_are_refused(self):
        with pytest.raises(TypeError, match=r"no value, so it cannot be given to np\.tanh"):
            np.tanh(KerasTensor((2,)))

    def test_indexing(self):
        x = KerasTensor((None, 5, 3))
        assert x[:, -1].shape == (None, 3)
        assert x[:, 1:4].shape == (None, 3, 3)
        assert x[..., None, :2].shape == (None, 5, 1, 2)
        assert x[:, [0, 2]].shape == (None, 2, 3)
        assert x[2:].shape == (None, 5, 3)
        with pytest.raises(IndexError, match=r"\[get_item\]"):
            x[:, 5]

    def test_dtypes_follow_keras(self):
        assert (KerasTensor((2,), "int32") * 2.5).dtype == "float32"
        assert (KerasTensor((2,), "float64") + 1).dtype == "float64"
        with pytest.raises(TypeError, match="do not mix"):
            KerasTensor((2,), "float64") + KerasTensor((2,), "float32")

    def test_shapes_that_do_not_broadcast(self):
        with pytest.raises(ValueError, match=r"\[add\] shapes must be equal or 1"):
            KerasTensor((None, 3)) + KerasTensor((None, 4))


class TestVariable:
    def test_attributes(self):
        v = Variable(np.ones((2, 3)), dtype="float32", name="kernel")
        assert (v.shape, v.dtype, v.ndim, v.size, v.name) == ((2, 3), "float32", 2, 6, "kernel")
        assert v.trainable
        assert v.version == 0
        assert len(v) == 2
        assert v.path == "kernel"

    @pytest.mark.parametrize("size", [1, 3, 17, 1000])
    def test_the_array_is_aligned_and_its_own(self, size):
        source = np.ones(size, "f4")
        v = Variable(source)
        assert v.array.ctypes.data % ALIGNMENT == 0
        assert v.array.flags.c_contiguous
        v.assign(source * 2)
        assert v.array.ctypes.data % ALIGNMENT == 0
        np.testing.assert_array_equal(source, 1)

    def test_value_is_read_only(self):
        v = Variable([1.0, 2.0])
        with pytest.raises(ValueError, match="read-only"):
            v.value[0] = 3
        assert v.numpy().flags.writeable
        assert not np.shares_memory(v.numpy(), v.array)

    def test_assign(self):
        v = Variable([1.0, 2.0])
        assert v.assign([3, 4]) is v
        np.testing.assert_array_equal(v.value, [3, 4])
        np.testing.assert_array_equal(v.assign_add([1, 1]).value, [4, 5])
        np.testing.assert_array_equal(v.assign_sub(1).value, [3, 4])
        assert v.version == 3
        assert v.dtype == "float32"
        with pytest.raises(ValueError, match=r"\[assign\].*\(2,\).*Received: shape \(3,\)"):
            v.assign([1, 2, 3])
        assert v.version == 3

    def test_assign_leaves_earlier_views_alone(self):
        v = Variable([1.0, 2.0])
        view, row = v.value, v[0]
        v.assign([5.0, 6.0])
        np.testing.assert_array_equal(view, [1, 2])
        assert float(row) == 1

    def test_results_are_no_views_of_what_an_optimizer_changes(self):
        v = Variable([[1.0, 2.0]])
        results = [v[0], ops.reshape(v, (2,)), ops.transpose(v), convert_to_tensor(v), v * 1]
        v.array[...] = 9
        v.bump()
        for y in results:
            assert 9 not in y.numpy()

    def test_initializers(self):
        assert Variable("ones", shape=(2,)).numpy().tolist() == [1, 1]
        v = Variable(lambda shape, dtype: np.full(shape, 7, dtype), shape=(2, 1), dtype="float64")
        assert v.numpy().tolist() == [[7], [7]]
        assert v.dtype == "float64"
        with pytest.raises(ValueError, match="needs the shape"):
            Variable("ones")
        with pytest.raises(ValueError, match=r"must give shape \(2,\).*shape \(3,\)"):
            Variable(lambda shape, dtype: np.zeros(3), shape=(2,))
        with pytest.raises(ValueError, match=r"must have shape \(3,\)"):
            Variable([1.0, 2.0], shape=(3,))

    def test_operators(self):
        v = Variable([1.0, 2.0])
        np.testing.assert_array_equal((1 - v).numpy(), [0, -1])
        np.testing.assert_array_equal((np.ones(2, "f4") + v).numpy(), [2, 3])
        with pytest.raises(TypeError, match="truth value"):
            bool(v)

    def test_conversion_while_a_tape_watches(self):
        v, frozen = Variable([1.0]), Variable([1.0], trainable=False)
        with GradientTape():
            with pytest.raises(RuntimeError, match=r"\[Variable\].*gradient"):
                np.asarray(v)
            np.asarray(frozen)
            v.numpy()
        assert not np.shares_memory(np.asarray(v), v.array)

    def test_deepcopy_is_a_variable_of_its_own(self):
        v = Variable([1.0], name="a", trainable=False)
        other = copy.deepcopy(v)
        other.assign([2.0])
        assert v.numpy().tolist() == [1.0]
        assert (other.name, other.trainable, other.packs) == ("a", False, {})

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_a_pickle_is_a_variable_of_its_own(self, protocol):
        v = Variable([1.0, 2.0], name="a", trainable=False)
        v.packs["lstm"] = (0, threading.Lock())  # nothing that could be pickled
        other = pickle.loads(pickle.dumps(v, protocol))
        assert (other.name, other.trainable, other.packs) == ("a", False, {})
        assert other._key not in (v._key, 0)
        assert other.array.ctypes.data % 64 == 0
        other.assign([2.0, 2.0])
        assert v.numpy().tolist() == [1.0, 2.0]

    def test_readers_see_a_whole_value(self):
        """assign publishes a new array: another thread never sees a mixture of two."""
        v = Variable(np.zeros(4096, "f4"))
        stop = threading.Event()
        mixed = []

        def read():
            while not stop.is_set():
                view = v.value
                if view[0] != view[-1]:
                    mixed.append(1)

        thread = threading.Thread(target=read)
        thread.start()
        for i in range(300):
            v.assign(np.full(4096, i, "f4"))
        stop.set()
        thread.join()
        assert not mixed


class TestMask:
    @pytest.mark.parametrize(
        ("rows", "kind"),
        [
            ([[1, 1], [1, 1]], "full"),
            ([[1, 0], [1, 1]], "right"),
            ([[0, 1], [1, 1]], "left"),
            ([[0, 1], [1, 0]], "holes"),
            ([[1, 0, 1]], "holes"),
            ([[0, 0], [1, 0]], "right"),
            ([[0, 0], [0, 1]], "left"),
            ([[0, 0]], "right"),
            (np.zeros((0, 3)), "full"),
            (np.zeros((3, 0)), "full"),
        ],
    )
    def test_kind(self, rows, kind):
        assert Mask(rows).kind == kind

    def test_lengths_and_order(self):
        mask = Mask([[1, 0, 0], [1, 1, 1], [0, 1, 0], [1, 1, 0]])
        assert mask.lengths.dtype == mask.order.dtype == np.int32
        assert mask.lengths.tolist() == [1, 3, 1, 2]
        assert mask.order.tolist() == [1, 3, 0, 2]
        assert mask.lengths is mask.lengths

    def test_rows_of_equal_length_keep_their_order(self):
        rng = np.random.default_rng(0)
        lengths = rng.integers(1, 4, 200)
        mask = Mask(np.arange(4) < lengths[:, None])
        wanted = sorted(range(200), key=lambda row: (-lengths[row], row))
        assert mask.order.tolist() == wanted

    def test_values(self):
        mask = Mask(np.asfortranarray([[1, 0], [2, 3]]))
        assert mask.values.dtype == bool
        assert mask.values.flags.c_contiguous
        assert mask.shape == (2, 2)
        assert Mask(convert_to_tensor([[1.0, 0.0]])).values.tolist() == [[True, False]]
        assert np.asarray(mask).dtype == bool
        assert convert_to_tensor(mask).dtype == "bool"

    def test_reversed(self):
        mask = Mask([[1, 0, 0], [1, 1, 0]]).reversed()
        assert mask.values.tolist() == [[False, False, True], [False, True, True]]
        assert mask.kind == "left"

    def test_only_two_axes_have_lengths(self):
        mask = Mask(np.ones((2, 3, 4)))
        assert mask.ndim == 3
        with pytest.raises(ValueError, match=r"\[mask\].*\[B, T\]"):
            _ = mask.kind
