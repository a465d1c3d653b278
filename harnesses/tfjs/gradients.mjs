// TensorFlow.js differentiates functions: tf.grads(f)(xs). A value here is computed at once and remembers how, so that
// backward() can hand the engine the function that leads from the leaves to the loss.
//
// The engine has no `.grad` that accumulates and no graph that is freed, and neither is made up for here: a second
// backward into a leaf is missing, and so is a second gradient of a graph that PyTorch would have freed.

import { bind, load, Missing, plain } from "../interpreter.mjs";

export const tf = await load("@tensorflow/tfjs", () => import("@tensorflow/tfjs"));
let updates = 0; // how often an optimizer has written to variables

export class Node {
  constructor(compute, inputs) {
    Object.assign(this, { compute, inputs, updates, tracked: inputs.some((input) => input.tracked) });
    this.value = compute(...inputs.map((input) => input.value));
  }
}

/** A node for f of operands, some of which are nodes and the others plain. */
export function lift(f, ...operands) {
  const isNode = (operand) => operand instanceof Node;
  const compute = (...values) => f(...operands.map((operand) => (isNode(operand) ? values.shift() : plain(operand))));
  return asking(() => new Node(compute, operands.filter(isNode)));
}

/** What the engine itself says that it does not have is missing. */
function asking(f) {
  try {
    return f();
  } catch (error) {
    throw /not found for|not yet supported/.test(error.message) ? new Missing(error.message) : error;
  }
}

/** A node that is computed from nothing; one that is tracked is a variable of the engine's. */
export function leaf(value, tracked = false) {
  const node = new Node(() => (tracked ? tf.variable(value) : value), []);
  return Object.assign(node, { tracked, isLeaf: true });
}

/** What `torch.optim` gives, for an optimizer of the engine's. */
export class Optimizer {
  constructor(parameters, optimizer) {
    Object.assign(this, { parameters, optimizer });
  }
  step() {
    const given = this.parameters.filter((parameter) => parameter.grad);
    updates += 1;
    return this.optimizer.applyGradients(Object.fromEntries(given.map((p) => [p.value.name, p.grad.value])));
  }
  zero_grad() {
    for (const parameter of this.parameters) parameter.grad = undefined; // the engine's minimize() keeps none either
  }
}

/** A node's value where some nodes stand for others' symbols. */
function evaluate(node, symbols, known = new Map()) {
  if (symbols.has(node)) return symbols.get(node);
  if (node.isLeaf || !node.tracked) return node.value;
  if (!known.has(node)) {
    const value = (input) => evaluate(input, symbols, known);
    known.set(node, node.within ? node.within(symbols, value) : node.compute(...node.inputs.map(value)));
  }
  return known.get(node);
}

function reachable(node, found = new Set()) {
  if (!found.has(node)) {
    found.add(node);
    node.inputs.forEach((input) => reachable(input, found));
  }
  return found;
}

/** The engine's gradients of y by xs; under create_graph, nodes that can be differentiated again. */
export function gradients(y, xs, dy, { retain_graph, create_graph = false, ...others }) {
  bind("grad", [], [], others);
  if (!y.tracked) throw new Missing("the gradient of a constant");
  const graph = [...reachable(y)].filter((node) => node.tracked && !node.isLeaf);
  if (graph.some((node) => node.spent)) throw new Missing("a graph that is freed");
  if (graph.some((node) => node.updates !== updates)) throw new Missing("a gradient at values that are overwritten");
  if (!(retain_graph ?? create_graph)) graph.forEach((node) => (node.spent = true));
  const compute = (symbols, value) => {
    const f = (...inner) => evaluate(y, new Map([...symbols, ...xs.map((x, i) => [x, inner[i]])]));
    return tf.grads(f)(xs.map(value), dy && value(dy));
  };
  const results = asking(() => compute(new Map(), (node) => node.value));
  if (!create_graph) return results.map((result) => leaf(result));
  const inputs = [y, ...xs, ...(dy ? [dy] : [])];
  return results.map((result, i) => Object.assign(new Node(() => result, inputs), { within: (...at) => compute(...at)[i] }));
}

/** The gradients of the leaves below a loss, each kept in its leaf. */
export function backward(loss, gradient, options) {
  if (options.create_graph) throw new Missing("backward(create_graph=True)");
  const leaves = [...reachable(loss)].filter((node) => node.isLeaf && node.tracked);
  if (leaves.some((node) => node.grad)) throw new Missing("accumulation into .grad");
  gradients(loss, leaves, gradient, options).forEach((grad, i) => Object.assign(leaves[i], { grad, computed: true }));
}
