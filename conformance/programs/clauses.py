"""The clauses of the catalogue that a statement of a random program exercises, as far as its text shows that."""

from __future__ import annotations

import re
from collections.abc import Callable

#: Whether a statement, given its text and the message that it raised (None where it ran), reaches a clause.
Reaches = Callable[[str, "str | None"], bool]


def _runs(pattern: str) -> Reaches:
    found = re.compile(pattern, re.DOTALL)
    return lambda text, message: message is None and found.search(text) is not None


def _raises(words: str, pattern: str = "") -> Reaches:
    found = re.compile(pattern, re.DOTALL)
    return lambda text, message: message is not None and words in message and found.search(text) is not None


CLAUSES: tuple[tuple[str, Reaches], ...] = (
    # Leaves and their gradients
    ("ACC-02", _runs(r"\.backward\(")),
    ("ACC-12", _runs(r"\.requires_grad_\((True)?\)")),
    ("ACC-14", _raises("you can only change requires_grad flags", "requires_grad_")),
    ("ACC-17", _runs(r" (==|!=|<|<=|>|>=) |arg(max|min)|torch\.(eq|ne|lt|le|gt|ge)\(")),
    ("ACC-18", _runs(r"\.detach\(\)")),
    ("ACC-19", _runs(r"\.detach_\(\)$")),
    ("ACC-20", _raises("Can't detach views in-place", r"\.detach_\(\)")),
    ("ACC-33", _runs(r"clone\(")),
    ("ACC-35", _runs(r"_like\(")),
    # backward
    ("BWD-01", _runs(r"\.backward\(\)")),
    ("BWD-03", _raises("grad can be implicitly created only for scalar outputs")),
    ("BWD-06", _runs(r"\.backward\((gradient=)?(t\d|torch)")),
    ("BWD-07", _raises("Mismatch in shape: grad_output")),
    ("BWD-10", _raises("does not require grad and does not have a grad_fn", "backward")),
    ("BWD-11", _raises("backward through the graph a second time")),
    ("BWD-16", _runs(r"\.backward\(.*retain_graph=True")),
    ("BWD-17", _runs(r"\.backward\(.*create_graph=True")),
    ("BWD-20", _runs(r"\.backward\(.*create_graph=True")),
    ("BWD-22", _runs(r"\.backward\(.*inputs=\[")),
    ("BWD-23", _runs(r"\.backward\(.*inputs=t")),
    ("BWD-28", _runs(r"autograd\.backward\(\[")),
    ("BWD-29", _runs(r"autograd\.backward\(.*None")),
    ("BWD-33", _runs(r"\.backward\(.*\.clone\(\).*create_graph=True")),
    # grad
    ("GRD-01", _runs(r"autograd\.grad\(")),
    ("GRD-03", _raises("appears to not have been used in the graph")),
    ("GRD-04", _runs(r"autograd\.grad\(.*allow_unused=True")),
    ("GRD-05", _runs(r"autograd\.grad\(.*materialize_grads=True")),
    ("GRD-07", _raises("One of the differentiated Tensors does not require grad")),
    ("GRD-08", _runs(r"autograd\.grad\(")),
    ("GRD-11", _runs(r"autograd\.grad\(.*(retain|create)_graph")),
    ("GRD-13", _runs(r"autograd\.grad\(.*grad_outputs=")),
    ("GRD-16", _runs(r"autograd\.grad\(.*create_graph=True")),
    ("GRD-17", _runs(r"autograd\.grad\(.*\[(t\d+), \1\]")),
    ("GRD-23", _raises("does not require grad and does not have a grad_fn", r"autograd\.grad\(")),
    # Zeroing
    ("ZER-01", _runs(r"\.zero_grad\(\)")),
    ("ZER-03", _runs(r"\.zero_grad\(set_to_none=False\)")),
    ("ZER-08", _runs(r"\.grad = None")),
    ("ZER-09", _runs(r"\.grad\.(data\.|detach_\(\)\.)?zero_\(\)")),
    ("ZER-15", _runs(r"\.grad = (torch|t\d)")),
    ("ZER-16", _runs(r"^del .*\.grad")),
    # Modes
    ("MOD-01", _runs(r"^with torch\.(no_grad\(\)|set_grad_enabled\(False\)):.* = ")),
    ("MOD-05", _runs(r"^with torch\.set_grad_enabled")),
    ("MOD-06", _runs(r"^with torch\.(no_grad|set_grad_enabled)")),
    # Hooks and retained gradients
    ("HKS-01", _runs(r"\.register_hook\(lambda g: l\d")),
    ("HKS-02", _runs(r"\.register_hook\(lambda g: g")),
    ("HKS-04", _runs(r"\.remove\(\)")),
    ("HKS-06", _raises("cannot register a hook on a tensor that doesn't require gradient")),
    ("HKS-14", _runs(r"register_post_accumulate_grad_hook")),
    ("NLG-02", _runs(r"\.retain_grad\(\)")),
    ("NLG-05", _raises("can't retain_grad on Tensor")),
    # Views, indexing, broadcasting, promotion
    ("IDX-01", _runs(r"\w\[[^]]*:[^]]*\]$")),
    ("IDX-29", _runs(r"\.unfold\(")),
    ("IDX-33", _runs(r"diagonal\(")),
    ("IDX-34", _runs(r"unbind\(")),
    ("IDX-51", _runs(r"tri[lu]\(")),
    ("BRC-01", _raises("must match the size of tensor")),
    ("BRC-05", _runs(r"expand(_as)?\(")),
    ("BRC-06", _runs(r"matmul\(| @ ")),
    ("BRC-07", _runs(r"where\(|lerp\(|addcmul\(|clamp\(")),
    ("TYP-03", _runs(r"t\d+ [-+*/] -?\d")),
    ("TYP-07", _runs(r"\.to\(torch|\.double\(\)|\.float\(\)")),
    ("CPX-03", _runs(r"(torch\.|\.)(real|imag)\b")),
    # Writes in place
    ("INP-01", _runs(r"\.\w+_\(|[*+/-]= ")),
    ("INP-04", _runs(r"\.data\.\w+_\(")),
    ("INP-05", _raises("a leaf Variable that requires grad is being used in an in-place operation")),
    ("INP-06", _runs(r"^with torch\.no_grad\(\):.*(\.\w+_\(|[*+/-]= )")),
    ("INP-07", _raises("a view of a leaf Variable that requires grad")),
    ("INP-08", _raises("modified by an inplace operation")),
    ("INP-17", _raises("more than one element of the written-to tensor")),
    ("INP-18", _runs(r"\.copy_\(")),
    ("INP-19", _runs(r"\.(fill|zero)_\(")),
    ("INP-21", _raises("can't be cast to the desired output type")),
    ("INP-26", _runs(r"\.data = ")),
    ("INP-30", _runs(r"\.detach\(\)\.\w+_\(")),
    ("INP-32", _runs(r"^t\d+\.\w+_\(\)")),
    ("INP-34", _runs(r"^t\d+\.\w+_\(t\d")),
    ("INP-38", _runs(r"\w\[.*\] [*+]?= |\.(scatter|index|masked)_\w+_\(")),
    # Optimizers
    ("OPT-04", _raises("some parameters appear in more than one parameter group")),
    ("OPT-06", _runs(r"torch\.optim\.\w+\(\[\{")),
    ("OPT-07", _runs(r"\.add_param_group\(")),
    ("OPT-08", _runs(r'\.param_groups\[0\]\["lr"\] =')),
    ("OPT-10", _runs(r"\.step\(f\d")),
    ("OPT-11", _runs(r"\.step\(")),
    ("OPT-14", _runs(r"\.load_state_dict\(")),
    ("OPT-15", _raises("loaded state dict")),
    ("OPT-20", _raises("Invalid ")),
    ("OPT-21", _runs(r"torch\.optim\..*lr=0\.0")),
    ("OPT-42", _runs(r"\.add_param_group\(.*lr")),
    ("ALG-05", _runs(r"optim\.SGD\(.*maximize=True")),
    ("ALG-07", _runs(r"optim\.Adam\(")),
    ("ALG-09", _runs(r"optim\.Adam\(.*amsgrad=True")),
    ("ALG-13", _runs(r"optim\.AdamW\(")),
    ("ALG-15", _runs(r"optim\.Adadelta\(")),
    ("ALG-16", _runs(r"optim\.Adagrad\(")),
    ("ALG-17", _runs(r"optim\.Adamax\(")),
    ("ALG-18", _runs(r"optim\.ASGD\(")),
    ("ALG-19", _runs(r"optim\.NAdam\(")),
    ("ALG-20", _runs(r"optim\.RAdam\(")),
    ("ALG-21", _runs(r"optim\.RMSprop\(")),
    ("ALG-22", _runs(r"optim\.RMSprop\(.*(centered|momentum)=")),
    ("ALG-23", _runs(r"optim\.Rprop\(")),
    ("ALG-24", _runs(r"optim\.Adafactor\(")),
    ("ALG-36", _runs(r"optim\.SGD\(")),
    ("ALG-39", _runs(r"optim\.LBFGS\(")),
    ("ALG-41", _runs(r"optim\.LBFGS\(.*strong_wolfe")),
)
