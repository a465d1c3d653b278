"""Anomaly mode: NaN found in backward, and the traceback of the forward call that made the failing node."""

import warnings

from conformance.scenario import scenario


def nan_graph(torch):
    """A loss whose backward gives NaN at the square root: 0 * (1 / 0)."""
    x = torch.tensor([0.0, 4.0], requires_grad=True)
    return x, (torch.sqrt(x) * torch.tensor([0.0, 1.0])).sum()


@scenario("ANO-01")
def without_anomaly_mode_nan_passes_silently(torch, observe):
    x, loss = nan_graph(torch)
    loss.backward()
    observe("the gradient", x.grad, documented=[float("nan"), 0.25])
    observe("anomaly mode is enabled", torch.is_anomaly_enabled(), documented=False)


@scenario("ANO-02", needs=["ANO-01"])
def under_detect_anomaly_nan_raises_naming_the_node(torch, observe):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.autograd.detect_anomaly():
            x, loss = nan_graph(torch)
            with observe.raises("backward", RuntimeError, saying=("SqrtBackward0", "nan", "output")):
                loss.backward()
    observe("the gradient", x.grad, documented=None)


@scenario("ANO-02/healthy", needs=["ANO-02"])
def under_detect_anomaly_a_healthy_backward_gives_the_plain_gradient(torch, observe):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.autograd.detect_anomaly():
            x = torch.tensor([1.0, 4.0], requires_grad=True)
            torch.sqrt(x).sum().backward()
    observe("the gradient", x.grad, documented=[0.5, 0.25])


@scenario("ANO-02/only-backward", needs=["ANO-02"])
def nan_in_the_forward_alone_does_not_raise(torch, observe):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.autograd.detect_anomaly():
            x = torch.tensor([-1.0, 4.0], requires_grad=True)
            y = torch.sqrt(x.detach()) + x
            y.sum().backward()
    observe("the value", y, documented=[float("nan"), 6.0])
    observe("the gradient", x.grad, documented=[1.0, 1.0])


@scenario("ANO-02/enabled-late", needs=["ANO-02"])
def enabled_for_the_backward_alone_it_still_finds_nan(torch, observe):
    x, loss = nan_graph(torch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.autograd.detect_anomaly():
            with observe.raises("backward", RuntimeError, saying=("SqrtBackward0", "nan")):
                loss.backward()
    observe("the gradient", x.grad, documented=None)


@scenario("ANO-02/warns", needs=["ANO-02"])
def entering_detect_anomaly_warns_that_it_is_slow(torch, observe):
    with observe.warns("entering it", UserWarning, saying="anomaly"):
        with torch.autograd.detect_anomaly():
            pass


@scenario("ANO-03", needs=["ANO-02"])
def without_check_nan_it_does_not_raise_on_nan(torch, observe):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.autograd.detect_anomaly(check_nan=False):
            observe("anomaly mode is enabled", torch.is_anomaly_enabled(), documented=True)
            observe("it checks for NaN", torch.is_anomaly_check_nan_enabled(), documented=False)
            x, loss = nan_graph(torch)
            loss.backward()
    observe("the gradient", x.grad, documented=[float("nan"), 0.25])


@scenario("ANO-04")
def set_detect_anomaly_works_as_a_function_and_as_a_context(torch, observe):
    torch.autograd.set_detect_anomaly(True)
    try:
        observe("after the call", torch.is_anomaly_enabled(), documented=True)
    finally:
        torch.autograd.set_detect_anomaly(False)
    observe("after the call back", torch.is_anomaly_enabled(), documented=False)
    with torch.autograd.set_detect_anomaly(True):
        observe("inside the context", torch.is_anomaly_enabled(), documented=True)
        with torch.autograd.set_detect_anomaly(False):
            observe("inside an inner one", torch.is_anomaly_enabled(), documented=False)
    observe("after the contexts", torch.is_anomaly_enabled(), documented=False)


@scenario("ANO-04/restored", needs=["ANO-04"])
def the_mode_is_restored_after_an_exception(torch, observe):
    with observe.raises("the block", KeyError):
        with torch.autograd.set_detect_anomaly(True):
            raise KeyError("in the block")
    observe("anomaly mode afterwards", torch.is_anomaly_enabled(), documented=False)


def the_culprit(torch, x):
    """The function that the forward traceback must name."""
    return torch.sqrt(x)


def warnings_of(action):
    """The text of the warnings and the exception that a call gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            action()
        except Exception as error:
            return " ".join(str(w.message) for w in caught), type(error).__name__
    return " ".join(str(w.message) for w in caught), None


@scenario("ANO-05", needs=["ANO-02"])
def a_failing_backward_warns_with_the_traceback_of_the_forward_call(torch, observe):
    with torch.autograd.set_detect_anomaly(True):
        x = torch.tensor([0.0], requires_grad=True)
        loss = (the_culprit(torch, x) * 0.0).sum()
        text, raised = warnings_of(loss.backward)
    observe("the exception", raised, documented="RuntimeError")
    observe("the warning speaks of the forward call", "forward call" in text, documented=True)
    observe("it names the node", "SqrtBackward0" in text, documented=True)
    observe("its traceback holds the function that made the node", "the_culprit" in text, documented=True)


@scenario("ANO-05/error-of-another-kind", needs=["ANO-05"])
def any_failing_node_is_traced_to_its_forward_call(torch, observe):
    class Fail(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            raise KeyError("in backward")

    def apply_it(x):
        return Fail.apply(x)

    with torch.autograd.set_detect_anomaly(True):
        loss = apply_it(torch.tensor([1.0], requires_grad=True)).sum()
        text, raised = warnings_of(loss.backward)
    observe("the exception", raised, documented="KeyError")
    observe("the traceback holds the function that made the node", "apply_it" in text, documented=True)


@scenario("ANO-05/enabled-late", needs=["ANO-05"])
def a_graph_made_before_anomaly_mode_has_no_traceback(torch, observe):
    x = torch.tensor([0.0], requires_grad=True)
    loss = (the_culprit(torch, x) * 0.0).sum()
    with torch.autograd.set_detect_anomaly(True):
        text, raised = warnings_of(loss.backward)
    observe("the exception", raised, documented="RuntimeError")
    observe("the warning names the function that made the node", "the_culprit" in text, documented=False)
    observe("it says that there is no traceback", "no forward pass information" in text.lower())


@scenario("ANO-05/metadata", needs=["ANO-05"])
def a_node_made_in_anomaly_mode_carries_its_traceback(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    plain = the_culprit(torch, x)
    with torch.autograd.set_detect_anomaly(True):
        traced = the_culprit(torch, x)
    observe("a node made outside has one", "traceback_" in plain.grad_fn.metadata)
    observe("a node made inside", "the_culprit" in "".join(traced.grad_fn.metadata.get("traceback_", [])))


@scenario("ANO-06", needs=["ANO-02"])
def infinite_gradients_do_not_raise(torch, observe):
    with torch.autograd.set_detect_anomaly(True):
        x = torch.tensor([0.0, 4.0], requires_grad=True)
        torch.sqrt(x).sum().backward()
    observe("the gradient", x.grad, documented=[float("inf"), 0.25])


@scenario("ANO-07", needs=["ANO-02"])
def after_an_anomaly_the_engine_is_usable(torch, observe):
    with torch.autograd.set_detect_anomaly(True):
        x, loss = nan_graph(torch)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with observe.raises("the backward with NaN", RuntimeError):
                loss.backward()
        (x * 3).sum().backward()
    observe("the gradient of another graph", x.grad, documented=[3.0, 3.0])


@scenario("ANO-04/by-function", needs=["ANO-04"])
def anomaly_mode_is_set_by_a_function(torch, observe):
    try:
        torch.set_anomaly_enabled(True)
        observe("on", [torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()], documented=[True, True])
        torch.set_anomaly_enabled(True, False)
        observe(
            "without NaN", [torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()], documented=[True, False]
        )
    finally:
        torch.set_anomaly_enabled(False)
    observe("off", torch.is_anomaly_enabled(), documented=False)


@scenario("ANO-05/second-derivative", needs=["ANO-05"])
def the_backward_that_made_a_failing_node_is_named(torch, observe):
    x = torch.tensor([0.0], requires_grad=True)
    with torch.autograd.detect_anomaly():
        (first,) = torch.autograd.grad((x.abs() ** 1.5).sum(), x, create_graph=True)
        with observe.warns("the second backward", UserWarning, saying="induced by PowBackward"):
            with observe.raises("it", RuntimeError, saying="nan"):
                first.sum().backward()


@scenario("ANO-05/after-another", needs=["ANO-05"])
def a_later_forward_is_induced_by_nothing(torch, observe):
    x = torch.tensor([0.0], requires_grad=True)
    with torch.autograd.detect_anomaly():
        (x * 2).sum().backward()
        y = (x.sqrt() * 0).sum()
        with observe.warns("any", UserWarning, saying="forward call"):
            with observe.raises("backward", RuntimeError, saying="nan"):
                y.backward()
        y = (x.sqrt() * 0).sum()
        with observe.warns("induced", saying="induced by"):
            with observe.raises("another backward", RuntimeError, saying="nan"):
                y.backward()


@scenario("ANO-05/forward-inside", needs=["ANO-05"])
def the_forward_of_the_parent_of_a_failing_node_is_shown(torch, observe):
    x = torch.tensor([0.0], requires_grad=True)
    with torch.autograd.detect_anomaly():
        (first,) = torch.autograd.grad((x.abs() ** 1.5).sum(), x, create_graph=True)
        with observe.warns("the second backward", UserWarning, saying="that induced the previous calculation"):
            with observe.raises("it", RuntimeError, saying="nan"):
                first.sum().backward()


@scenario("ANO-05/forward-outside", needs=["ANO-05/second-derivative"])
def a_node_induced_by_one_that_was_made_outside_of_the_mode(torch, observe):
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    y = x.sqrt().sum()
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        (first,) = torch.autograd.grad(y, x, create_graph=True)
    with torch.autograd.set_detect_anomaly(True):
        with observe.warns("the second backward", UserWarning, saying="No forward pass information"):
            with observe.raises("it", RuntimeError, saying="nan"):
                (first * 0).sum().backward()
