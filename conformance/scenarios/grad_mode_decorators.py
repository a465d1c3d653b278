"""The grad modes as decorators: of functions, methods, generators and classes."""

from conformance.scenario import scenario


@scenario("MOD-05/decorator", needs=["MOD-05"])
def set_grad_enabled_decorates_without_a_lasting_effect(torch, observe):
    @torch.set_grad_enabled(False)
    def mode():
        return torch.is_grad_enabled()

    observe("after decorating", torch.is_grad_enabled(), documented=True)
    observe("inside the function", mode(), documented=False)
    observe("after the call", torch.is_grad_enabled(), documented=True)


DECORATORS = {
    "no_grad": lambda torch: torch.no_grad,
    "no_grad()": lambda torch: torch.no_grad(),
    "enable_grad": lambda torch: torch.enable_grad,
    "enable_grad()": lambda torch: torch.enable_grad(),
    "inference_mode": lambda torch: torch.inference_mode,
    "inference_mode()": lambda torch: torch.inference_mode(),
}


@scenario("MOD-07", cases=DECORATORS, needs=["MOD-24"])
def the_grad_modes_decorate_functions(torch, observe, decorator):
    @decorator(torch)
    def scaled(x, *, by):
        """Scale."""
        return x * by, torch.is_grad_enabled()

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y, enabled = scaled(x, by=2.0)
    observe("the value", y, documented=[2.0, 4.0])
    observe("the mode inside", enabled)
    observe("the result requires grad", y.requires_grad)
    with torch.no_grad():
        _, enabled = scaled(x, by=2.0)
    observe("the mode inside when called under no_grad", enabled)
    observe("the function keeps its name and docstring", [scaled.__name__, scaled.__doc__])
    observe("the mode afterwards", torch.is_grad_enabled(), documented=True)


@scenario("MOD-07/exception", needs=["MOD-07/no_grad()"])
def a_decorated_function_restores_the_mode_when_it_raises(torch, observe):
    @torch.no_grad()
    def fail():
        raise KeyError("in the function")

    with observe.raises("the call", KeyError):
        fail()
    observe("the mode afterwards", torch.is_grad_enabled(), documented=True)


@scenario("MOD-07/method", needs=["MOD-07/no_grad()"])
def a_method_can_be_decorated(torch, observe):
    class Model:
        factor = 3.0

        @torch.no_grad()
        def predict(self, x):
            return x * self.factor

    y = Model().predict(torch.tensor([1.0], requires_grad=True))
    observe("the value", y, documented=[3.0])
    observe("it requires grad", y.requires_grad, documented=False)


@scenario("MOD-07/recursive", needs=["MOD-07/no_grad()"])
def a_decorated_function_may_call_itself(torch, observe):
    seen = []

    @torch.no_grad()
    def count_down(n):
        seen.append(torch.is_grad_enabled())
        if n:
            with torch.enable_grad():
                count_down(n - 1)

    count_down(2)
    observe("the modes inside", seen, documented=[False, False, False])
    observe("the mode afterwards", torch.is_grad_enabled(), documented=True)


@scenario("MOD-08", needs=["MOD-07/no_grad()"])
def a_decorated_generator_does_not_leak_its_mode_between_yields(torch, observe):
    @torch.no_grad()
    def generate():
        yield torch.is_grad_enabled()
        yield torch.is_grad_enabled()

    inside, outside = [], []
    for enabled in generate():
        inside.append(enabled)
        outside.append(torch.is_grad_enabled())
    observe("inside the generator", inside, documented=[False, False])
    observe("between the yields", outside, documented=[True, True])
    observe("afterwards", torch.is_grad_enabled(), documented=True)


@scenario("MOD-08/conversation", needs=["MOD-08"])
def a_decorated_generator_receives_sent_values_exceptions_and_returns(torch, observe):
    @torch.no_grad()
    def converse():
        heard = yield "ready"
        try:
            yield heard * 2
        except KeyError:
            yield "caught"
        return "done"

    talk = converse()
    observe("the first value", next(talk), documented="ready")
    observe("the answer to 21", talk.send(21), documented=42)
    observe("the answer to an exception", talk.throw(KeyError("thrown")), documented="caught")
    try:
        next(talk)
    except StopIteration as stop:
        observe("the returned value", stop.value, documented="done")
    observe("the mode afterwards", torch.is_grad_enabled(), documented=True)


@scenario("MOD-08/plain-generator", needs=["MOD-08"])
def a_generator_with_a_no_grad_block_of_its_own_leaks_the_mode(torch, observe):
    def generate():
        with torch.no_grad():
            yield
            yield

    steps = generate()
    next(steps)
    observe("while the generator waits inside its block", torch.is_grad_enabled(), documented=False)
    steps.close()
    observe("after closing it", torch.is_grad_enabled(), documented=True)


@scenario("MOD-07/class", needs=["MOD-07/no_grad()"])
def decorating_a_class_covers_its_constructor_with_a_warning(torch, observe):
    class Holder:
        def __init__(self):
            self.mode_inside = torch.is_grad_enabled()

    with observe.warns("decorating the class", FutureWarning, saying="class"):
        decorated = torch.no_grad()(Holder)
    observe("the mode in the constructor", decorated().mode_inside)


@scenario("MOD-08/closing", needs=["MOD-08"])
def closing_a_decorated_generator_closes_it_within_the_mode(torch, observe):
    seen = []

    @torch.no_grad()
    def counting():
        """Counts."""
        try:
            yield 1
            yield 2
        finally:
            seen.append(torch.is_grad_enabled())

    generator = counting()
    observe("the first", next(generator), documented=1)
    generator.close()
    observe("grad mode in its last block", seen, documented=[False])
    observe("its name", counting.__name__, documented="counting")
    observe("its docstring", counting.__doc__, documented="Counts.")
