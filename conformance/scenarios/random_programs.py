"""Random programs: whatever an engine does differently in short pieces of PyTorch code (docs/random-programs.md)."""

from conformance.programs import run
from conformance.scenario import scenario
from conformance.strategies.programs import TrainingLoop, programs


@scenario("RND-01/operations", draws=programs("operations"), programs=True)
def programs_of_operations(torch, observe, program):
    run(program, torch, observe)


@scenario("RND-02/views", draws=programs("views"), programs=True)
def programs_of_views_and_writes_into_them(torch, observe, program):
    run(program, torch, observe)


@scenario("RND-03/graphs", draws=programs("graphs"), programs=True)
def programs_of_backward_passes_hooks_and_zeroing(torch, observe, program):
    run(program, torch, observe)


@scenario("RND-04/optimizers", draws=programs("optimizers"), programs=True)
def programs_of_optimizers(torch, observe, program):
    run(program, torch, observe)


@scenario("RND-05/training-loop", draws=TrainingLoop, programs=True)
def training_loops(torch, observe, program):
    run(program, torch, observe)
