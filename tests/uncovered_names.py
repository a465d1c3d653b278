"""Names of PyTorch that the reference does not have, and why; `test_names` holds that every other name is there.

Each entry is a module (or class) of ``torch``, and patterns of names with the reason.
"""

JIT = "TorchScript, tracing and compiling: programs about programs, beside the semantics of training"
INTERNAL = "not documented: PyTorch's own code uses it"
OF_FUNCTIONAL = "not documented: the kernel behind a function of torch.nn.functional, which is there"
QUANTIZED = "quantization"
OTHER_HARDWARE = "for other hardware, or for a library that PyTorch was built with"
SPARSE = "sparse tensors, of which the reference has what sparse gradients need"
NARROW = "dtypes that NumPy does not have and training on a CPU does not use"
SYMBOLIC = "symbolic sizes, for the compiler"
PROCESSES = "several processes, or memory shared between them"
STORAGE = "typed storages, deprecated: `untyped_storage` is there"
REMOVED = "removed: it raises an error that says so"
LOW_RANK = "made of random numbers: every engine draws its own"
AUTOCAST = "not documented: the switches behind torch.autocast"
PYTHON = "Python's own, or typing's: the module imports it"
COPIES = "not documented: a copy where the function beside it gives a view"
TEXT = "pieces of docstrings"
FUSION = "for inference: layers are folded into one"
LDL = "NumPy has no LDL decomposition; PyTorch's is not differentiable"
BEHIND_THE_ENGINE = "streams of accelerators, or budgets of the compiler's memory planning"
DISPATCH = "built on PyTorch's dispatcher: names its own operators"
RECURRENT = "not documented: the kernel behind the recurrent modules, which are there"
DATA = "loading data, which ends where tensors begin"

UNCOVERED: dict[str, dict[str, str]] = {
    "torch": {
        r"Script\w*|\w*Type|Graph\w*|Concrete\w*|Complete\w*|Alias\w*|\w*Guard|CompilationUnit|Block|Code|Node|Value|Use"
        r"|Argument\w*|CallStack|Capsule|DeepCopyMemoTable|Dict\w*|ErrorReport|ExecutionPlan|FileCheck|Function\w+|Future"
        r"|Gradient|IODescriptor|JITException|Lite\w+|Lock\w+|Logger\w*|Noop\w+|OperatorInfo|PyTorchFile\w+|StaticModule"
        r"|TracingState|Type|import_ir_module\w*|parse_\w+|merge_type_from_type_comment|unify_type_list|compile|cond|fork"
        r"|wait|BufferDict|ModuleDict|ParameterDict|AggregationType|AVG|SUM|Tag": JIT,
        r"(De)?[sS]erialization\w+|Disable\w+|Dispatch\w+|FatalError|ThroughputBenchmark|Benchmark\w+|GradScaler"
        r"|get_device_module|init_num_threads|thread_safe_generator|get_device|is_distributed|hash_tensor|binomial"
        r"|norm_except_dim|nuclear_norm|frobenius_norm|native_norm|set_flush_denormal|from_file": INTERNAL,
        r"\w*batch_norm\w*|instance_norm|native_\w+|convolution|constant_pad_nd|ctc_loss|embedding|embedding_renorm_"
        r"|(feature_)?(alpha_)?dropout_?|grid_sampler\w*|affine_grid_generator": OF_FUNCTIONAL,
        r"(rnn_tanh|rnn_relu|gru|lstm)(_cell)?": RECURRENT,
        r"q_\w+|qint\w+|qu?int\w+|qscheme|\w*quantize\w*|int_repr|fbgemm_\w+|choose_qparams_optimized"
        r"|fused_moving_avg_obs_fake_quant|empty_quantized": QUANTIZED,
        r"cudnn_\w+|miopen_\w+|mkldnn_\w+|has_\w+|is_vulkan_available|AcceleratorError|OutOfMemoryError|Stream|Event"
        r"|(get|set)_num_interop_threads": OTHER_HARDWARE,
        r"sparse_(bs[rc]|cs[rc]|compressed)_tensor|s?s?(add)?mm|hs[pm]?mm|dsmm|spmm|sspaddmm|resize_as_sparse_"
        r"|(ccol|col|crow|row)_indices_copy": SPARSE,
        r"u?int[1-7]|uint(16|32|64)|bits?\w*|float[48]_\w+|complex32|chalf": NARROW,
        r"Sym\w+|sym_\w+": SYMBOLIC,
        r"\w+Storage": STORAGE,
        r"lobpcg": LOW_RANK,
        r"(set|get|is|clear)_autocast_\w+|autocast\w*": AUTOCAST,
        r"\w+_copy|slice_inverse": COPIES,
    },
    "torch.Tensor": {
        r"(ccol|col|crow|row)_indices|sparse_resize\w*|resize_as_sparse_|to_sparse_\w+|smm|sspaddmm": SPARSE,
        r"q_\w+|qscheme|dequantize|int_repr": QUANTIZED,
        r"eig|lstsq|solve|symeig|lu": REMOVED,
        r"ipu|mtia|xpu|cuda|to_mkldnn|pin_memory|record_stream|to_padded_tensor": OTHER_HARDWARE,
        r"share_memory_": PROCESSES,
        r"storage|storage_type": STORAGE,
        r"as_subclass|module_load|hash_tensor|index|resize|resize_as|slice_inverse": INTERNAL,
        r"chalf": NARROW,
    },
    "torch.autograd": {r"NestedIOFunction": INTERNAL, r"enforce_grad_layout_policy": BEHIND_THE_ENGINE},
    "torch.autograd.graph": {
        r"region_activation_memory_budget|set_override_stale_capture_stream"
        r"|set_warn_on_accumulate_grad_stream_mismatch": BEHIND_THE_ENGINE
    },
    "torch.autograd.grad_mode": {r"enforce_grad_layout_policy": BEHIND_THE_ENGINE},
    "torch.autograd.function": {r"FunctionMeta|NestedIOFunction": INTERNAL},
    "torch.func": {r"debug_unwrap|rearrange": INTERNAL, r"functionalize": JIT},
    "torch.nn": {r"DataParallel": PROCESSES, r"factory_kwargs": INTERNAL},
    "torch.nn.functional": {
        r"BroadcastingList\d|Callable|Optional|DType|TYPE_CHECKING|Tensor": PYTHON,
        r"boolean_dispatch|assert_int_or_pair|\w*handle_torch_function|has_torch_function\w*|GRID_SAMPLE_\w+": INTERNAL,
        r"\w+_notes?": TEXT,
        r"(scaled_)?grouped_mm|scaled_mm|ScalingType|SwizzleType": NARROW,
    },
    "torch.nn.utils": {
        r"fuse_\w+": FUSION,
        r"convert_conv\dd_weight_memory_format": INTERNAL,
    },
    "torch.nn.parameter": {r"UninitializedTensorMixin": INTERNAL},
    "torch.nn.Module": {r"T_destination": PYTHON, r"compile": JIT, r"ipu|mtia|xpu": OTHER_HARDWARE},
    "torch.optim.Optimizer": {r"Optimizer(Pre|Post)Hook": PYTHON, r"profile_hook_step": INTERNAL},
    "torch.linalg": {r"ldl_\w+": LDL, r"common_notes": TEXT},
    "torch.special": {},
    "torch.fft": {r"Tensor": PYTHON},
    "torch.utils.checkpoint": {
        r"CheckpointPolicy|SelectiveCheckpointContext|create_selective_checkpoint_contexts|SAC_IGNORED_OPS": DISPATCH,
        r"GraphExecGroup|check_backward_validity|detach_variable": INTERNAL,
        r"DefaultDeviceType|[gs]et_device_states": OTHER_HARDWARE,
    },
    "torch.utils.hooks": {r"BackwardHook|unserializable_hook|warn_if_has_hooks": INTERNAL},
    "torch.utils": {
        r"ThroughputBenchmark|cmake_prefix_path|\w+_privateuse1_backend|get_cpp_backtrace|set_module": INTERNAL,
        r"swap_tensors": INTERNAL,
        r"data": DATA,
    },
}

#: Modules and classes all of whose names are there.
COMPLETE = """autograd.functional autograd.forward_ad autograd.anomaly_mode autograd.variable nn.init nn.modules
nn.utils.parametrize nn.utils.parametrizations nn.utils.rnn nn.utils.stateless nn.utils.clip_grad optim
optim.lr_scheduler optim.swa_utils Size __future__""".split()
