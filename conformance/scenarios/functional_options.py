"""torch.autograd.functional: strictness, recording, and what each function refuses."""

from conformance.scenario import scenario


def call(torch, name, function, inputs, **options):
    """One of the functions; the products with a vector get one of ones (of the outputs' shapes, for vjp)."""
    entry = getattr(torch.autograd.functional, name)
    if name in ("jacobian", "hessian"):
        return entry(function, inputs, **options)
    like = inputs
    if name == "vjp":
        with torch.no_grad():
            like = function(*inputs) if isinstance(inputs, tuple) else function(inputs)
    v = tuple(torch.ones_like(x) for x in like) if isinstance(like, tuple) else torch.ones_like(like)
    return entry(function, inputs, v, **options)


def flat(result):
    """All tensors of a nested result."""
    if isinstance(result, (tuple, list)):
        return [tensor for part in result for tensor in flat(part)]
    return [result]


NAMES = ["jacobian", "hessian", "vjp", "jvp", "vhp", "hvp"]


@scenario("HOD-05", cases=NAMES)
def results_are_recorded_only_under_create_graph(torch, observe, name):
    for requires_grad in (False, True):
        x = torch.tensor([0.5, 2.0], requires_grad=requires_grad)
        for create_graph in (False, True):
            result = call(torch, name, lambda x: (x**3).sum(), x, create_graph=create_graph)
            text = f"input requires grad {requires_grad}, create_graph {create_graph}"
            observe(f"recorded, {text}", [tensor.requires_grad for tensor in flat(result)])
            observe(f"values, {text}", [tensor.detach() for tensor in flat(result)])
        with torch.no_grad():
            result = call(torch, name, lambda x: (x**3).sum(), x, create_graph=True)
            observe(f"recorded within no_grad, {requires_grad}", [tensor.requires_grad for tensor in flat(result)])
            observe(f"grad mode afterwards, {requires_grad}", torch.is_grad_enabled(), documented=False)
    observe("grad mode at the end", torch.is_grad_enabled(), documented=True)


@scenario("HOD-06/differentiated", needs=["HOD-05"], cases=NAMES)
def what_create_graph_gives_can_be_differentiated(torch, observe, name):
    x = torch.tensor([0.5, 2.0], requires_grad=True)
    result = call(torch, name, lambda x: (x**3).sum(), x, create_graph=True)
    (grad,) = torch.autograd.grad(sum(tensor.sum() for tensor in flat(result)), x)
    observe("the derivative", grad, terms=20)


#: Words by which the refusals are told apart.
WORDS = (
    *("input 0", "input 1", "utput 0", "utput 1", "index 1", "Entry 0", "Entry 1", "should be 1", "should be 2"),
    *(
        "jacobian",
        "hessian",
        "independent",
        "strict",
        "not supported together",
        "yet",
        "length",
        "single",
        "one element",
    ),
)


def told(function):
    """What a call gives, or the class of its refusal and which of the words it says."""
    try:
        return function()
    except (RuntimeError, TypeError, AssertionError) as error:
        return [type(error).__name__, *[word for word in WORDS if word in str(error)]]


FUNCTIONS = {
    "smooth": lambda torch, x, y: (x**3).sum() + (x * y * y).sum(),
    "ignores-an-input": lambda torch, x, y: (x**3).sum(),
    "linear": lambda torch, x, y: (x + 2 * y).sum(),
    "constant": lambda torch, x, y: torch.tensor(1.0),
    "quadratic-in-one": lambda torch, x, y: (x * x).sum() + y.sum(),
}


@scenario("HOD-08/each", needs=["HOD-08"], cases=[f"{name}/{function}" for name in NAMES for function in FUNCTIONS])
def strictness_of_each(torch, observe, case):
    name, function = case.split("/")
    x = torch.tensor([0.5, 2.0], requires_grad=True)
    y = torch.tensor([3.0, -1.0], requires_grad=True)

    def result(options):
        made = flat(call(torch, name, lambda x, y: FUNCTIONS[function](torch, x, y), (x, y), **options))
        return [[tensor.detach(), tensor.requires_grad] for tensor in made]

    for options in ({}, {"strict": True}, {"create_graph": True}, {"strict": True, "create_graph": True}):
        observe(" and ".join(options) or "neither", told(lambda options=options: result(options)), terms=20)


@scenario("HOD-08/default-is-off", cases=NAMES)
def strictness_and_recording_are_off_by_default(torch, observe, name):
    x = torch.tensor([0.5, 2.0], requires_grad=True)
    if name in ("jacobian", "hessian", "vjp"):
        result = call(torch, name, lambda x: (2 * x).sum(), x)
    else:
        v = torch.ones(2)
        result = getattr(torch.autograd.functional, name)(lambda x: (2 * x).sum(), x, v)
    observe("values", [tensor.detach() for tensor in flat(result)])
    observe("recorded", [tensor.requires_grad for tensor in flat(result)])


@scenario("HOD-07/options", needs=["HOD-07"], cases={
    "reverse-vectorized": {"vectorize": True},
    "forward-vectorized": {"vectorize": True, "strategy": "forward-mode"},
    "forward": {"strategy": "forward-mode"},
    "forward-strict": {"strategy": "forward-mode", "vectorize": True, "strict": True},
    "forward-recorded": {"strategy": "forward-mode", "vectorize": True, "create_graph": True},
    "vectorized-strict": {"vectorize": True, "strict": True},
    "no-such-strategy": {"strategy": "sideways"},
})  # fmt: skip
def options_of_the_jacobian_that_exclude_each_other(torch, observe, options):
    x, y = torch.tensor([0.5, 2.0]), torch.tensor([3.0])
    jacobian = torch.autograd.functional.jacobian

    def shape(result):
        return [shape(part) for part in result] if isinstance(result, (tuple, list)) else result.detach()

    observe("of two", told(lambda: shape(jacobian(lambda x, y: (x * y, (x * x).sum() + y), (x, y), **options))))
    observe("of one", told(lambda: shape(jacobian(lambda x: x * x, x, **options))))
    observe("of a tuple of one", told(lambda: shape(jacobian(lambda x: (x * x,), (x,), **options))))


@scenario("HOD-09/options", needs=["HOD-09"], cases={
    "plain": {}, "vectorized": {"vectorize": True}, "strict": {"strict": True},
    "forward": {"vectorize": True, "outer_jacobian_strategy": "forward-mode"},
    "no-such-strategy": {"outer_jacobian_strategy": "sideways"},
})  # fmt: skip
def options_of_the_hessian(torch, observe, options):
    x, y = torch.tensor([0.5, 2.0]), torch.tensor([3.0])
    hessian = torch.autograd.functional.hessian

    def shape(result):
        return [shape(part) for part in result] if isinstance(result, (tuple, list)) else result.detach()

    observe("of two", told(lambda: shape(hessian(lambda x, y: (x * x * y).sum(), (x, y), **options))))
    observe("of one", told(lambda: shape(hessian(lambda x: (x**3).sum(), x, **options))))
    observe("of a tuple of one", told(lambda: shape(hessian(lambda x: (x**3).sum(), (x,), **options))))
    observe("of what it ignores", told(lambda: shape(hessian(lambda x: torch.tensor(1.0), x, **options))))


@scenario("HOD-13/wrong", needs=["HOD-05"], cases=["vjp", "jvp", "vhp", "hvp"])
def vectors_that_do_not_fit_are_refused(torch, observe, name):
    entry = getattr(torch.autograd.functional, name)
    x, y, ones, wrong = torch.tensor([0.5, 2.0]), torch.tensor([3.0, 1.0]), torch.ones(2), torch.ones(3)
    one, two = (lambda x: (x * x).sum()), (lambda x, y: (x * y).sum())
    calls = {
        "of another size": lambda: entry(one, x, wrong),
        "of another size, of two": lambda: entry(two, (x, y), (ones, wrong)),
        "too few": lambda: entry(two, (x, y), (ones,)),
        "too many": lambda: entry(one, x, (ones, ones)),
        "none": lambda: entry(one, x),
        "none, of two": lambda: entry(lambda x, y: (x * y, x), (x, y)),
        "none, of one element": lambda: entry(one, torch.tensor([2.0])),
        "several outputs": lambda: entry(lambda x: (x.sum(), x.sum()), x, ones),
        "several elements": lambda: entry(lambda x: x * x, x, ones),
        "no tensor among the inputs": lambda: entry(two, (x, 1.0), (ones, ones)),
        "no tensor among the outputs": lambda: entry(lambda x: (x.sum(), 1.0), x, ones),
    }
    for text, each in calls.items():
        observe(text, told(lambda each=each: [tensor.detach() for tensor in flat(each())]))


@scenario("HOD-10/vector-is-recorded", needs=["HOD-10"], cases=["vjp", "jvp", "vhp", "hvp"])
def the_vector_is_differentiated_through_under_create_graph(torch, observe, name):
    x = torch.tensor([0.5, 2.0])
    v = torch.tensor([1.0, 3.0], requires_grad=True)
    weights = torch.tensor([1.0, 10.0])
    function = (lambda x: x**3) if name in ("vjp", "jvp") else (lambda x: (x**3).sum())
    _, product = getattr(torch.autograd.functional, name)(function, x, v, create_graph=True)
    observe("recorded", product.requires_grad, documented=True)
    (grad,) = torch.autograd.grad((product * weights).sum(), v)
    observe("by the vector", grad)
    _, plain = getattr(torch.autograd.functional, name)(function, x, v)
    observe("not without it", plain.requires_grad, documented=False)


@scenario("HOD-07/one-element", needs=["HOD-07"])
def forward_mode_over_an_input_of_one_element(torch, observe):
    x = torch.tensor([2.0])
    options = {"strategy": "forward-mode", "vectorize": True}
    jacobian = torch.autograd.functional.jacobian(lambda x: (x * x, x * 3), x, **options)
    observe("of a square and of three times", [row.detach() for row in jacobian], documented=[[[4.0]], [[3.0]]])


@scenario("HOD-07/empty", cases={"forward": "forward-mode", "reverse": "reverse-mode"})
def a_vectorized_jacobian_where_an_input_or_output_is_empty(torch, observe, strategy):
    jacobian = torch.autograd.functional.jacobian
    empty, pair = torch.zeros(0), torch.tensor([1.0, 2.0])
    options = {"vectorize": True, "strategy": strategy}
    blocks = jacobian(lambda x, y: (x.sum(), y * 2), (empty, pair), **options)
    observe("of an empty input", [list(row) for row in blocks],
            documented=[[[], [0.0, 0.0]], [[[], []], [[2.0, 0.0], [0.0, 2.0]]]])  # fmt: skip
    if strategy == "reverse-mode":
        rows = jacobian(lambda x: (x.sum(), x * 2), empty, **options)
        observe("of an empty output", [list(row.shape) for row in rows], documented=[[0], [0, 0]])
