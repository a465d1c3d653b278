// Judges js-pytorch: its functions and methods by their own names, with PyTorch's keywords put in their places.
//
// It has neither dtypes nor integers, and no operators: `x * y` is x.mul(y). `.grad` is a nested list, shown as a tensor.

import { createRequire } from "node:module";
import { bind, load, Missing, plain, serve, tensor, Tuple } from "../interpreter.mjs";

const { torch } = await load("js-pytorch", () => import("js-pytorch"));
const { version } = createRequire(import.meta.url)("./node_modules/js-pytorch/package.json");

/** A tensor's numbers as the engine gives them away, nested lists; the same object for the same list. */
class Numbers {
  static #known = new WeakMap();
  static of(data) {
    if (!Numbers.#known.has(data)) Numbers.#known.set(data, Object.assign(new Numbers(), { data }));
    return Numbers.#known.get(data);
  }
}

/** The parameters of the engine's functions by the names that PyTorch gives them. */
const FUNCTIONS = {
  "torch.tensor": ["data", "requires_grad", "device"],
  "torch.add": ["input", "other"], "torch.mul": ["input", "other"], "torch.div": ["input", "other"],
  "torch.neg": ["input"], "torch.exp": ["input"], "torch.log": ["input"], "torch.sqrt": ["input"],
  "torch.pow": ["input", "exponent"], "torch.matmul": ["input", "other"], "torch.mean": ["input", "dim", "keepdim"],
  "torch.transpose": ["input", "dim0", "dim1"], "torch.reshape": ["input", "shape"],
  "torch.nn.Linear": ["in_features", "out_features", "device", "bias"], "torch.nn.Dropout": ["p"],
  "torch.nn.Embedding": ["num_embeddings", "embedding_dim"], "torch.nn.LayerNorm": ["normalized_shape"],
  "torch.nn.ReLU": [], "torch.nn.Softmax": [], "torch.nn.CrossEntropyLoss": [], "torch.nn.MSELoss": [],
  "torch.optim.Adam": ["params", "lr", "", "betas", "eps"], // its third, reg, is another thing than weight_decay
}; // prettier-ignore

const METHODS = {
  sum: ["dim", "keepdim"], mean: ["dim", "keepdim"], add: ["other"], sub: ["other"], mul: ["other"], div: ["other"],
  matmul: ["other"], pow: ["exponent"], neg: [], exp: [], log: [], sqrt: [], transpose: ["dim0", "dim1"],
  reshape: ["shape"], backward: ["gradient"], tolist: [], to: ["device"],
  parameters: [], train: [], eval: [], step: [], zero_grad: [],
}; // prettier-ignore

const OPERATORS = { add: "add", sub: "sub", mul: "mul", truediv: "div", matmul: "matmul", pow: "pow", neg: "neg" };

const isTensor = (x) => x instanceof torch.Tensor;
const holdsIntegers = (x) => (Array.isArray(x) ? x.some(holdsIntegers) : typeof x !== "number");

/** Sizes given one by one or as one list. */
const sizes = (args) => plain(Array.isArray(args[0]) ? args[0] : args);

function method(value, name, args, kw) {
  if (!(name in METHODS) || typeof value[name] !== "function") throw new Missing(`${name}()`);
  if (isTensor(value) && ["zero_grad"].includes(name)) throw new Missing(`${name}()`); // PyTorch's tensors have none
  if (name === "reshape") return value.reshape(sizes(args));
  const bound = bind(name, METHODS[name], args, kw);
  if (METHODS[name][0] === "dim" && Array.isArray(bound[0])) throw new Missing(`${name}() over several dimensions`);
  const result = value[name](...bound.map(plain));
  return name === "to" ? value : result; // it returns nothing, and changes the tensor itself
}

serve({
  announce: { name: "js-pytorch", version },
  capabilities: { dtypes: ["float64"], calls: [...Object.keys(FUNCTIONS), ...Object.keys(METHODS)] },

  call(name, args, kw) {
    const last = name.split(".").at(-1);
    if (name === "torch.zeros" || name === "torch.ones") {
      const { requires_grad = false, ...others } = kw;
      bind(name, [], [], others);
      return torch[last](sizes(args), requires_grad);
    }
    if (name === "torch.sum") return method(args[0], "sum", args.slice(1), kw); // there is only the method
    if (!(name in FUNCTIONS)) throw new Missing(name);
    const bound = bind(name, FUNCTIONS[name], args, kw);
    if (name.startsWith("torch.optim.")) {
      if (!Array.isArray(bound[0]) || !bound[0].every(isTensor)) throw new Missing("parameters that are no list of tensors");
      if (bound.slice(1).some(isTensor)) throw new Missing("an option that is a tensor");
    }
    if (name === "torch.tensor" && holdsIntegers(bound[0])) throw new Missing("a tensor of integers");
    const found = name.split(".").slice(1).reduce((namespace, part) => namespace[part], torch);
    return /^torch\.(nn|optim)\./.test(name) ? new found(...bound.map(plain)) : found(...bound.map(plain));
  },

  method,

  apply(value, args, kw) {
    if (typeof value.forward !== "function") throw new Missing("calling it");
    return value.forward(...bind("forward", ["input", "target"], args, kw));
  },

  get(value, name) {
    if (isTensor(value)) {
      if (name === "grad") return value.grad === undefined ? null : Numbers.of(value.grad);
      if (name === "requires_grad") return value.requires_grad;
      if (name === "shape") return value.shape.map(BigInt);
      if (name === "ndim") return BigInt(value.ndims);
    }
    throw new Missing(name);
  },

  operation(name, [a, b]) {
    if (!(name in OPERATORS)) throw new Missing(`the operator ${name}`);
    if (isTensor(a)) return a[OPERATORS[name]](plain(b));
    if (isTensor(b) && (name === "add" || name === "mul")) return b[name](plain(a));
    if (isTensor(b) && name === "truediv") return torch.div(plain(a), b);
    throw new Missing(`the operator ${name} with a tensor on its right alone`);
  },

  // at() takes what PyTorch calls advanced indexing: a list of places, or one for each of the first two dimensions.
  index(value, key) {
    const isTuple = key instanceof Tuple;
    const isList = (x) => Array.isArray(x) && x.every((place) => typeof place === "bigint" && place >= 0n);
    if (isTensor(value) && isList(key) && !isTuple) return value.at(plain(key));
    if (isTensor(value) && isTuple && key.length === 2 && key.every(isList)) return value.at(...plain(key));
    throw new Missing("an index that is no list");
  },

  encode(value, layout) {
    if (layout) throw new Missing("strides");
    const data = isTensor(value) ? value.data : value instanceof Numbers ? value.data : null;
    if (data === null) return { is: "other", type: value.constructor.name, repr: String(value) };
    return tensor("float64", isTensor(value) ? value.shape : torch.getShape(data), [data].flat(Infinity));
  },
});
