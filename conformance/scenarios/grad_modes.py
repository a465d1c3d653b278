"""no_grad, enable_grad and set_grad_enabled: what they record, how they nest, in which thread."""

import threading

from conformance.scenario import scenario


@scenario("MOD-01")
def results_made_under_no_grad_are_not_recorded(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        y = x * 2
    observe("the value", y, documented=[2.0, 4.0])
    observe("it requires grad", y.requires_grad, documented=False)
    observe("it has a grad_fn", y.grad_fn is not None, documented=False)
    observe("it is a leaf", y.is_leaf, documented=True)
    observe("the operand still requires grad", x.requires_grad, documented=True)


OPERATIONS = {
    "mul": lambda torch, x: x * 2,
    "matmul": lambda torch, x: x @ x,
    "sum": lambda torch, x: x.sum(),
    "gather": lambda torch, x: x[[1, 0]],
    "clone": lambda torch, x: x.clone(),
    "exp": lambda torch, x: torch.exp(x),
    "cat": lambda torch, x: torch.cat([x, x]),
    "relu": lambda torch, x: torch.nn.functional.relu(x),
    "cast": lambda torch, x: x.to(torch.float16),
    "max": lambda torch, x: torch.max(x, 0).values,
    "where": lambda torch, x: torch.where(x > 1, x, -x),
}


@scenario("MOD-01/of", cases=OPERATIONS, needs=["MOD-01"])
def no_operation_is_recorded_under_no_grad(torch, observe, operation):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        y = operation(torch, x)
    observe("the result requires grad", y.requires_grad, documented=False)
    observe("outside it does", operation(torch, x).requires_grad, documented=True)


VIEWS = {
    "view": lambda x: x.view(2, 1),
    "slice": lambda x: x[0:1],
    "select": lambda x: x[0],
    "unsqueeze": lambda x: x.unsqueeze(0),
    "expand": lambda x: x.expand(2, 2),
    "reshape": lambda x: x.reshape(2, 1),
}


@scenario("MOD-27", cases=VIEWS, needs=["MOD-01"])
def a_view_made_under_no_grad_is_not_recorded(torch, observe, view_of):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        view = view_of(x)
        observe("the view requires grad", view.requires_grad, documented=False)
    observe("it has a grad_fn", view.grad_fn is not None, documented=False)
    loss = (view * 3).sum() + (x * 2).sum()
    loss.backward()
    observe("no gradient comes through the view", x.grad, documented=[2.0, 2.0])


@scenario("MOD-01/backward-refused", needs=["MOD-01"])
def backward_from_a_result_made_under_no_grad_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        loss = (x * x).sum()
    with observe.raises("backward", RuntimeError, saying="does not require grad"):
        loss.backward()


@scenario("MOD-02", needs=["MOD-01"])
def results_made_under_no_grad_take_part_later_as_constants(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        y = x * 3
    (x * y).sum().backward()
    observe("the gradient counts y as a constant", x.grad, documented=[3.0, 6.0])


@scenario("MOD-02/as-a-target", needs=["MOD-02"])
def a_target_computed_under_no_grad_gets_no_gradient(torch, observe):
    w = torch.tensor(2.0, requires_grad=True)
    with torch.no_grad():
        target = w * 5
    (w - target).pow(2).backward()
    observe("the gradient", w.grad, documented=-16.0)


@scenario("MOD-03", needs=["MOD-01"])
def enable_grad_inside_no_grad_records_again(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        with torch.enable_grad():
            y = x * 2
        z = x * 2
    observe("inside enable_grad", y.requires_grad, documented=True)
    observe("after it, still inside no_grad", z.requires_grad, documented=False)
    y.sum().backward()
    observe("the gradient", x.grad, documented=[2.0, 2.0])


@scenario("MOD-03/partly", needs=["MOD-03"])
def a_graph_through_an_unrecorded_part_ends_there(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        y = x * 2
        with torch.enable_grad():
            z = x * y
    z.sum().backward()
    observe("the gradient", x.grad, documented=[2.0, 4.0])


@scenario("MOD-04")
def enable_grad_does_not_make_constants_require_grad(torch, observe):
    x = torch.tensor([1.0, 2.0])
    with torch.enable_grad():
        y = x * 2
    observe("the result requires grad", y.requires_grad, documented=False)


@scenario("MOD-05", needs=["MOD-24"])
def set_grad_enabled_works_as_a_context_and_as_a_function(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    with torch.set_grad_enabled(False):
        observe("recorded in the context", (x * 2).requires_grad, documented=False)
    observe("recorded after the context", (x * 2).requires_grad, documented=True)
    torch.set_grad_enabled(False)
    try:
        observe("recorded after the call", (x * 2).requires_grad, documented=False)
    finally:
        torch.set_grad_enabled(True)
    observe("recorded after the call back", (x * 2).requires_grad, documented=True)


@scenario("MOD-05/true-inside-no-grad", needs=["MOD-05", "MOD-03"])
def set_grad_enabled_true_records_inside_no_grad(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    with torch.no_grad():
        with torch.set_grad_enabled(True):
            observe("recorded", (x * 2).requires_grad, documented=True)
        observe("recorded afterwards", (x * 2).requires_grad, documented=False)


@scenario("MOD-05/called-inside-a-context", needs=["MOD-05"])
def leaving_a_context_undoes_a_call_made_inside_it(torch, observe):
    with torch.no_grad():
        torch.set_grad_enabled(True)
        observe("inside, after the call", torch.is_grad_enabled(), documented=True)
    observe("after leaving", torch.is_grad_enabled(), documented=True)
    with torch.enable_grad():
        torch.set_grad_enabled(False)
    observe("after leaving the other", torch.is_grad_enabled(), documented=True)


@scenario("MOD-06", needs=["MOD-24"])
def the_mode_is_restored_also_after_an_exception(torch, observe):
    with torch.no_grad():
        with torch.no_grad():
            pass
        observe("after an inner block", torch.is_grad_enabled(), documented=False)
    observe("after the block", torch.is_grad_enabled(), documented=True)
    try:
        with torch.no_grad():
            raise KeyError("in the block")
    except KeyError:
        pass
    observe("after an exception", torch.is_grad_enabled(), documented=True)


@scenario("MOD-06/reused", needs=["MOD-06"])
def one_context_object_can_be_entered_again(torch, observe):
    quiet = torch.no_grad()
    for time in ("first", "second"):
        with quiet:
            observe(f"inside, the {time} time", torch.is_grad_enabled(), documented=False)
        observe(f"outside, the {time} time", torch.is_grad_enabled(), documented=True)


@scenario("MOD-06/in-a-failing-backward", needs=["MOD-06"])
def the_mode_survives_a_failing_backward(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)

    def fail(grad):
        raise KeyError("in the hook")

    x.register_hook(fail)
    with observe.raises("backward", KeyError):
        (x * 2).sum().backward()
    observe("after the failure", torch.is_grad_enabled(), documented=True)
    loss = (x * 2).sum()
    with torch.no_grad():
        with observe.raises("grad under create_graph", KeyError):
            torch.autograd.grad(loss, x, create_graph=True)
        observe("inside no_grad after a failure under create_graph", torch.is_grad_enabled(), documented=False)


def in_a_thread(work):
    """What the function returns when another thread runs it."""
    results = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    thread.join()
    return results[0]


@scenario("MOD-09", needs=["MOD-24"])
def the_grad_mode_of_one_thread_does_not_affect_another(torch, observe):
    with torch.no_grad():
        observe("in a thread started inside no_grad", in_a_thread(torch.is_grad_enabled), documented=True)
        observe("in the thread that entered no_grad", torch.is_grad_enabled(), documented=False)

    def switch_off():
        torch.set_grad_enabled(False)
        return torch.is_grad_enabled()

    observe("in a thread that switches it off", in_a_thread(switch_off), documented=False)
    observe("in the main thread afterwards", torch.is_grad_enabled(), documented=True)


@scenario("MOD-10", needs=["MOD-01"])
def a_factory_asked_for_requires_grad_gives_a_leaf_under_no_grad(torch, observe):
    with torch.no_grad():
        x = torch.zeros(2, requires_grad=True)
        y = torch.tensor([1.0], requires_grad=True)
        p = torch.nn.Parameter(torch.ones(2))
        z = torch.ones(2).requires_grad_()
    observe("zeros", [x.requires_grad, x.is_leaf], documented=[True, True])
    observe("tensor", y.requires_grad, documented=True)
    observe("a parameter", p.requires_grad, documented=True)
    observe("requires_grad_()", z.requires_grad, documented=True)
    (x * 3).sum().backward()
    observe("its gradient", x.grad, documented=[3.0, 3.0])


@scenario("MOD-11", needs=["FWD-03"])
def no_grad_does_not_switch_off_forward_mode(torch, observe):
    with torch.autograd.forward_ad.dual_level():
        x = torch.autograd.forward_ad.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
        with torch.no_grad():
            y = x * 3
        tangent = torch.autograd.forward_ad.unpack_dual(y).tangent
    observe("the tangent", tangent, documented=[3.0, 30.0])


@scenario("MOD-23")
def evaluation_mode_does_not_switch_off_recording(torch, observe):
    layer = torch.nn.Linear(2, 1)
    layer.eval()
    y = layer(torch.tensor([[1.0, 2.0]]))
    observe("the output in evaluation mode requires grad", y.requires_grad, documented=True)
    y.sum().backward()
    observe("the weight's gradient", layer.weight.grad, documented=[[1.0, 2.0]])
    layer.train()
    observe("the output in training mode requires grad", layer(torch.ones(1, 2)).requires_grad, documented=True)
    with torch.no_grad():
        observe("the output under no_grad", layer(torch.ones(1, 2)).requires_grad, documented=False)


@scenario("MOD-24")
def is_grad_enabled_reports_the_mode(torch, observe):
    observe("at first", torch.is_grad_enabled(), documented=True)
    with torch.no_grad():
        observe("under no_grad", torch.is_grad_enabled(), documented=False)
        with torch.enable_grad():
            observe("under enable_grad inside it", torch.is_grad_enabled(), documented=True)
        observe("back under no_grad", torch.is_grad_enabled(), documented=False)
    observe("at last", torch.is_grad_enabled(), documented=True)


@scenario("MOD-25")
def set_multithreading_enabled_does_not_change_results(torch, observe):
    for enabled in (False, True):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        with torch.autograd.set_multithreading_enabled(enabled):
            (x * x).sum().backward()
        observe(f"the gradient with multithreading {enabled}", x.grad, documented=[2.0, 4.0])


@scenario("MOD-05/kept", needs=["MOD-05"])
def a_kept_mode_is_set_again_on_entering_it(torch, observe):
    off = torch.set_grad_enabled(False)
    torch.set_grad_enabled(True)
    with off:
        observe("inside", torch.is_grad_enabled(), documented=False)
    torch.set_grad_enabled(True)
