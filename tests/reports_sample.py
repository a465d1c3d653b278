"""Result files made by hand for the tests of `reports`."""

from __future__ import annotations

import itertools
import struct
from typing import Any

Json = dict[str, Any]

#: What a hostile engine would have a page do; in every place where an engine is quoted.
ATTACK = "</script><script>window.attacked=1</script><img src=x onerror=window.attacked=1>{{ 7*7 }}\"'&|`*"

DTYPES = ("float32", "float64")


def tensor(data: list[float], dtype: str = "float32", shape: list[int] | None = None) -> Json:
    if dtype == "float32":
        data = [struct.unpack("f", struct.pack("f", x))[0] for x in data]
    return {"is": "tensor", "dtype": dtype, "shape": [len(data)] if shape is None else shape, "data": data}


def observation(name: str, value: Json, documented: Json | None = None) -> Json:
    return {"name": name, "value": value, **({} if documented is None else {"documented": documented})}


def subject(id: str, engine: str | None = None, **changed: Any) -> Json:
    engine = engine or id.rpartition("-")[0]
    plain = {"id": id, "engine": engine, "name": engine, "version": "1.2", "device": "cpu"}
    return {**plain, "not_run": None, "unclaimed": [], **changed}


def chapter(prefix: str, level: int, title: str) -> Json:
    return {"prefix": prefix, "name": title.lower().replace(" ", "_"), "title": title, "level": level}


def scenario(id: str, behaviour: str = "a second backward adds to the gradient", **changed: Any) -> Json:
    plain = {
        "id": id,
        "clause": id.split("/")[0],
        "chapter": id.split("-")[0],
        "behaviour": behaviour,
        "text": "The first backward turns .grad into a tensor; each later backward adds to it rather than overwriting",
        "source": "Tensor.grad; autograd.backward docstring",
        "differs": None,
        "script": f'"""{id}"""\n\n\nimport torch\n\n\nw = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)\n'
        "torch.mean(w).backward()\nprint(w.grad)\n",
        "needs": [],
    }
    return {**plain, **changed}


def result(scenario: str, subject: str, verdict: str = "agrees", dtype: str = "float32", **changed: Any) -> Json:
    third = [1 / 3] * 3
    observed = [
        observation(
            "after one backward", tensor(third, dtype), {"is": "list", "items": [{"is": "float", "value": 1 / 3}] * 3}
        ),
        observation("after two", tensor([2 * x for x in third], dtype)),
    ]
    plain: Json = {
        "scenario": scenario,
        "subject": subject,
        "dtype": dtype,
        "verdict": verdict,
        "reason": None if verdict == "agrees" else f"it {verdict}",
        "difference": None,
        "observations": observed if verdict == "agrees" else [],
        "seconds": 0.001,
        "expected": None,
    }
    return {**plain, **changed}


def diverging(scenario: str, subject: str, dtype: str = "float32", **changed: Any) -> Json:
    """A result in which the second backward overwrites."""
    expected, got = tensor([2 / 3] * 3, dtype), tensor([1 / 3] * 3, dtype)
    difference = {
        "observation": "after two",
        "expected": expected,
        "got": got,
        "documented": {"is": "list", "items": [{"is": "float", "value": 2 / 3}] * 3},
        "witness": "torch 2.13.0",
        "ulps": 8388608.0,
    }
    observed = [observation("after one backward", tensor([1 / 3] * 3, dtype)), observation("after two", got)]
    told = {"reason": "after two: 3 of 3 elements differ", "difference": difference, "observations": observed}
    return result(scenario, subject, "diverges", dtype, **{**told, **changed})


def run_of(subjects: list[Json], scenarios: list[Json], results: list[Json], **changed: Any) -> Json:
    titles = {"ACC": "Leaf and .grad basics", "ZERO": "Zeroing", "VIEW": "Indexing and views", "OPT": "Optimizers"}
    prefixes = dict.fromkeys(s["chapter"] for s in scenarios)
    plain = {
        "schema": 1,
        "created": "2026-01-02T03:04:05+00:00",
        "suite": {"version": "0.1.0"},
        "platform": {"system": "Linux 6.1 x86_64", "python": "3.11.7"},
        "command": ["pytest", "conformance/", "--engine", "mine"],
        "oracle": {"name": "torch", "version": "2.13.0", "how": "live"},
        "complete": True,
        "subjects": subjects,
        "chapters": [chapter(p, n % 7 + 1, titles.get(p, f"Chapter {p}")) for n, p in enumerate(prefixes)],
        "scenarios": scenarios,
        "results": results,
    }
    return {**plain, **changed}


def sample() -> Json:
    """A run with every verdict: PyTorch, an engine that fails in every way, and one that was not run."""
    scenarios = [
        scenario("ACC-01", "a fresh leaf has no gradient"),
        scenario("ACC-02", needs=["ACC-01"]),
        scenario("ACC-03/of-a-diamond", "paths add up", needs=["ACC-02"]),
        scenario("ZERO-01", "zeroing in place", needs=["ACC-02"]),
        scenario("ZERO-02", "setting to None", differs="The documentation says zeros; PyTorch 2.0 and later say None"),
        scenario("VIEW-01", "a slice sends its gradient back", script=f"print({ATTACK!r})\n"),
        scenario("VIEW-02", "repeated indices add up"),
        scenario("OPT-01", "plain descent"),
    ]
    subjects = [
        subject("torch-cpu", name="PyTorch", version="2.13.0"),
        subject("mine-cpu", name=ATTACK, unclaimed=["OPT"]),
        subject("absent", "absent", version=None, device="", not_run=f"absent is not installed {ATTACK}"),
    ]
    results = [result(s["id"], "torch-cpu", dtype=d) for s in scenarios for d in DTYPES]
    hostile = {"is": "other", "type": "Tensor", "repr": ATTACK}
    shown = {
        "observation": ATTACK,
        "expected": tensor([1.0]),
        "got": hostile,
        "documented": None,
        "witness": "torch",
        "ulps": None,
    }
    of_mine = {
        "ACC-01": lambda d: result("ACC-01", "mine-cpu", dtype=d),
        "ACC-02": lambda d: diverging("ACC-02", "mine-cpu", d),
        "ACC-03/of-a-diamond": lambda d: result(
            "ACC-03/of-a-diamond", "mine-cpu", "blocked", d, reason="rests on ACC-02"
        ),
        "ZERO-01": lambda d: result("ZERO-01", "mine-cpu", "blocked", d, reason="rests on ACC-02"),
        "ZERO-02": lambda d: result("ZERO-02", "mine-cpu", "missing" if d == "float64" else "agrees", d, reason=ATTACK),
        "VIEW-01": lambda d: result(
            "VIEW-01", "mine-cpu", "diverges", d, difference=shown, observations=[observation(ATTACK, hostile)]
        ),
        "VIEW-02": lambda d: result(
            "VIEW-02",
            "mine-cpu",
            "crashes",
            d,
            expected={"verdict": "crashes", "reason": ATTACK, "issue": f"javascript:{ATTACK}"},
        ),
        "OPT-01": lambda d: result("OPT-01", "mine-cpu", "not run", d, reason="not claimed"),
    }
    results += [make(d) for make in of_mine.values() for d in DTYPES]
    return run_of(subjects, scenarios, results)


def large(scenarios: int = 1500, subjects: int = 15, failing: float = 0.2) -> Json:
    """A run as large as they get, in which a share of most subjects' results does not agree."""
    names = ["ACC", "ZERO", "VIEW", "OPT", *(f"C{n:02}" for n in range(20))]
    script = (
        '"""{id}"""\n\n\nimport torch\n\n\n' + "x" * 1000 + "\n\n\n# the body of {id}\n" + "y = x * 2  # a line\n" * 40
    )
    made = [
        scenario(f"{name}-{n:02}/{n}", f"behaviour number {n} of its chapter holds for every engine", script=None)
        for name in names
        for n in range(scenarios // len(names) + 1)
    ][:scenarios]
    for s in made:
        s["script"] = script.format(id=s["id"])
    of = [subject("torch-cpu", version="2.13.0"), *(subject(f"engine{n}-cpu") for n in range(1, subjects))]
    words = itertools.cycle(["diverges", "diverges", "missing", "blocked", "crashes"])
    results, carry = [], 0.0
    for n, s in enumerate(made):
        for k, who in enumerate(of):
            carry += failing if k else 0.0
            word = "agrees"
            if carry >= 1:
                carry, word = carry - 1, next(words)
            for dtype in DTYPES:
                results.append(_of_large(s["id"], who["id"], word, dtype, n + k / 10))
    return run_of(of, made, results)


def _of_large(scenario: str, subject: str, word: str, dtype: str, at: float) -> Json:
    observed = [observation(f"step {i}", tensor([at + i + j / 7 for j in range(6)], dtype, [2, 3])) for i in range(6)]
    if word != "diverges":
        return result(scenario, subject, word, dtype, observations=observed if word == "agrees" else [])
    got = tensor([at + 0.5] * 6, dtype, [2, 3])
    difference = {
        "observation": "step 3",
        "expected": observed[3]["value"],
        "got": got,
        "witness": "torch",
        "ulps": 12345.0,
    }
    return result(
        scenario, subject, word, dtype, difference=difference, observations=[*observed[:3], observation("step 3", got)]
    )
