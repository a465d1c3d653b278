"""Backward in several threads."""

import threading

from conformance.scenario import scenario


def run_all(*works):
    """Run each function in a thread of its own; what they raised, by name, in order."""
    raised = [None] * len(works)

    def run(number, work):
        try:
            work()
        except Exception as error:
            raised[number] = type(error).__name__

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@scenario("MOD-34", needs=["ACC-02"])
def threads_with_leaves_and_graphs_of_their_own_do_not_disturb_each_other(torch, observe):
    leaves = [torch.tensor([float(n)], requires_grad=True) for n in range(1, 5)]

    def work(x):
        for _ in range(50):
            (x * x).sum().backward()

    raised = run_all(*(lambda x=x: work(x) for x in leaves))
    observe("what was raised", raised, documented=[None] * 4)
    observe("the gradients", [x.grad for x in leaves], documented=[[100.0], [200.0], [300.0], [400.0]])


@scenario("MOD-34/another-thread", needs=["MOD-34"])
def a_graph_recorded_in_one_thread_may_be_run_in_another(torch, observe):
    x = torch.tensor([3.0], requires_grad=True)
    losses = []
    observe("recording", run_all(lambda: losses.append((x * x).sum())), documented=[None])
    observe("backward", run_all(losses[0].backward), documented=[None])
    observe("the gradient", x.grad, documented=[6.0])


@scenario("MOD-34/one-after-another", needs=["MOD-34/another-thread"])
def threads_one_after_another_accumulate_into_a_shared_leaf(torch, observe):
    x = torch.tensor([3.0], requires_grad=True)
    for factor in (1.0, 10.0, 100.0):
        run_all(lambda factor=factor: (x * factor).sum().backward())
    observe("the gradient", x.grad, documented=[111.0])


@scenario("MOD-34/freed-by-another", needs=["MOD-34/another-thread"])
def a_graph_freed_by_one_thread_is_freed_for_the_other(torch, observe):
    x = torch.tensor([3.0], requires_grad=True)
    shared = x.exp()
    left, right = shared * 1, shared + 1
    observe("the first thread", run_all(lambda: left.sum().backward()), documented=[None])
    observe("the second", run_all(lambda: right.sum().backward()), documented=["RuntimeError"])


@scenario("MOD-34/failing", needs=["MOD-34", "HKS-11"])
def a_failing_backward_in_one_thread_does_not_disturb_another(torch, observe):
    x = torch.tensor([3.0], requires_grad=True)
    z = torch.tensor([3.0], requires_grad=True)

    def fail(grad):
        raise KeyError("in the hook")

    z.register_hook(fail)
    raised = run_all(lambda: (x * x).sum().backward(), lambda: (z * z).sum().backward())
    observe("what was raised", raised, documented=[None, "KeyError"])
    observe("the healthy thread's gradient", x.grad, documented=[6.0])
    observe("the failing thread's gradient", z.grad, documented=None)


@scenario("MOD-34/autograd-grad", needs=["MOD-34"])
def autograd_grad_in_threads_on_a_shared_leaf_gives_each_its_own(torch, observe):
    x = torch.tensor([3.0], requires_grad=True)
    found = [None] * 4

    def work(n):
        for _ in range(20):
            (found[n],) = torch.autograd.grad((x * x * (n + 1)).sum(), x)

    observe("what was raised", run_all(*(lambda n=n: work(n) for n in range(4))), documented=[None] * 4)
    observe("the gradients", found, documented=[[6.0], [12.0], [18.0], [24.0]])
    observe("the leaf's .grad", x.grad, documented=None)
