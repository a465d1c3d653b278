"""What holds on the CPU holds on other devices: what differs there is rehearsed without one.

On CUDA optimizers take their foreach ways by default, and hooks run in a thread of the device's, which knows no
default device. A scenario that leans on the CPU's ways would blame PyTorch on CUDA for its own.
"""

from __future__ import annotations

import pytest

from tests.suite import ROOT, run

pytest.importorskip("torch")

OPTIMIZERS = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("conformance/scenarios/optim*.py"))
BACKWARD = (
    "saved_tensors",
    "saved_tensor_hooks",
    "custom_functions",
    "custom_function_derivatives",
    "gradcheck_options",
)
IN_BACKWARD = [f"conformance/scenarios/{name}.py" for name in BACKWARD]


def test_optimizers_do_not_depend_on_which_implementation_is_the_default(tmp_path):
    engine = "tests.engines.foreach_by_default:engine"
    done = run(*OPTIMIZERS, "--engine", engine, "-k", "float32", folder=tmp_path)
    unlike = {id: verdict for id, verdict in done.verdicts.items() if verdict not in ("agrees", "not run")}
    assert not unlike, done.output
    assert len(done.verdicts) > 500


def test_scenarios_hold_on_a_device_whose_backward_passes_run_in_a_thread_of_its_own(tmp_path):
    done = run(*IN_BACKWARD, "--engine", "torch_private_use_one", "-k", "float32", folder=tmp_path)
    assert done.status == 0, done.output  # the expectations file says what a device registered from Python does not do
    assert list(done.verdicts.values()).count("agrees") > 50
