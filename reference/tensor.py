"""The tensor: a NumPy array, a version counter shared with its views, and its place in the graph.

Methods that are operations are attached by `reference.methods`; what stands here is what a tensor is.
Source: https://docs.pytorch.org/docs/stable/tensors.html.
"""

from __future__ import annotations

import warnings
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from reference import dtypes, state
from reference.devices import CPU, META, Size
from reference.dtypes import OF_NUMPY, category_of
from reference.layouts import contiguous_format, has_format, strided
from reference.numbers import Numbers

_new = object.__new__


#: Stands for a tensor's own dtype where `Tensor.grad_dtype` is not set.
OWN: Any = object()


def wrap(array: Any) -> Tensor:
    """A tensor of an array (or a NumPy scalar), which it does not copy; outside any graph."""
    return bare(Tensor, array if type(array) is np.ndarray else np.asanyarray(array), [0])


def wrap_beside(array: Any, like: Tensor) -> Tensor:
    """A tensor of an array, on another tensor's device, which the class of its array tells (`reference.meta`)."""
    return wrap(array.view(type(like._memory)))


def bare(cls: Any, array: Any, counter: Any) -> Any:
    """A tensor of class ``cls`` with an array and a version counter, outside any graph."""
    tensor = _new(cls)
    tensor._memory = array
    tensor._counter = counter
    tensor._node = None
    tensor._nr = 0
    tensor._requires_grad = False
    tensor._view = None
    return tensor


def count_writes(tensors: Any) -> None:
    """Raise the version of tensors whose memory was written to; inference tensors have none.

    What was written into bfloat16 ones is rounded.
    """
    if state.has_bfloat16:
        from reference.bfloat16 import round_in_place

        for tensor in tensors:
            round_in_place(tensor._array)
    for tensor in tensors:
        if not tensor._is_inference:
            tensor._counter[0] += 1


class Tensor(Numbers):
    """A tensor.

    ``_array`` holds the elements; ``_counter`` is a list of one integer, the version, shared by all that share memory
    and are tracked together. ``_node`` and ``_nr`` say which output of which node it is; a leaf has none, and
    ``_requires_grad`` says whether it takes part; ``_view`` says of what it is a view. Tensors are made and read on the
    hot path: these six have slots, and `bare` sets them; the rest is a class attribute until it is set. ``_memory`` is
    ``_array`` by another name, but for a tensor whose elements are not what lies in memory (`reference.pending`).
    """

    __slots__ = ("__dict__", "__weakref__", "_array", "_counter", "_node", "_nr", "_requires_grad", "_view")
    _array: Any
    _memory: Any
    _counter: Any
    _node: Any
    _nr: int
    _requires_grad: bool
    _view: Any
    _grad: Any = None
    _grad_dtype: Any = OWN
    _accumulator: Any = None
    _hooks: Any = None
    _post_accumulate_hooks: Any = None
    _retains_grad: bool = False
    _left_graph: int = 0  # when it was detached in place: nodes that saved it before refuse it
    _tangents: Any = None
    _is_inference: bool = False
    _pending: Any = None  # what makes its elements of its memory
    __array_priority__ = 1000  # NumPy's operators give way to ours

    if TYPE_CHECKING:  # the methods that `reference.methods` attaches
        __add__: Any
        __sub__: Any
        __mul__: Any
        __truediv__: Any
        __pow__: Any
        __neg__: Any
        __getitem__: Any

        def __getattr__(self, name: str) -> Any: ...
        def __getitem__(self, index: Any) -> Any: ...

    def __new__(cls, *arguments: Any, **keywords: Any) -> Any:
        """The legacy constructor (LEG-05)."""
        from reference.factories import legacy_tensor

        return legacy_tensor(cls, *arguments, **keywords)

    def _alias(self) -> Tensor:
        """A tensor of the same array, outside any graph, with a version counter of its own."""
        return bare(Tensor, self._memory, [0])

    # --- what it is -------------------------------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        """The size of each dimension."""
        return Size(self._memory.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dimension."""
        return Size(self._memory.shape) if dim is None else self._memory.shape[dim]

    @property
    def dtype(self) -> dtypes.dtype:
        """The element type."""
        return OF_NUMPY[self._memory.dtype]

    @property
    def device(self) -> Any:
        """The device: the CPU, or the meta device (`reference.meta`)."""
        return META if self.is_meta else CPU

    @property
    def is_meta(self) -> bool:
        """Whether it has a shape and no data."""
        return type(self._memory) is not np.ndarray

    @property
    def is_cpu(self) -> bool:
        """Whether it is on the CPU."""
        return not self.is_meta

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._memory.ndim

    def dim(self) -> int:
        """The number of dimensions."""
        return self._memory.ndim

    def numel(self) -> int:
        """The number of elements."""
        return self._memory.size

    nelement = numel

    def stride(self, dim: int | None = None) -> Any:
        """The distance, in elements, between neighbours along each dimension (or one)."""
        array = self._memory
        if array.size == 0:  # NumPy gives empty arrays strides of zero
            strides, step = [], 1
            for n in reversed(array.shape):
                strides.append(step)
                step *= max(n, 1)
            found = tuple(reversed(strides))
        else:
            found = tuple(s // array.itemsize for s in array.strides)
        return found if dim is None else found[dim]

    def data_ptr(self) -> int:
        """The address of the first element."""
        return 0 if self.is_meta else _address(self._memory)

    def storage_offset(self) -> int:
        """The distance, in elements, of the first element from the start of the storage."""
        return (_address(self._memory) - _address(memory_owner(self._memory))) // self._memory.itemsize

    def element_size(self) -> int:
        """The size of an element in bytes."""
        return self.dtype.itemsize

    @property
    def itemsize(self) -> int:
        """The size of an element in bytes."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """The size of all elements in bytes."""
        return self._memory.size * self.dtype.itemsize

    def is_contiguous(self, memory_format: Any = contiguous_format) -> bool:
        """Whether the elements lie without gaps in row-major order, or in that of another format."""
        return has_format(self._memory, memory_format)

    def is_floating_point(self) -> bool:
        """Whether the dtype is a floating-point one."""
        return category_of(self._memory.dtype) == dtypes.FLOATING

    def is_complex(self) -> bool:
        """Whether the dtype is complex."""
        return category_of(self._memory.dtype) == dtypes.COMPLEX

    def is_signed(self) -> bool:
        """Whether the dtype can hold negative numbers."""
        return self.dtype.is_signed

    def is_inference(self) -> bool:
        """Whether it was made in inference mode (MOD-12)."""
        return self._is_inference

    is_cuda = is_sparse = is_quantized = is_mps = is_mkldnn = is_nested = False
    is_xpu = is_ipu = is_xla = is_vulkan = is_maia = is_mtia = is_sparse_csr = False
    name = None
    layout = strided

    # --- its place in the graph -------------------------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether gradients reach this tensor: set on leaves by the user, on others by what they came from."""
        return self._requires_grad if self._view is None else self._view.requires_grad_of(self)

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)
        if self._node is not None:
            raise RuntimeError("you can only change requires_grad flags of leaf variables.")

    @requires_grad.deleter
    def requires_grad(self) -> None:
        raise RuntimeError("requires_grad must be a bool; it cannot be deleted")

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set ``requires_grad`` in place; returns the tensor (ACC-12)."""
        if state.modes.transforms:
            raise RuntimeError(
                "You are attempting to call Tensor.requires_grad_() (or perhaps using torch.autograd.functional.* APIs) "
                "inside of a function being transformed by a functorch transform. This is unsupported, please attempt "
                "to use the functorch transforms (e.g. grad, vjp, jacrev, jacfwd, hessian) or call requires_grad_() "
                "outside of a function being transformed instead."
            )
        value = requires_grad
        if not isinstance(value, bool):
            raise RuntimeError(f"requires_grad must be a bool, got {type(value).__name__}")
        if value and category_of(self._memory.dtype) < dtypes.FLOATING:
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        if self._is_inference and value != self._requires_grad and not state.modes.inference:
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        if not value and self.grad_fn is not None:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a "
                "subgraph that doesn't require differentiation use var_no_grad = var.detach()."
            )
        if self._node is None:
            self._requires_grad = value
            if self._view is not None:
                self._view.unreached = False
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether it did not come from a recorded operation (ACC-04 to ACC-06)."""
        return self.grad_fn is None

    @property
    def grad_fn(self) -> Any:
        """The node of the operation that it came from, or None."""
        if self._view is not None:
            self._view.refresh(self)
        return self._node

    @property
    def output_nr(self) -> int:
        """Which output of its node it is (GPH-08)."""
        return self._nr

    @property
    def grad(self) -> Any:
        """The gradient accumulated so far, or None; reading it on a non-leaf warns (NLG-01)."""
        if self._grad is None and self._node is not None and not self._retains_grad:
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute "
                "won't be populated during autograd.backward(). If you indeed want the .grad field to be populated for "
                "a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by "
                "mistake, make sure you access the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for "
                "more informations.",
                UserWarning,
                stacklevel=2,
            )
        return self._grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is None:
            self._grad = None
            return
        if not isinstance(value, Tensor):
            raise TypeError(
                f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
            )
        if value is self:
            raise RuntimeError("can't assign Variable as its own grad")
        if value.dtype is not self.grad_dtype and self.grad_dtype is not None:
            raise RuntimeError(
                f"attempting to assign a gradient with dtype '{value.dtype}' to a tensor with grad_dtype "
                f"'{self.grad_dtype}'. The gradient must match the tensor's grad_dtype (defaults to the tensor's dtype)."
            )
        if value.device != self.device:
            raise RuntimeError(f"assigned grad has data located on a different device ({value.device})")
        if value._memory.shape != self._memory.shape:
            raise RuntimeError(
                f"assigned grad has data of a different size: got {list(value.shape)}, expected {list(self.shape)}"
            )
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def grad_dtype(self) -> Any:
        """The dtype that ``.grad`` may have: the tensor's own unless set; None means any (ZER-19)."""
        return self.dtype if self._grad_dtype is OWN else self._grad_dtype

    @grad_dtype.setter
    def grad_dtype(self, value: Any) -> None:
        if self._node is not None:
            raise RuntimeError("grad_dtype can only be set on leaf tensors")
        self._grad_dtype = value

    def retain_grad(self) -> None:
        """Make backward fill ``.grad`` of this non-leaf too; nothing happens on a leaf (NLG-02, NLG-03)."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if self._retains_grad or (node := self.grad_fn) is None:
            return
        self._retains_grad = True
        node.own_hooks().retained[self._nr] = weakref.ref(self)

    @property
    def retains_grad(self) -> bool:
        """Whether it is a non-leaf on which ``retain_grad`` was called."""
        return self._retains_grad

    @property
    def data(self) -> Tensor:
        """The same memory, outside any graph, with a version counter of its own (LEG-07, INP-04)."""
        return self._alias()

    @data.setter
    def data(self, value: Any) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if value.is_meta != self.is_meta:
            raise RuntimeError(
                "Attempted to call `variable.set_data(tensor)`, but `variable` and `tensor` have incompatible tensor type."
            )
        if self._requires_grad and category_of(value._memory.dtype) < dtypes.FLOATING:
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        from reference.pending import look_into

        look_into(self, value)

    @data.deleter
    def data(self) -> None:
        raise RuntimeError("Deleting tensor data is not allowed. Delete tensor instead!")

    def detach(self) -> Tensor:
        """The same memory and version counter, outside any graph (ACC-18, INP-03)."""
        alias = self._alias()
        alias._counter, alias._is_inference = self._counter, self._is_inference
        return alias

    def detach_(self) -> Tensor:
        """Leave the graph in place; refused on a view (ACC-19, ACC-20)."""
        if self._view is not None:
            raise RuntimeError("Can't detach views in-place. Use detach() instead.")
        if self._node is not None:
            from reference.autograd.graph import next_sequence_number

            self._left_graph = next_sequence_number()
        self._node, self._nr, self._requires_grad, self._retains_grad = None, 0, False, False
        return self

    @property
    def _version(self) -> int:
        if self._is_inference:
            raise RuntimeError("Inference tensors do not track version counter.")
        return self._counter[0]

    @property
    def _base(self) -> Any:
        return self._view.base if self._view is not None else None

    def _is_view(self) -> bool:
        return self._view is not None

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        from reference.printing import describe

        return describe(self)

    __str__ = __repr__

    def __deepcopy__(self, memo: Any) -> Any:
        from reference.copying import deepcopy_tensor

        return deepcopy_tensor(self, memo)

    def __reduce_ex__(self, protocol: Any) -> Any:
        from reference.copying import reduce_tensor

        return reduce_tensor(self)


Tensor._memory = Tensor._array


def _address(array: Any) -> int:
    return array.__array_interface__["data"][0]


def memory_owner(array: Any) -> Any:
    """The array whose memory a chain of NumPy views looks into."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def is_dense(array: Any) -> bool:
    """Whether the elements fill their memory without gaps or overlaps, in whatever order of the dimensions."""
    flags = array.flags
    if flags.c_contiguous or flags.f_contiguous:
        return True
    expected = array.itemsize
    for stride, size in sorted((s, n) for s, n in zip(array.strides, array.shape, strict=True) if n != 1):
        if stride != expected:
            return False
        expected *= size
    return True
