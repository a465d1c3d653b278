// Runs the programs of docs/protocol.md: what the harnesses beside this file have in common.
//
// An integer of a program is a BigInt here and a float is a number, so that 1 and 1.0 stay apart; `plain` turns both
// into numbers. An engine is an object with `announce`, `capabilities` and as many of the methods below as it has use
// for; whatever it does not know it must say with `throw new Missing(name)`.
//
//   reset(dtype)                          before each program
//   call(name, args, kw)                  torch.mean(x)          method(value, name, args, kw)   x.backward()
//   apply(value, args, kw)                model(x)               operation(name, args)           x * y
//   get(value, name)                      x.grad                 set(value, name, to)            x.grad = y
//   index(value, key)                     x[0]                   put(value, key, to)             x[0] = y
//   unpack(value)                         a, b = x               encode(value, layout)           an observation
//   enter(value), leave(value, entered)   with x: ...            named(name)                     torch.float64

import { createInterface } from "node:readline";

export class Missing extends Error {}

/** What Python writes in parentheses: `x[0, 1]` is another thing than `x[[0, 1]]`. */
export class Tuple extends Array {}

/** A number, or nested lists of them, as JavaScript has it. */
export const plain = (x) => (Array.isArray(x) ? x.map(plain) : typeof x === "bigint" ? Number(x) : x);

/** The arguments of a call in the order of an engine's own parameters; what they have no place for is missing. */
export function bind(name, parameters, args, kw) {
  if (args.length > parameters.length) throw new Missing(`${name} with ${args.length} arguments`);
  const bound = [...args];
  for (const [key, value] of Object.entries(kw)) {
    const place = parameters.indexOf(key);
    if (place < 0) throw new Missing(`${name}(${key}=...)`);
    bound[place] = value;
  }
  return bound;
}

/** A package, or one line that says why it is not there. */
export async function load(name, importing) {
  try {
    const loaded = await importing();
    return loaded.default ?? loaded;
  } catch (error) {
    console.error(`${name}: ${String(error.message).split("\n")[0]}; run \`npm install --ignore-scripts\` beside the harness`);
    process.exit(1);
  }
}

const asNumber = (x) => (Number.isNaN(x) ? "nan" : x === Infinity ? "inf" : x === -Infinity ? "-inf" : x);

/** A tensor's observation. */
export const tensor = (dtype, shape, data) => ({ is: "tensor", dtype, shape, data: data.map(asNumber) });

/** Operators on BigInts, numbers, strings and null, none of which is the engine's. */
const SCALARS = {
  add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b, neg: (a) => -a,
  lt: (a, b) => a < b, le: (a, b) => a <= b, gt: (a, b) => a > b, ge: (a, b) => a >= b,
  eq: (a, b) => a == b, ne: (a, b) => a != b, not: (a) => !a, bool: (a) => Boolean(a),
  float: (a) => Number(a), truediv: (a, b) => Number(a) / Number(b),
}; // prettier-ignore

const isScalar = (x) => x === null || x === undefined || ["bigint", "number", "boolean", "string"].includes(typeof x);

class Program {
  constructor(engine) {
    this.engine = engine;
    this.values = new Map();
    this.observations = [];
  }

  block(steps) {
    for (const step of steps) {
      const result = this[Object.keys(step)[0]](step);
      if ("as" in step && !("with" in step)) this.values.set(step.as, result);
    }
  }

  call(step) {
    const [args, kw] = this.given(step);
    return "on" in step ? this.ask("method", step.on, step.call, args, kw) : this.has("call", step.call)(step.call, args, kw);
  }

  apply(step) { return this.ask("apply", step.apply, ...this.given(step)); }
  get(step) { return this.ask("get", step.on, step.get); }
  set(step) { this.ask("set", step.on, step.set, this.literal(step.value)); }
  delete(step) { throw new Missing(`deleting ${step.delete}`); }
  index(step) { return this.ask("index", step.on, this.literal(step.index)); }
  put(step) { this.ask("put", step.on, this.literal(step.put), this.literal(step.value)); }

  op(step) {
    const args = step.args.map((argument) => this.literal(argument));
    if (step.op === "is" || step.op === "is_not") return ((args[0] ?? null) === (args[1] ?? null)) === (step.op === "is");
    if (step.op === "len" && Array.isArray(args[0])) return BigInt(args[0].length);
    if (step.op === "list" && Array.isArray(args[0])) return [...args[0]];
    if (step.op === "tuple" && Array.isArray(args[0])) return Tuple.from(args[0]);
    if (!args.every(isScalar)) return this.has("operation", step.op)(step.op, args);
    if (!(step.op in SCALARS)) throw new Missing(step.op);
    const mixed = args.some((x) => typeof x === "number") && !["eq", "ne", "lt", "le", "gt", "ge"].includes(step.op);
    return SCALARS[step.op](...(mixed ? args.map(plain) : args));
  }

  unpack(step) {
    const value = this.value(step.unpack);
    const items = Array.isArray(value) ? value : this.has("unpack", "unpacking")(value);
    if (items.length !== step.into.length) throw new Error(`${items.length} items where ${step.into.length} are unpacked`);
    step.into.forEach((number, i) => number === null || this.values.set(number, items[i]));
  }

  with(step) {
    const context = this.value(step.with);
    const entered = this.has("enter", "with")(context);
    if ("as" in step) this.values.set(step.as, entered);
    try {
      this.block(step.do);
    } finally {
      this.engine.leave(context, entered);
    }
  }

  raises(step) {
    let value = { is: "no exception" };
    try {
      this.block(step.do);
    } catch (error) {
      value = exception(error);
    }
    this.observations.push({ name: step.raises, value });
  }

  warns() { throw new Missing("warnings"); }
  observe(step) { this.observations.push({ name: step.observe, value: this.seen(step.value, step.layout) }); }

  given(step) {
    const kw = Object.entries(step.kw ?? {}).map(([name, argument]) => [name, this.literal(argument)]);
    return [(step.args ?? []).map((argument) => this.literal(argument)), Object.fromEntries(kw)];
  }

  value(number) {
    if (!this.values.has(number)) throw new Error(`value ${number} was never made`);
    return this.values.get(number);
  }

  has(method, name) {
    if (!this.engine[method]) throw new Missing(name);
    return (...given) => this.engine[method](...given);
  }

  ask(method, number, ...given) {
    const value = this.value(number);
    const name = typeof given[0] === "string" ? given[0] : method;
    if (isScalar(value)) throw new Missing(`${name} of ${value}`);
    return this.has(method, name)(value, ...given);
  }

  literal(x) {
    if (Array.isArray(x)) return x.map((item) => this.literal(item));
    if (typeof x === "number") return Number.isInteger(x) ? BigInt(x) : x;
    if (x === null || typeof x !== "object") return x;
    const [[kind, inner]] = Object.entries(x);
    if (kind === "v") return this.value(inner);
    if (kind === "float") return floats(inner);
    if (kind === "int") return BigInt(inner);
    if (kind === "tuple") return Tuple.from(inner, (item) => this.literal(item));
    if (kind === "complex") return this.has("complex", "complex numbers")(...floats(inner));
    if (kind === "dict") return new Map(inner.map((pair) => pair.map((item) => this.literal(item))));
    if (kind === "name") return this.has("named", inner)(inner);
    return { [kind]: Array.isArray(inner) ? inner.map((item) => this.literal(item)) : inner }; // a slice, an ellipsis
  }

  seen(argument, layout) {
    const encode = (value) => {
      if (value === null || value === undefined) return { is: "none" };
      if (typeof value === "boolean") return { is: "bool", value };
      if (typeof value === "bigint") return { is: "int", value: Number(value) };
      if (typeof value === "number") return { is: "float", value: asNumber(value) };
      if (typeof value === "string") return { is: "str", value };
      if (Array.isArray(value)) return { is: "list", items: value.map(encode) };
      if (value instanceof Map) return { is: "dict", items: [...value].map(([key, item]) => [String(key), encode(item)]) };
      return this.engine.encode(value, layout);
    };
    return encode(this.literal(argument));
  }
}

const floats = (x) => (Array.isArray(x) ? x.map(floats) : x === "nan" ? NaN : Number(String(x).replace("inf", "Infinity")));

function exception(error) {
  const missing = error instanceof Missing;
  const message = String(error?.message ?? error);
  if (missing) return { is: "exception", class: "Missing", message, missing };
  // A TypeError or the like is JavaScript's own, about the engine's code; an Error is what the engine has to say.
  const own = error instanceof TypeError || error instanceof ReferenceError;
  return { is: "exception", class: error?.constructor?.name ?? "Error", message, ...(own ? { bases: ["TypeError"] } : {}) };
}

function run(engine, request) {
  const program = new Program(engine);
  const result = { id: request.id, observations: program.observations };
  try {
    engine.reset?.(request.dtype);
    program.block(request.program);
  } catch (error) {
    const raised = exception(error);
    return raised.missing ? { ...result, missing: raised.message } : { ...result, error: raised };
  }
  return result;
}

/** Answers each line of standard input with one of standard output. */
export function serve(engine) {
  console.log = console.info = console.debug = console.error; // an engine may print
  createInterface({ input: process.stdin }).on("line", (line) => {
    const request = JSON.parse(line);
    if (request.do === "stop") process.exit(0);
    const answers = {
      announce: () => ({ ...engine.announce, language: `JavaScript (Node.js ${process.versions.node})`, protocol: 1 }),
      capabilities: () => engine.capabilities,
      run: () => run(engine, request),
    };
    process.stdout.write(JSON.stringify(answers[request.do]()) + "\n");
  });
}
