"""Entries of PyTorch's `op_db` that the reference is not compared on, and why; and those compared in part."""

#: The reason of entries that may agree by chance.
RANDOM = "random numbers: every engine draws its own"
_PRIVATE = "not documented: PyTorch's own code calls it"
_SPARSE = "sparse tensors, of which the reference has what sparse gradients need"
_MASKED = "torch.masked, a prototype beside autograd and optim"
_WINDOW = "torch.signal.windows makes constants: nothing of it is differentiable"
_CUDA = "for CUDA alone"
_SINGLE_PRECISION = "PyTorch computes it to single precision only (6e-8 from the true value, measured on 2.13.0)"
_LDL = "NumPy has no LDL decomposition; PyTorch's is not differentiable"

#: Entries without any comparison.
UNCOVERED: dict[str, str] = {
    **dict.fromkeys(
        """bernoulli cauchy exponential geometric log_normal multinomial normal normal.in_place normal.number_mean
        rand_like randint randint_like randn randn_like uniform nn.functional.alpha_dropout nn.functional.dropout
        nn.functional.dropout2d nn.functional.dropout3d nn.functional.feature_alpha_dropout.with_train
        nn.functional.fractional_max_pool2d nn.functional.fractional_max_pool3d
        nn.functional.multi_head_attention_forward nn.functional.rrelu pca_lowrank svd_lowrank""".split(),
        RANDOM,
    ),
    **dict.fromkeys(
        """_batch_norm_with_update _chunk_cat _native_batch_norm_legit _segment_reduce.lengths _segment_reduce.offsets
        _softmax_backward_data _unsafe_masked_index _unsafe_masked_index_put_accumulate _upsample_bilinear2d_aa
        grid_sampler_2d grid_sampler_3d hash_tensor max_pool2d_with_indices_backward native_batch_norm
        constant_pad_nd native_dropout_backward native_group_norm native_layer_norm slice
        torch._scaled_mm torch._scaled_mm_v2 torch.ops.aten._efficient_attention_forward
        torch.ops.aten._flash_attention_forward torch.ops.aten._safe_softmax.default""".split(),
        _PRIVATE,
    ),
    **dict.fromkeys("sparse.mm.reduce sparse.sampled_addmm to_sparse".split(), _SPARSE),
    **dict.fromkeys(
        (f"masked.{name}" for name in """amax amin argmax argmin cumprod cumsum log_softmax logaddexp logsumexp mean median
        norm normalize prod softmax softmin std sum var""".split()),
        _MASKED,
    ),
    **dict.fromkeys(
        (f"signal.windows.{name}" for name in """bartlett blackman cosine exponential gaussian general_cosine
        general_hamming hamming hann kaiser nuttall""".split()),
        _WINDOW,
    ),
    **dict.fromkeys(
        """jiterator_2inputs_2outputs jiterator_4inputs_with_extra_args jiterator_binary jiterator_binary_return_by_ref
        jiterator_unary nn.functional.batch_norm.without_cudnn""".split(),
        _CUDA,
    ),
    **dict.fromkeys(
        "special.airy_ai special.bessel_j0 special.bessel_j1 special.bessel_y0 special.bessel_y1".split(),
        _SINGLE_PRECISION,
    ),
    **dict.fromkeys("linalg.ldl_factor linalg.ldl_factor_ex linalg.ldl_solve".split(), _LDL),
    "chalf": "NumPy has no complex numbers of half precision",
    "nn.functional.hardsigmoid": "PyTorch's derivative takes 1/6 in single precision (2e-9 off, measured on 2.13.0)",
}  # fmt: skip

#: What is not compared of an entry, and why.
IN_PART: dict[tuple[str, str], str] = {
    ("as_strided_scatter", "derivatives"): "PyTorch's gradient of the input is that of the part written to (2.13.0)",
    ("as_strided.partial_views", "tangents"): "a tangent has no memory beyond the input's own",
    ("bfloat16", "tangents"): "gradients and tangents are rounded at different places",
    ("fft.ihfft2", "out"): "PyTorch leaves `out` as it was (2.13.0)",
    ("fft.ihfftn", "out"): "PyTorch leaves `out` as it was (2.13.0)",
    ("gather", "refusals"): "an `out` that grows into the index",
    ("narrow_copy", "refusals"): "the class of the exception for a wrong dimension",
}
