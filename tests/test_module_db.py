"""PyTorch's own module samples (`module_db`), the reference against PyTorch: outputs, gradients, buffers.

PyTorch keeps, for its own tests, constructor arguments and inputs of every module. Each is built in both engines, the
reference's parameters and buffers are loaded from PyTorch's, and the forward, the gradients of the inputs and those of
the parameters must agree, in training and in evaluation.
"""

import copy

import numpy as np
import pytest

import reference
from tests.pytorch_samples import tensors_of, to_reference

torch = pytest.importorskip("torch")
common_modules = pytest.importorskip("torch.testing._internal.common_modules")

#: Modules of `module_db` that are not compared, and why: none at present.
NOT_COVERED: dict[str, str] = {}
#: Some modules have hundreds of samples, which differ in their options; so many of them are taken, evenly.
MOST_SAMPLES = 30

DTYPES = {"float32": torch.float32, "float64": torch.float64}
#: Of the largest element, since an error is passed on from one element to the others: some hundred roundings.
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}
MODULES = {info.name.removeprefix("nn."): info for info in common_modules.module_db}


def to_double(value, made):
    """A sample's argument with its floating-point tensors in float64, each a leaf of its own."""
    if isinstance(value, torch.Tensor):
        if id(value) not in made:
            leaf = value.detach().clone()
            made[id(value)] = (leaf.double() if leaf.is_floating_point() else leaf).requires_grad_(value.requires_grad)
        return made[id(value)]
    if isinstance(value, torch.nn.utils.rnn.PackedSequence):
        return value._replace(data=to_double(value.data, made))
    if isinstance(value, (list, tuple)):
        return type(value)(to_double(item, made) for item in value)
    if isinstance(value, dict):
        return {key: to_double(item, made) for key, item in value.items()}
    return value


def samples_of(info, dtype, training):
    torch.manual_seed(0)
    samples = list(info.module_inputs_func(info, "cpu", DTYPES[dtype], requires_grad=True, training=training))
    return samples[:: -(-len(samples) // MOST_SAMPLES)]


def is_random(sample, training):
    """Whether dropout makes the outcome random."""
    layers = [a for a in sample.constructor_input.args if isinstance(a, torch.nn.TransformerEncoderLayer)]
    return training and bool(sample.constructor_input.kwargs.get("dropout") or any(layer.dropout.p for layer in layers))


def built(info, sample, dtype, training):
    """The module in PyTorch and in the reference, with the same parameters and buffers."""
    arguments, options = sample.constructor_input.args, sample.constructor_input.kwargs
    theirs = info.module_cls(*arguments, **options).to(DTYPES[dtype]).train(training)
    ours = getattr(reference.nn, info.module_cls.__name__)(*to_reference(arguments), **to_reference(options))
    ours.to(getattr(reference, dtype)).train(training)
    if any(isinstance(p, torch.nn.parameter.UninitializedParameter) for p in theirs.parameters()):
        given, named = sample.forward_input.args, sample.forward_input.kwargs
        theirs(*given, **named)
        ours(*to_reference(given), **to_reference(named))
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict({key: to_reference(value) for key, value in theirs.state_dict().items()})
    return theirs, ours


def outcome(engine, module, given, named, upstream):
    """What the module returns, the gradients (None where there is none), and its buffers, by name."""
    outputs = tensors_of(module(*given, **named))
    found = {f"output {i}": tensor for i, tensor in enumerate(outputs)}
    inputs = {f"input {i}": tensor for i, tensor in enumerate(tensors_of([given, named]))}
    inputs = {name: t for name, t in {**inputs, **dict(module.named_parameters())}.items() if t.requires_grad}
    outputs = [tensor for tensor in outputs if tensor.requires_grad]
    if outputs and inputs:
        gradients = engine.autograd.grad(outputs, list(inputs.values()), upstream(outputs), allow_unused=True)
        found |= {f"the gradient of {name}": g for name, g in zip(inputs, gradients, strict=True)}
    return found | {f"the buffer {name}": buffer for name, buffer in module.named_buffers()}


def compare(info, sample, dtype, training):
    """Run a module in both engines, and compare what comes out.

    In float32 both round, and PyTorch is compared with its own float64 to see how much that matters.
    """
    theirs, ours = built(info, sample, dtype, training)
    given, named = sample.forward_input.args, sample.forward_input.kwargs
    doubled = copy.deepcopy(theirs).double()
    drawn = []

    def draw(outputs):
        drawn.extend(torch.randn_like(tensor) for tensor in outputs)
        return drawn

    expected = outcome(torch, theirs, given, named, draw)
    exact = outcome(torch, doubled, *to_double((given, named), {}), lambda outputs: [g.double() for g in drawn])
    found = outcome(reference, ours, *to_reference((given, named)), lambda outputs: to_reference(drawn))
    assert list(found) == list(expected)
    for name, wanted in expected.items():
        assert (found[name] is None) == (wanted is None), name
        if wanted is None:
            continue
        assert found[name].requires_grad == wanted.requires_grad, name
        ideal, wanted, got = (
            exact[name].detach().numpy(),
            wanted.detach().numpy(force=True),
            found[name].detach().numpy(),
        )
        assert got.dtype == wanted.dtype, name
        finite = np.isfinite(ideal)
        rounding = np.abs(ideal - wanted)[finite].max(initial=0)
        error = TOLERANCE[dtype] * max(np.abs(wanted[finite]).max(initial=0), 1) + 2 * rounding
        np.testing.assert_allclose(got, wanted, rtol=0, atol=error, err_msg=name)


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", MODULES)
@pytest.mark.filterwarnings("ignore")
def test_a_module_does_what_pytorchs_does(name, dtype, training):
    if name in NOT_COVERED:
        pytest.skip(NOT_COVERED[name])
    compared = 0
    for sample in samples_of(MODULES[name], dtype, training):
        if is_random(sample, training):
            continue
        try:
            compare(MODULES[name], sample, dtype, training)
        except AssertionError as error:
            inputs = tensors_of([sample.forward_input.args, sample.forward_input.kwargs])
            raise AssertionError(
                f"sample {sample.desc!r}: options {sample.constructor_input.kwargs}, inputs of shapes "
                f"{[list(tensor.shape) for tensor in inputs]}: {error}"
            ) from error
        compared += 1
    assert compared, "no sample was compared"


REFUSING = [name for name, info in MODULES.items() if info.module_error_inputs_func is not None]


@pytest.mark.parametrize("name", REFUSING)
@pytest.mark.filterwarnings("ignore")
def test_a_module_refuses_what_pytorchs_refuses(name):
    info = MODULES[name]
    for bad in info.module_error_inputs_func(info, "cpu", torch.float32, requires_grad=False, training=True):
        sample = bad.module_error_input
        options = sample.constructor_input
        with pytest.raises(bad.error_type, match=bad.error_regex):
            module = getattr(reference.nn, info.module_cls.__name__)(
                *to_reference(options.args), **to_reference(options.kwargs)
            )
            if bad.error_on == common_modules.ModuleErrorEnum.FORWARD_ERROR:
                given = sample.forward_input
                module(*to_reference(given.args), **to_reference(given.kwargs))


def test_what_is_not_covered_is_there():
    assert set(NOT_COVERED) <= set(MODULES)
