"""Conjugation that is put off: views with a conjugate bit, and with a negative one.

Source: https://docs.pytorch.org/docs/stable/generated/torch.conj.html.
"""

import copy
import io
import pickle

from conformance.scenario import scenario


def conjugate(torch):
    """A complex tensor and its conjugate."""
    z = torch.tensor([[1.0 + 2.0j, 3.0 - 4.0j], [5.0 + 6.0j, -7.0 + 8.0j]])
    return z, z.conj()


VIEWS = {
    "transposed": lambda y: y.T,
    "selected": lambda y: y[0],
    "reshaped": lambda y: y.reshape(4),
    "expanded": lambda y: y.expand(2, 2, 2),
    "diagonal": lambda y: y.diagonal(),
    "strided": lambda y: y.as_strided((2,), (1,)),
    "one-of-several": lambda y: y.unbind()[1],
    "detached": lambda y: y.detach(),
    "data": lambda y: y.data,
}


@scenario("CPX-12", needs=["CPX-07/lazy"])
def a_conjugate_looks_into_the_memory_of_its_base(torch, observe):
    z, y = conjugate(torch)
    observe("the same memory", y.data_ptr() == z.data_ptr(), documented=True)
    observe("its base", y._base is z, documented=True)
    observe("it is a view", y._is_view(), documented=True)
    observe("its strides are those of the base", y.stride() == z.stride())


@scenario("CPX-12/twice", needs=["CPX-12"])
def the_conjugate_of_a_conjugate_is_an_ordinary_view(torch, observe):
    z, y = conjugate(torch)
    twice = y.conj()
    observe("the bit", twice.is_conj(), documented=False)
    observe("the same memory", twice.data_ptr() == z.data_ptr(), documented=True)
    observe("the elements", twice, documented=[[1 + 2j, 3 - 4j], [5 + 6j, -7 + 8j]])


@scenario("CPX-12/the-base-is-written-to", needs=["CPX-12"])
def a_write_to_the_base_is_seen_in_its_conjugate(torch, observe):
    z, y = conjugate(torch)
    z.mul_(1j)
    observe("the conjugate", y, documented=[[-2 - 1j, 4 - 3j], [-6 - 5j, -8 + 7j]])
    observe("its version", y._version, documented=1)


@scenario("CPX-12/the-conjugate-is-written-to", needs=["CPX-12"])
def a_write_to_the_conjugate_is_seen_in_its_base(torch, observe):
    z, y = conjugate(torch)
    y.mul_(1j)
    observe("the conjugate", y, documented=[[2 + 1j, -4 + 3j], [6 + 5j, 8 - 7j]])
    observe("the base", z, documented=[[2 - 1j, -4 - 3j], [6 - 5j, 8 + 7j]])
    observe("the base's version", z._version, documented=1)
    observe("the bit", y.is_conj(), documented=True)


@scenario("CPX-12/an-element", needs=["CPX-12/the-conjugate-is-written-to"])
def an_element_written_by_way_of_the_conjugate(torch, observe):
    z, y = conjugate(torch)
    y[0, 1] = 9.0 + 1.0j
    y.T[0, 1].add_(1j)
    observe("the base", z, documented=[[1 + 2j, 9 - 1j], [5 + 5j, -7 + 8j]])


@scenario("CPX-12/onto-each-other", needs=["CPX-12/the-conjugate-is-written-to"])
def a_tensor_is_overwritten_with_its_own_conjugate(torch, observe):
    z, y = conjugate(torch)
    z.copy_(y)
    observe("the base", z, documented=[[1 - 2j, 3 + 4j], [5 - 6j, -7 - 8j]])
    y.add_(z)
    observe("the base, its conjugate having been added to that", z, documented=[[2, 6], [10, -14]])


@scenario("CPX-12/out", needs=["CPX-12/the-conjugate-is-written-to"])
def a_result_is_written_into_a_conjugate(torch, observe):
    z, y = conjugate(torch)
    torch.mul(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), 1j, out=y)
    observe("the conjugate", y, documented=[[1j, 2j], [3j, 4j]])
    observe("the base", z, documented=[[-1j, -2j], [-3j, -4j]])
    observe("the bit", y.is_conj())


@scenario("CPX-12/views-of-it", needs=["CPX-12"], cases=VIEWS)
def a_view_of_a_conjugate_has_the_bit_too(torch, observe, case):
    z, y = conjugate(torch)
    view = case(y)
    observe("the bit", view.is_conj())
    observe("the elements", view)
    z.mul_(1j)
    observe("the elements after a write to the base", view)


@scenario("CPX-12/adjoints", needs=["CPX-12"])
def conjugate_transposes_are_lazy(torch, observe):
    z, _ = conjugate(torch)
    for name, y in {"adjoint": z.adjoint(), "mH": z.mH, "H": z.H}.items():
        observe(f"the bit of {name}", y.is_conj(), documented=True)
        observe(name, y, documented=[[1 - 2j, 5 - 6j], [3 + 4j, -7 - 8j]])


@scenario("CPX-12/a-real-tensor", needs=["CPX-07/of-a-real-tensor"])
def a_real_tensor_has_no_bit(torch, observe):
    x = torch.tensor([1.0, 2.0])
    observe("the conjugate bit of its conjugate", x.conj().is_conj(), documented=False)
    observe("the negative bit of its negative", (-x).is_neg(), documented=False)
    observe("resolve_conj returns it", x.resolve_conj() is x, documented=True)


@scenario("CPX-13", needs=["CPX-12"])
def resolving_copies_where_the_bit_is_set(torch, observe):
    z, y = conjugate(torch)
    resolved = torch.resolve_conj(y)
    observe("the bit", torch.is_conj(resolved), documented=False)
    observe("the elements", resolved, documented=[[1 - 2j, 3 + 4j], [5 - 6j, -7 - 8j]])
    z.zero_()
    observe("the elements after a write to the base", resolved, documented=[[1 - 2j, 3 + 4j], [5 - 6j, -7 - 8j]])
    observe("a tensor without the bit is returned itself", torch.resolve_conj(z) is z, documented=True)


@scenario("CPX-13/physical", needs=["CPX-13"])
def conj_physical_computes_at_once(torch, observe):
    z, y = conjugate(torch)
    observe("the bit", torch.conj_physical(z).is_conj(), documented=False)
    observe("of a conjugate", torch.conj_physical(y), documented=[[1 + 2j, 3 - 4j], [5 + 6j, -7 + 8j]])
    y.conj_physical_()
    observe("the base, once its conjugate is conjugated in place", z)
    observe("the conjugate's bit then", y.is_conj())


@scenario(
    "CPX-13/results",
    needs=["CPX-13"],
    cases={
        "clone": lambda torch, y: y.clone(),
        "mul": lambda torch, y: y * 2,
        "matmul": lambda torch, y: y @ y,
        "exp": lambda torch, y: y.exp(),
        "cat": lambda torch, y: torch.cat([y, y]),
        "index": lambda torch, y: y[[1]],
        "contiguous": lambda torch, y: y.T.contiguous(),
        "to": lambda torch, y: y.to(torch.complex64, copy=True),
        "zeros-like": lambda torch, y: torch.zeros_like(y),
    },
)
def what_computes_gives_a_tensor_without_the_bit(torch, observe, case):
    _, y = conjugate(torch)
    made = case(torch, y)
    observe("the bit", made.is_conj())
    observe("the elements", made)


@scenario("CPX-13/contiguous", needs=["CPX-13"])
def a_contiguous_conjugate_is_contiguous_already(torch, observe):
    _, y = conjugate(torch)
    observe("is contiguous", y.is_contiguous())
    observe("contiguous returns it", y.contiguous() is y)


@scenario("CPX-13/copies", needs=["CPX-13"], devices="cpu")
def deepcopy_resolves_and_pickle_keeps_the_bit(torch, observe):
    _, y = conjugate(torch)
    deep, kept = copy.deepcopy(y), pickle.loads(pickle.dumps(y))
    observe("the bit of a deep copy", deep.is_conj())
    observe("a deep copy", deep, documented=[[1 - 2j, 3 + 4j], [5 - 6j, -7 - 8j]])
    observe("the bit of what was pickled", kept.is_conj())
    observe("what was pickled", kept, documented=[[1 - 2j, 3 + 4j], [5 - 6j, -7 - 8j]])


@scenario("CPX-13/save", needs=["CPX-13"], devices="cpu")
def saving_keeps_the_bits(torch, observe):
    _, y = conjugate(torch)
    file = io.BytesIO()
    torch.save([y, conjugate(torch)[1].imag], file)
    file.seek(0)
    loaded, part = torch.load(file)
    observe("the conjugate bit", loaded.is_conj())
    observe("the conjugate", loaded, documented=[[1 - 2j, 3 + 4j], [5 - 6j, -7 - 8j]])
    observe("the negative bit", part.is_neg())
    observe("the imaginary part", part, documented=[[-2, 4], [-6, -8]])


@scenario("CPX-13/data", needs=["CPX-13"])
def a_conjugate_may_be_assigned_to_data(torch, observe):
    _, y = conjugate(torch)
    x = torch.tensor([1j])
    x.data = y
    observe("the bit", x.is_conj())
    observe("the elements", x)
    y.data = torch.tensor([1j])
    observe("the bit of a conjugate that was given other data", y.is_conj())
    observe("its elements", y)


@scenario("CPX-14", needs=["CPX-12", "CPX-03/views"])
def the_imaginary_part_of_a_conjugate_has_a_negative_bit(torch, observe):
    _, y = conjugate(torch)
    b = y.imag
    observe("the bit", b.is_neg(), documented=True)
    observe("the elements", b, documented=[[-2, 4], [-6, -8]])
    observe("the bit once resolved", torch.resolve_neg(b).is_neg(), documented=False)
    observe("the elements once resolved", torch.resolve_neg(b), documented=[[-2, 4], [-6, -8]])
    observe("a tensor without the bit is returned itself", torch.resolve_neg(y) is y, documented=True)
    observe("the bit of the real part", y.real.is_neg())


@scenario("CPX-14/writes", needs=["CPX-14"])
def a_write_to_the_imaginary_part_of_a_conjugate(torch, observe):
    z, y = conjugate(torch)
    y.imag.add_(1.0)
    y.real[0].zero_()
    observe("the base", z, documented=[[1j, -5j], [5 + 5j, -7 + 7j]])
    observe("the conjugate", y, documented=[[-1j, 5j], [5 - 5j, -7 - 7j]])


@scenario("CPX-14/results", needs=["CPX-14"])
def what_computes_with_a_negative_bit_gives_none(torch, observe):
    _, y = conjugate(torch)
    for name, made in {"negative": -y.imag, "copy": y.imag.clone(), "absolute value": y.imag.abs()}.items():
        observe(f"the bit of a {name}", made.is_neg())
        observe(f"the {name}", made)
    observe("the bit of a slice", y.imag[0].is_neg())


@scenario("CPX-15", needs=["CPX-12"])
def a_conjugate_has_no_view_as_real_numbers(torch, observe):
    _, y = conjugate(torch)
    with observe.raises("view_as_real", RuntimeError, saying="resolve_conj"):
        torch.view_as_real(y)
    observe("once it is resolved", torch.view_as_real(y.resolve_conj())[0], documented=[[1, -2], [3, 4]])


@scenario("CPX-15/a-dtype", needs=["CPX-15"])
def a_conjugate_is_not_viewed_as_another_dtype(torch, observe):
    _, y = conjugate(torch)
    with observe.raises("a conjugate", RuntimeError, saying="conjugate"):
        y.view(torch.float32)
    with observe.raises("a negative", RuntimeError, saying="negative"):
        y.imag.view(torch.int32)


@scenario("CPX-15/numpy", needs=["CPX-15"], devices="cpu")
def a_conjugate_is_not_a_numpy_array(torch, observe):
    _, y = conjugate(torch)
    with observe.raises("a conjugate", RuntimeError, saying="resolve_conj"):
        y.numpy()
    with observe.raises("a negative", RuntimeError, saying="resolve_neg"):
        y.imag.numpy()
    observe("with force", y.numpy(force=True).tolist(), documented=[[1 - 2j, 3 + 4j], [5 - 6j, -7 - 8j]])


@scenario("CPX-16", needs=["CPX-07", "CPX-12"])
def the_gradient_of_the_parts_of_a_conjugate(torch, observe):
    z = torch.tensor([1.0 + 2.0j], requires_grad=True)
    y = z.conj()
    (2.0 * y.real + 3.0 * y.imag).backward(torch.tensor([1.0]))
    observe("the gradient", z.grad, documented=[2 - 3j])


@scenario("CPX-16/a-write-to-the-conjugate", needs=["CPX-16"])
def the_history_of_a_base_whose_conjugate_was_multiplied(torch, observe):
    leaf = torch.tensor([1.0 + 2.0j, 3.0 - 4.0j], requires_grad=True)
    z = leaf * 1
    z.conj()[0].mul_(2j)
    observe("the base", z, documented=[4 - 2j, 3 - 4j])  # conj(2j conj(z)) = -2j z
    z.backward(torch.tensor([1.0 + 0.0j, 1.0 + 0.0j]))
    observe("the gradient", leaf.grad, documented=[2j, 1])


@scenario("CPX-16/a-write-to-the-base", needs=["CPX-16"])
def the_history_of_a_conjugate_whose_base_was_multiplied(torch, observe):
    leaf = torch.tensor([1.0 + 2.0j, 3.0 - 4.0j], requires_grad=True)
    z = leaf * 1
    y = z.conj()
    z.mul_(2j)
    observe("the conjugate", y, documented=[-4 - 2j, 8 - 6j])
    y.backward(torch.tensor([1.0 + 0.0j, 1j]))
    observe("the gradient", leaf.grad, documented=[-2j, -2])


@scenario("CPX-16/a-part", needs=["CPX-16/a-write-to-the-conjugate"])
def the_history_of_a_base_by_way_of_a_negative_view(torch, observe):
    leaf = torch.tensor([1.0 + 2.0j], requires_grad=True)
    z = leaf * 1
    z.conj().imag.mul_(3.0)
    observe("the base", z, documented=[1 + 6j])
    (z * z.conj()).sum().backward(torch.tensor(1.0 + 0.0j))
    observe("the gradient", leaf.grad, documented=[2 + 36j])  # of x^2 + (3y)^2


@scenario("CPX-16/of-a-leaf", needs=["CPX-16/a-write-to-the-conjugate"])
def the_conjugate_of_a_leaf_is_not_written_to(torch, observe):
    z = torch.tensor([1.0 + 2.0j], requires_grad=True)
    with observe.raises("a write", RuntimeError, saying="leaf"):
        z.conj().mul_(2.0)


@scenario("CPX-16/saved", needs=["CPX-16"])
def a_saved_conjugate_whose_base_is_written_to_is_refused(torch, observe):
    leaf = torch.tensor([1.0 + 2.0j], requires_grad=True)
    z = leaf * 1
    product = z.conj() * leaf
    z.mul_(2.0)
    with observe.raises("backward", RuntimeError, saying="version"):
        product.backward(torch.tensor([1.0 + 0.0j]))


@scenario("CPX-16/again", needs=["CPX-16/a-write-to-the-conjugate"])
def a_second_derivative_by_way_of_a_write_to_a_conjugate(torch, observe):
    leaf = torch.tensor([1.0 + 2.0j], requires_grad=True)
    z = leaf * 1
    y = z.conj()
    y.mul_(y.clone())
    loss = (z * z.conj()).real.sum()  # |leaf|^4
    (first,) = torch.autograd.grad(loss, leaf, create_graph=True)
    observe("the first", first, documented=[20 + 40j])  # 4 |z|^2 z
    (second,) = torch.autograd.grad(first.real.sum(), leaf)
    observe("the second, of the real part", second, documented=[28 + 16j])  # 12 x^2 + 4 y^2, 8 x y


@scenario("CPX-16/forward-mode", needs=["CPX-16"])
def the_tangent_of_a_conjugate(torch, observe):
    forward = torch.autograd.forward_ad
    with forward.dual_level():
        dual = forward.make_dual(torch.tensor([1.0 + 2.0j]), torch.tensor([3.0 + 1.0j]))
        observe("of the conjugate", forward.unpack_dual(dual.conj()).tangent, documented=[3 - 1j])
        observe("of its imaginary part", forward.unpack_dual(dual.conj().imag).tangent, documented=[-1])
        dual.conj().mul_(1j)
        observe("of the base, once that is written to", forward.unpack_dual(dual).tangent, documented=[1 - 3j])


@scenario("CPX-16/vmap", needs=["CPX-16"])
def a_conjugate_within_vmap(torch, observe):
    z, _ = conjugate(torch)
    observe("the product of each row with its conjugate", torch.func.vmap(lambda x: x.conj() * x)(z))
    observe("rows of a conjugate", torch.func.vmap(lambda x: x * 2)(z.conj()))


@scenario("CPX-16/accumulated", needs=["CPX-12", "ACC-02"])
def a_gradient_that_is_a_conjugate_is_added_to_where_it_lies(torch, observe):
    z = torch.tensor([1.0 + 2.0j, 3.0 - 1.0j], requires_grad=True)
    memory = torch.tensor([1.0 + 1.0j, 2.0 + 2.0j])
    z.grad = memory.conj()
    (z.abs() ** 2).sum().backward()
    observe("the gradient", z.grad, documented=[3.0 + 3.0j, 8.0 - 4.0j])
    observe("what it is the conjugate of", memory)
