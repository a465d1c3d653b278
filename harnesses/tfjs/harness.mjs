// Judges TensorFlow.js: its functions under PyTorch's names, gradients as gradients.mjs has them.
//
// There are no views, nothing in place, no int64: what a scenario needs of that is missing. The back end is the one in
// plain JavaScript ("cpu"), which computes in float32.

import { bind, Missing, plain, serve, tensor, Tuple } from "../interpreter.mjs";
import { backward, gradients, leaf, lift, Node, Optimizer, tf } from "./gradients.mjs";

await tf.setBackend("cpu");

const same = (names) => Object.fromEntries(names.split(" ").map((name) => [name, name]));

/** Functions of nothing but one, two or three tensors. */
const ONE = {
  ...same("abs neg exp expm1 log log1p sqrt rsqrt square reciprocal sin cos tan asin acos atan sinh cosh tanh asinh"),
  ...same("acosh atanh sigmoid relu relu6 selu elu erf floor ceil round sign softplus"),
  ...{ zeros_like: "zerosLike", ones_like: "onesLike", logical_not: "logicalNot", negative: "neg" },
  ...{ logsigmoid: "logSigmoid" },
};
const TWO = {
  ...same("add sub mul div pow maximum minimum atan2 dot"),
  ...{ matmul: "matMul", mm: "matMul", remainder: "mod", outer: "outerProduct", truediv: "div" },
  ...{ eq: "equal", ne: "notEqual", lt: "less", le: "lessEqual", gt: "greater", ge: "greaterEqual" },
};
const OPERATORS = new Set("add sub mul truediv pow matmul neg abs eq ne lt le gt ge".split(" "));

/** Functions of a tensor, a dimension and more. */
const ALONG = {
  ...same("sum mean prod all any cumsum cumprod softmax"),
  ...{ amax: "max", amin: "min", logsumexp: "logSumExp", log_softmax: "logSoftmax", unsqueeze: "expandDims" },
};

const dims = (given) => plain(Array.isArray(given[0]) ? given[0] : given);
const OTHERS = {
  reshape: (x, ...sizes) => lift((v) => tf.reshape(v, dims(sizes)), x),
  permute: (x, ...order) => lift((v) => tf.transpose(v, dims(order)), x),
  flip: (x, ...given) => lift((v) => tf.reverse(v, dims(given)), x),
  cat: (xs, dim = 0n) => lift((...vs) => tf.concat(vs, plain(dim)), ...xs),
  stack: (xs, dim = 0n) => lift((...vs) => tf.stack(vs, plain(dim)), ...xs),
  mse_loss: (x, y) => lift((v, labels) => tf.losses.meanSquaredError(labels, v), x, y),
  l1_loss: (x, y) => lift((v, labels) => tf.losses.absoluteDifference(labels, v), x, y),
};

const OPTIMIZERS = {
  SGD: [["lr", "momentum", "nesterov"], (lr, m, nesterov) => (m ? tf.train.momentum(lr, m, nesterov) : tf.train.sgd(lr))],
  Adam: [["lr", "betas", "eps"], (lr, betas = [], eps) => tf.train.adam(lr, betas[0], betas[1], eps)],
  Adamax: [["lr", "betas", "eps"], (lr, betas = [], eps) => tf.train.adamax(lr, betas[0], betas[1], eps)],
  Adagrad: [["lr", "initial_accumulator_value"], (lr, start) => tf.train.adagrad(lr, start)],
  Adadelta: [["lr", "rho", "eps"], (lr, rho, eps) => tf.train.adadelta(lr, rho, eps)],
  RMSprop: [["lr", "alpha", "eps", "momentum", "centered"], (lr, a, e, m, c) => tf.train.rmsprop(lr, a, m, e, c)],
};

/** Functions that make tensors. */
const MADE = {
  tensor: ([data]) => {
    if (![data].flat(Infinity).every((x) => typeof x === "number" || typeof x === "boolean")) {
      throw new Missing("a tensor of anything but floats and booleans");
    }
    return tf.tensor(data);
  },
  zeros: (sizes) => tf.zeros(dims(sizes)),
  ones: (sizes) => tf.ones(dims(sizes)),
  full: ([sizes, value]) => tf.fill(plain(sizes), value),
  eye: ([n]) => tf.eye(plain(n)),
};

/** A function or a method: the first argument is the tensor. */
function apply(name, args, kw) {
  if (name in ONE) return lift(tf[ONE[name]], ...bind(name, ["input"], args, kw));
  if (name in TWO) return lift(tf[TWO[name]], ...bind(name, ["input", "other"], args, kw));
  if (name === "where") return lift(tf.where, ...bind(name, ["condition", "input", "other"], args, kw));
  if (name in ALONG) return lift(tf[ALONG[name]], ...bind(name, ["input", "dim", "keepdim"], args, kw));
  if (name in OTHERS) return OTHERS[name](...bind(name, ["input", "dim", "", ""], args, kw));
  throw new Missing(name);
}

serve({
  announce: { name: "TensorFlow.js", version: tf.version.tfjs },
  capabilities: { dtypes: ["float32"], calls: Object.keys({ ...MADE, ...ONE, ...TWO, ...ALONG, ...OTHERS }) },

  reset() {
    tf.disposeVariables();
    if (tf.engine().state.activeScope) tf.engine().endScope();
    tf.engine().startScope();
  },

  call(path, args, kw) {
    const [name] = path.split(".").slice(-1);
    if (path === "torch.autograd.grad") {
      const [y, xs, dy] = bind(path, ["outputs", "inputs", "grad_outputs"], args, {});
      const [of, by, given] = [y, xs, dy ?? []].map((x) => [x].flat());
      if (of.length !== 1 || given.length > 1) throw new Missing("the gradient of several outputs");
      if (![...of, ...by, ...given].every((x) => x instanceof Node) || !by.length) throw new Missing("a gradient by nothing");
      return Tuple.from(gradients(of[0], by, given[0], kw));
    }
    if (path.startsWith("torch.optim.") && name in OPTIMIZERS) {
      const [parameters, order, make] = [args[0], ...OPTIMIZERS[name]];
      const options = bind(name, order, args.slice(1), kw).map(plain);
      if (!Array.isArray(parameters) || !parameters.every((p) => p.tracked && p.isLeaf)) throw new Missing("what is no variable");
      if (options.some((x) => x instanceof Node)) throw new Missing("an option that is a tensor");
      if (options[0] === undefined && ["SGD", "Adagrad", "RMSprop"].includes(name)) throw new Missing(`${name} without a rate`);
      return new Optimizer(parameters, make(...options));
    }
    if (path === `torch.${name}` && name in MADE) {
      const { requires_grad = false, ...others } = kw;
      bind(path, [], [], others);
      const made = MADE[name](args);
      if (requires_grad && made.dtype !== "float32") throw new Missing(`the gradient of a ${made.dtype}`);
      return leaf(made, requires_grad);
    }
    if (!["torch", "torch.nn.functional"].includes(path.slice(0, -name.length - 1))) throw new Missing(path);
    return apply(name, args, kw);
  },

  method(value, name, args, kw) {
    if (value instanceof Optimizer && ["step", "zero_grad"].includes(name)) return value[name](...bind(name, [], args, kw));
    if (!(value instanceof Node)) throw new Missing(`${name}()`);
    if (name === "backward") {
      const { gradient = args[0], ...options } = kw;
      if ((gradient ?? null) !== null && !(gradient instanceof Node)) throw new Missing("a gradient that is no tensor");
      return backward(value, gradient, options);
    }
    if (name === "item" && value.value.size === 1) return value.value.dataSync()[0];
    if (name === "tolist") return value.value.arraySync();
    if (name === "numel") return BigInt(value.value.size);
    return apply(name, [value, ...args], kw);
  },

  get(value, name) {
    if (value instanceof Node && name === "shape") return Tuple.from(value.value.shape, BigInt);
    if (value instanceof Node && name === "ndim") return BigInt(value.value.rank);
    if (name === "grad" && value.grad && value.computed) return value.grad;
    throw new Missing(name === "grad" ? ".grad where no backward has put one" : name);
  },

  set(value, name, to) {
    const fits = to instanceof Node && !to.tracked && String(to.value?.shape) === String(value.value?.shape);
    if (name !== "grad" || !value.tracked || !fits) throw new Missing(`setting ${name}`);
    Object.assign(value, { grad: to, computed: false }); // an argument of the optimizer's step, and nothing else
  },

  operation(name, args) {
    if (!OPERATORS.has(name)) throw new Missing(`the operator ${name}`);
    return apply(name, args, {});
  },

  index(value, key) {
    if (!(value instanceof Node)) return value[plain(key)];
    if (typeof key === "bigint" && key >= 0n) return lift((v) => tf.gather(v, tf.scalar(plain(key), "int32")), value);
    const isList = Array.isArray(key) && !(key instanceof Tuple) && key.every((place) => typeof place === "bigint" && place >= 0n);
    if (isList) return lift((v) => tf.gather(v, tf.tensor1d(plain(key), "int32")), value);
    throw new Missing("an index that is neither a place nor a list of them");
  },

  encode(value, layout) {
    if (layout) throw new Missing("strides");
    if (!(value instanceof Node)) return { is: "other", type: value.constructor.name, repr: String(value) };
    const { dtype, shape } = value.value;
    const data = Array.from(value.value.dataSync());
    return tensor(dtype, shape, dtype === "bool" ? data.map(Boolean) : data);
  },
});
