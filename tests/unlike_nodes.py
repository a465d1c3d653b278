"""Entries of PyTorch's `op_db` and `module_db` whose results have nodes of other names in the reference, and why."""

_COMPOSED = "one node in PyTorch, composed of recorded operations here"
_ONE_NODE = "composed of recorded operations in PyTorch, one node here"
_OTHER_STEPS = "composed in both, the last step being another"
_OVERLOAD = "PyTorch's name numbers the overload: for a number, for an option that is given, in place"
_WRITTEN = "PyTorch fills a new tensor slice by slice: CopySlices"
_NO_CHANGE = "one engine records a step that changes nothing, the other returns what it is given"
_FUSED = "a kernel of PyTorch's that chooses by the size, the strides or the backend"

#: Of `op_db`, the entry's in-place variant included.
UNLIKE: dict[str, str] = {
    **dict.fromkeys(
        """block_diag cholesky linalg.cholesky linalg.cholesky_ex linalg.householder_product linalg.lstsq
        linalg.lstsq.grad_oriented linalg.lu linalg.lu_solve linalg.solve linalg.solve_ex linalg.solve_triangular
        lu_solve lu_unpack nn.functional.embedding_bag nn.functional.grid_sample ormqr triangular_solve""".split(),
        _COMPOSED,
    ),
    **dict.fromkeys("__rmatmul__ einsum linalg.multi_dot matmul".split(), _ONE_NODE),
    **dict.fromkeys(
        """cumulative_trapezoid diff gradient kron linalg.cond linalg.matrix_norm linalg.matrix_power linalg.norm
        linalg.norm.subgradients_at_zero linalg.tensorinv linalg.vecdot nanquantile quantile repeat_interleave
        special.ndtr stft trapezoid trapz""".split(),
        _OTHER_STEPS,
    ),
    **dict.fromkeys(
        """round.decimals_0 polygamma.polygamma_n_0 polygamma.polygamma_n_1
        polygamma.polygamma_n_2 polygamma.polygamma_n_3 polygamma.polygamma_n_4""".split(),
        _OVERLOAD,
    ),
    "nn.functional.pad.circular": _WRITTEN,
    **dict.fromkeys("conj_physical double nn.functional.local_response_norm sum_to_size to".split(), _NO_CHANGE),
    **dict.fromkeys(
        """cdist nn.functional.linear_cross_entropy.chunked nn.functional.linear_cross_entropy.chunked_none
        nn.functional.scaled_dot_product_attention""".split(),
        _FUSED,
    ),
}

#: Of `module_db`.
MODULES_UNLIKE: dict[str, str] = {
    **dict.fromkeys("CircularPad1d CircularPad2d CircularPad3d".split(), _WRITTEN),
    "LinearCrossEntropyLoss": _FUSED,
}
