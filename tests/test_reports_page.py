"""The HTML page, opened in a headless Chromium, filtered, opened and attacked."""

import html.parser
import json
import re
import shutil
import subprocess

import pytest

from reports.page import html as page_of
from reports.page import is_link
from reports.run import parse
from tests.reports_sample import ATTACK, diverging, large, result, run_of, sample, scenario, subject

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SWITCHES = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--virtual-time-budget=20000"),
)

needs_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on the PATH (Debian: apt-get install chromium)"
)

HELPERS = """
const rows = () => [...document.querySelectorAll("tr.s")].filter((r) => r.offsetParent).map((r) => r.id);
const open = (id) => { document.getElementById(id).querySelector("button").click(); return opened(id); };
const opened = (id) => document.getElementById(id).nextElementSibling;
const type = (id, value) => {
  const field = document.getElementById(id);
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
};
const press = (verdict) => document.querySelector(`[data-verdict="${verdict}"]`).click();
const later = () => new Promise((done) => setTimeout(done, 50));
"""


@pytest.fixture
def browse(tmp_path):
    """Opens a page, or a run's, in a browser, runs a script's body in it, and gives what that returns."""

    def open_page(shown, script, *switches, fragment=""):
        body = f"""<script>addEventListener("load", async () => {{
          let told;
          try {{ {HELPERS} told = await (async () => {{ {script} }})(); }}
          catch (error) {{ told = "failed: " + error.stack; }}
          document.title = "told " + JSON.stringify(told);
        }});</script></body>"""
        text = shown if isinstance(shown, str) else page_of(parse(shown))
        page = tmp_path / "page.html"
        page.write_text(text.replace("</body>", body), encoding="utf-8", errors="replace")
        command = [CHROMIUM, *SWITCHES, *switches, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
        done = subprocess.run([*command, page.as_uri() + fragment], capture_output=True, timeout=120)
        shutil.rmtree(tmp_path / "profile", ignore_errors=True)
        told = re.search(r"<title>told (.*?)</title>", done.stdout.decode(), re.DOTALL)
        assert told, done.stderr.decode()[-2000:]
        return json.loads(html.unescape(told.group(1)))

    return open_page


@pytest.fixture(scope="module")
def large_page():
    """The page of a run as large as they get, in which half of the engines' results do not agree."""
    return page_of(parse(large(failing=0.5)))


class Elements(html.parser.HTMLParser):
    """The elements that a page has before any script has run."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def test_the_page_carries_everything_inside():
    elements = Elements(page_of(parse(sample()))).found
    addresses = [a[key] for _, a in elements for key in ("src", "href") if key in a]
    assert addresses
    assert all(address.startswith(("#", "data:")) for address in addresses)


def test_an_attack_stays_text_in_the_source():
    elements = Elements(page_of(parse(sample()))).found
    assert [tag for tag, _ in elements].count("script") == 2
    assert not [
        tag for tag, attributes in elements if tag == "img" or any(name.startswith("on") for name in attributes)
    ]


def test_a_full_run_fits_into_ten_megabytes(large_page):
    assert 4e6 < len(large_page.encode()) < 10e6


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("https://example.org/1", True),
        ("http://x", True),
        ("javascript:alert(1)", False),
        ("#12", False),
        ("//x", False),
    ],
)
def test_only_web_addresses_are_links(address, is_one):
    assert is_link(address) is is_one


@needs_browser
def test_an_attack_stays_text_in_the_browser(browse):
    told = browse(
        sample(),
        """
        for (const id of rows()) open(id);
        for (const closed of document.querySelectorAll("details")) closed.open = true;
        await later();
        return {
          attacked: typeof window.attacked,
          images: document.images.length,
          scripts: document.scripts.length,
          links: [...document.links].map((l) => l.protocol),
          reason: opened("ZERO-02").querySelector(".reason").textContent,
          name: opened("VIEW-01").querySelector("tr.first th").textContent,
          script: opened("VIEW-01").querySelector("pre").textContent,
        };
        """,
    )
    assert told.pop("links") and "javascript:" not in told
    assert told == {
        "attacked": "undefined",
        "images": 0,
        "scripts": 3,  # the data, the page's own, and this test's
        "reason": ATTACK,
        "name": ATTACK,
        "script": f"print({ATTACK!r})\n",
    }


@needs_browser
def test_the_matrix_is_filtered(browse):
    told = browse(
        sample(),
        """
        const told = { all: rows() };
        type("find", "SLICE gradient");
        told.words = rows();
        document.getElementById("show-all").click();
        await later();
        told.reset = rows().length;
        press("blocked");
        told.blocked = rows();
        press("crashes");
        told.either = rows();
        type("chapter", "ZERO");
        told.chapter = rows();
        told.found = document.getElementById("found").textContent;
        document.getElementById("show-all").click();
        await later();
        type("subject", "0");
        press("diverges");
        told.ofTheOracle = rows();
        told.columns = [...document.querySelectorAll("#matrix > thead th")].filter((t) => t.offsetParent).length;
        return told;
        """,
    )
    ids = [s["id"] for s in sample()["scenarios"]]
    assert told == {
        "all": ids,
        "words": ["VIEW-01"],
        "reset": len(ids),
        "blocked": ["ACC-03/of-a-diamond", "ZERO-01"],
        "either": ["ACC-03/of-a-diamond", "ZERO-01", "VIEW-02"],
        "chapter": ["ZERO-01"],
        "found": "1 of 8 scenarios",
        "ofTheOracle": [],
        "columns": 2,
    }


@needs_browser
def test_words_are_found_in_reasons_too(browse):
    told = browse(sample(), 'type("find", "rests on"); return rows();')
    assert told == ["ACC-03/of-a-diamond", "ZERO-01"]


@needs_browser
def test_a_row_opens_to_the_first_difference_and_the_script(browse):
    told = browse(
        sample(),
        """
        const detail = open("ACC-02");
        const first = detail.querySelector("tr.first");
        const button = document.getElementById("ACC-02").querySelector("button");
        const told = {
          expanded: button.getAttribute("aria-expanded"),
          rows: [...detail.querySelector("article tbody").rows].map((r) => r.cells[0].textContent),
          first: [...first.cells].map((c) => c.textContent),
          marked: [...first.querySelectorAll("mark")].map((m) => m.textContent),
          folded: detail.querySelector("article details summary").textContent,
          script: detail.querySelector("pre").textContent,
          copy: !!detail.querySelector("button.copy"),
        };
        button.click();
        return { ...told, hiddenAgain: detail.hidden };
        """,
    )
    assert told["expanded"] == "true"
    assert told["rows"] == ["after one backward", "after two"]
    name, expected, got = told["first"]
    assert name == "after two"
    assert "says torch 2.13.0" in expected and "documented: [0.6666666666666666" in expected
    assert "off by up to 8,388,608 ULPs" in got
    assert told["marked"] == ["0.6666667"] * 3 + ["0.33333334"] * 3
    assert told["folded"] == "float64, in the same place"
    assert told["script"] == next(s["script"] for s in sample()["scenarios"] if s["id"] == "ACC-02")
    assert told["copy"] and told["hiddenAgain"]


@needs_browser
def test_an_agreeing_row_opens_to_what_the_oracle_observes(browse):
    told = browse(
        sample(),
        """
        const detail = open("ACC-01");
        return [detail.querySelector("details").open, ...[...detail.querySelectorAll("table")].map((t) => t.innerText)];
        """,
    )
    assert told[0] is True
    assert "after one backward" in told[1] and "0.33333334" in told[1]
    assert "float64" in told[2]


@needs_browser
def test_an_address_opens_a_row(browse):
    told = browse(sample(), 'await later(); return [opened("ACC-02").className, rows().length];', fragment="#ACC-02")
    assert told == ["detail", 8]
    told = browse(
        sample(),
        """
        const id = "ACC-03/of-a-diamond";
        type("find", "nothing has this");
        const changed = new Promise((done) => addEventListener("hashchange", done));
        location.hash = "#" + encodeURIComponent(id);
        await changed;
        await later();
        return [opened(id).className, rows().length];
        """,
    )
    assert told == ["detail", 8], "a row that a filter hides is shown when it is asked for"


@needs_browser
def test_arrow_keys_walk_the_rows_that_are_shown(browse):
    told = browse(
        sample(),
        """
        press("blocked");
        const at = () => document.activeElement.closest("tr").id;
        document.getElementById("ACC-03/of-a-diamond").querySelector("button").focus();
        const key = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        key("ArrowDown"); const down = at();
        key("ArrowDown"); const end = at();
        key("ArrowUp");
        return [down, end, at()];
        """,
    )
    assert told == ["ZERO-01", "ZERO-01", "ACC-03/of-a-diamond"]


@needs_browser
def test_texts_beyond_the_basic_plane_keep_their_marks(browse):
    def text(value):
        return {"is": "list", "items": [{"is": "str", "value": "𝛻𝛻𝛻"}, {"is": "str", "value": value}]}

    told = browse(
        run_of(
            [subject("mine-cpu")],
            [scenario("ACC-01")],
            [
                diverging(
                    "ACC-01",
                    "mine-cpu",
                    difference={"observation": "after two", "expected": text("a"), "got": text("𝛻b")},
                )
            ],
        ),
        'return [...open("ACC-01").querySelectorAll("mark")].map((m) => m.textContent);',
    )
    assert told == ["'a'", "'𝛻b'"]


@needs_browser
@pytest.mark.parametrize("width", [390, 1400])
def test_the_page_is_no_wider_than_its_window(browse, width):
    told = browse(
        large(60, 15),
        """
        open(rows()[3]);
        const wide = [...document.querySelectorAll("tr.detail > td > div")].map((d) => d.getBoundingClientRect().width);
        return [document.documentElement.scrollWidth <= innerWidth, Math.max(...wide) <= innerWidth];
        """,
        f"--window-size={width},900",
    )
    assert told == [True, True]


@needs_browser
def test_a_large_page_answers_quickly(browse, large_page):
    told = browse(
        large_page,
        """
        const start = performance.now();
        type("find", "number 14");
        document.body.offsetHeight;
        return [rows().length > 0, performance.now() - start];
        """,
    )
    assert told[0]
    assert told[1] < 3000, "milliseconds, on a machine that may be busy; a tenth of a second is usual"


@needs_browser
def test_a_subject_that_was_not_run_has_its_reason_and_no_column(browse):
    told = browse(
        run_of(
            [subject("mine-cpu"), subject("absent", "absent", not_run="absent is not installed")],
            [scenario("ACC-01")],
            [result("ACC-01", "mine-cpu")],
        ),
        'return [document.querySelectorAll("#matrix > thead th").length, document.querySelector(".counts").innerText];',
    )
    assert told[0] == 2
    assert "no data: not run, absent is not installed" in told[1]
