"use strict";
// Filters the matrix, and opens a row to what was observed. Engines supply most texts: every one enters the page as a
// text node or an attribute's value, never as HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const SAME = -1;
  const byId = new Map(data.scenarios.map((s) => [s.id, s]));
  const matrix = document.getElementById("matrix");
  const rows = [...matrix.querySelectorAll("tr.s")].map((row) => ({
    row,
    scenario: byId.get(row.id),
    verdicts: [...row.cells].slice(1).map((cell) => (cell.className ? cell.className.slice(2).replace("-", " ") : "")),
  }));
  const find = document.getElementById("find");
  const chapter = document.getElementById("chapter");
  const subject = document.getElementById("subject");
  const chips = [...document.querySelectorAll(".chips .chip")];
  const columnStyle = document.head.appendChild(document.createElement("style"));

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === true) made.setAttribute(name, "");
      else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
    }
    made.append(...children.filter((c) => c !== null && c !== undefined));
    return made;
  }

  // --- Filtering ---

  function textOf(number) {
    const text = data.texts[number];
    return Array.isArray(text) ? text.join("") : text || "";
  }

  function scriptOf(blocks) {
    return blocks.map(textOf).join("\n\n\n");
  }

  function haystack(entry) {
    if (!entry.words) {
      const s = entry.scenario;
      const reasons = s.told.map((t) => textOf(t.reason));
      entry.words = [s.id, s.does, textOf(s.text), textOf(s.source), ...reasons].join(" ").toLowerCase();
    }
    return entry.words;
  }

  function applyFilters() {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set(chips.filter((c) => c.ariaPressed === "true").map((c) => c.dataset.verdict));
    const column = subject.value === "" ? null : Number(subject.value);
    const counts = {};
    let shown = 0;
    for (const body of matrix.tBodies) body.shown = 0;
    for (const entry of rows) {
      const body = entry.row.parentNode;
      const verdicts = column === null ? entry.verdicts : [entry.verdicts[column]];
      let show = (!chapter.value || body.dataset.chapter === chapter.value) && words.every((w) => haystack(entry).includes(w));
      if (show) for (const verdict of new Set(verdicts)) counts[verdict] = (counts[verdict] || 0) + 1;
      show = show && (!wanted.size || verdicts.some((v) => wanted.has(v)));
      entry.row.hidden = !show;
      if (entry.detail) entry.detail.hidden = !show || !entry.open;
      body.shown += show;
      shown += show;
    }
    for (const body of matrix.tBodies) {
      body.hidden = !body.shown;
      body.querySelector(".shown").textContent = body.shown;
    }
    for (const chip of chips) chip.querySelector(".count").textContent = (counts[chip.dataset.verdict] || 0).toLocaleString("en");
    document.querySelector(".chips").classList.toggle("chosen", wanted.size > 0);
    columnStyle.textContent = column === null ? "" :
      `#matrix tr.s > td:not(:nth-child(${column + 2})), #matrix > thead th:not(:first-child):not(:nth-child(${column + 2})), ` +
      `#matrix col.verdict:not(:nth-child(${column + 2})) { display: none }`;
    const filtered = words.length || wanted.size || column !== null || chapter.value;
    document.getElementById("found").textContent =
      `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} scenarios`;
    document.getElementById("show-all").hidden = !filtered;
  }

  // --- What a row opens to ---

  function value(number) {
    const text = data.texts[number];
    const made = element("span", { class: "value" });
    if (Array.isArray(text)) text.forEach((part, n) => made.append(n % 2 ? element("mark", null, part) : part));
    else made.append(text ?? "");
    return made;
  }

  function chip(verdict) {
    return element("span", { class: `chip v-${verdict.replace(" ", "-")}` }, verdict);
  }

  function cell(head, content) {
    return element("td", { "data-head": head }, content);
  }

  function line(...parts) {
    return element("p", null, ...parts);
  }

  function link(address) {
    return /^https?:\/\//i.test(address) ? element("a", { href: address, rel: "noreferrer noopener" }, address) : address;
  }

  /** The observations of a result that does not agree, beside the oracle's; the first that differs is highlighted. */
  function comparison(scenario, told) {
    const seen = scenario.observed[told.dtype];
    const oracle = new Map((seen ? seen.rows : []).map(([name, number]) => [textOf(name), number]));
    const first = told.difference;
    const body = element("tbody");
    let after = false;
    const names = new Set();
    for (const [nameNumber, number] of told.rows || []) {
      const name = textOf(nameNumber);
      names.add(name);
      if (first && name === first.name) {
        body.append(firstRow(first));
        after = true;
        continue;
      }
      const expected = oracle.has(name) ? value(oracle.get(name)) : element("span", { class: "quiet" }, "not recorded here");
      const got = number === SAME ? element("span", { class: "quiet" }, "the same") : value(number);
      body.append(element("tr", { class: after && "later" }, element("th", { scope: "row" }, name), cell("expected", expected), cell("got", got)));
    }
    if (first && !names.has(first.name)) body.append(firstRow(first));
    if (!body.rows.length) return null;
    const heads = ["Observation", "Expected", "Got"].map((h) => element("th", { scope: "col" }, h));
    return element("table", null, element("thead", null, element("tr", null, ...heads)), body);
  }

  function firstRow(difference) {
    const expected = element("div", null, value(difference.expected));
    const notes = [];
    if (difference.witness) notes.push(`says ${difference.witness}`);
    if (notes.length) expected.append(element("div", { class: "quiet" }, notes.join(", ")));
    if (difference.documented !== null) expected.append(element("div", { class: "quiet" }, "documented: ", value(difference.documented)));
    const got = element("div", null, value(difference.got));
    if (difference.ulps !== null) got.append(element("div", { class: "quiet" }, `off by up to ${difference.ulps} ULPs`));
    return element("tr", { class: "first" }, element("th", { scope: "row" }, difference.name), cell("expected", expected), cell("got", got));
  }

  /** One subject's results; those of further dtypes are folded away where they fail in the same place. */
  function failure(scenario, subjectNumber, results) {
    const heading = element("header", null, element("h3", { class: "id" }, data.subjects[subjectNumber]));
    const article = element("article", { "data-subject": subjectNumber }, heading);
    const alike = new Set(results.map((t) => `${t.verdict} ${t.difference ? t.difference.name : t.reason}`)).size === 1;
    results.forEach((told, n) => {
      let part = article;
      if (n === 0) {
        const dtypes = alike ? results.map((t) => t.dtype).join(", ") : told.dtype;
        heading.append(chip(told.verdict), element("span", { class: "quiet" }, dtypes));
      } else if (alike) {
        part = element("details", null, element("summary", null, `${told.dtype}, in the same place`));
      } else {
        article.append(line(chip(told.verdict), " ", element("span", { class: "quiet" }, told.dtype)));
      }
      part.append(...account(scenario, told));
      if (part !== article && (told.difference || told.rows)) article.append(part);
    });
    return article;
  }

  function account(scenario, told) {
    return [
      told.reason === null ? null : element("p", { class: "reason" }, textOf(told.reason)),
      told.expected ? expectation(told) : null,
      comparison(scenario, told),
      told.script ? script("The drawn example as a script", scriptOf(told.script)) : null,
    ].filter(Boolean);
  }

  function expectation(told) {
    const { met, verdict, reason, issue } = told.expected;
    const said = met ? "As the expectations file says" : `The expectations file says “${verdict}”`;
    const made = element("p", { class: "quiet" }, reason ? `${said}: ${reason}` : said);
    if (issue) made.append(" ", link(issue));
    return made;
  }

  function observed(scenario, open) {
    const dtypes = Object.keys(scenario.observed);
    if (!dtypes.length) return null;
    const made = element("details", { open });
    made.append(element("summary", null, `What ${data.subjects[scenario.observed[dtypes[0]].by]} observes`));
    for (const dtype of dtypes) {
      const withDocumented = scenario.observed[dtype].rows.some((r) => r[2] !== null);
      const heads = [`Observation (${dtype})`, "Value", ...(withDocumented ? ["Documented"] : [])];
      const body = element("tbody");
      for (const [name, number, documented] of scenario.observed[dtype].rows) {
        const cells = [element("th", { scope: "row" }, textOf(name)), cell("value", value(number))];
        if (withDocumented) cells.push(cell("documented", documented === null ? "" : value(documented)));
        body.append(element("tr", null, ...cells));
      }
      made.append(element("table", null, element("thead", null, element("tr", null, ...heads.map((h) => element("th", { scope: "col" }, h)))), body));
    }
    return made;
  }

  function script(title, text) {
    const button = element("button", { type: "button", class: "copy" }, "Copy");
    const code = element("pre", { tabindex: "0" }, element("code", null, text));
    button.addEventListener("click", async () => {
      button.textContent = (await copy(text, code)) ? "Copied" : "Selected: press Ctrl+C";
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    return element("section", { class: "script" }, element("header", null, element("h3", null, title), button), code);
  }

  async function copy(text, code) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      getSelection().selectAllChildren(code);
      return document.execCommand("copy");
    }
  }

  function detailOf(entry) {
    const s = entry.scenario;
    const inside = element("div");
    inside.append(line(element("span", { class: "id" }, s.clause), ` ${textOf(s.text)}`));
    if (s.source !== null) inside.append(element("p", { class: "quiet" }, "Source: ", link(textOf(s.source))));
    if (s.differs !== null) inside.append(line(element("span", { class: "tag" }, "docs differ"), ` ${textOf(s.differs)}`));
    if (s.needs.length) {
      const names = s.needs.flatMap((id, n) => [n ? ", " : "", byId.has(id) ? element("a", { href: `#${encodeURIComponent(id)}` }, id) : id]);
      inside.append(element("p", { class: "quiet" }, "Rests on ", ...names));
    }
    for (const [number, results] of group(s.told)) inside.append(failure(s, number, results));
    const agreeing = entry.verdicts.flatMap((v, n) => (v === "agrees" ? [data.subjects[n]] : []));
    if (agreeing.length) inside.append(line(chip("agrees"), ` ${agreeing.join(", ")}`));
    const seen = observed(s, !s.told.length);
    if (seen) inside.append(seen);
    if (s.script) inside.append(script("Standalone script", scriptOf(s.script)));
    else inside.append(element("p", { class: "quiet" }, "The script is not in this page; the suite prints it, and a full result file has it."));
    if (data.cut) inside.append(element("p", { class: "quiet" }, "Some observations are left out to keep this page small; the result file has them all."));
    return element("tr", { class: "detail" }, element("td", { colspan: matrix.rows[0].cells.length }, inside));
  }

  function group(results) {
    const groups = new Map();
    for (const told of results) groups.set(told.of, [...(groups.get(told.of) || []), told]);
    return groups;
  }

  function toggle(entry, open = !entry.open) {
    if (open && !entry.detail) {
      entry.detail = detailOf(entry);
      entry.row.after(entry.detail);
    }
    if (entry.detail) entry.detail.hidden = !open;
    entry.open = open;
    entry.row.querySelector("button").setAttribute("aria-expanded", String(open));
  }

  function openFromAddress() {
    const id = decodeURIComponent(location.hash.slice(1));
    const entry = rows.find((r) => r.row.id === id);
    if (!entry) return;
    if (entry.row.hidden) document.getElementById("tools").reset();
    toggle(entry, true);
    entry.row.querySelector("button").focus({ preventScroll: true });
    entry.row.scrollIntoView();
  }

  // --- Wiring ---

  const entryOf = new Map(rows.map((entry) => [entry.row, entry]));
  matrix.addEventListener("click", (event) => {
    const entry = entryOf.get(event.target.closest("tr.s"));
    if (!entry) return;
    const clicked = event.target.closest("td");
    toggle(entry, clicked ? true : undefined);
    const article = clicked && entry.detail.querySelector(`[data-subject="${clicked.cellIndex - 1}"]`);
    if (article) article.scrollIntoView();
  });
  matrix.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const entry = step && event.target.closest("button") && entryOf.get(event.target.closest("tr.s"));
    if (!entry) return;
    let n = rows.indexOf(entry) + step;
    while (rows[n] && rows[n].row.hidden) n += step;
    if (!rows[n]) return;
    rows[n].row.querySelector("button").focus();
    event.preventDefault();
  });
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.ariaPressed = String(chip.ariaPressed !== "true");
      applyFilters();
    });
  }
  const form = document.getElementById("tools");
  form.addEventListener("input", applyFilters);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => {
    for (const chip of chips) chip.ariaPressed = "false";
    setTimeout(applyFilters); // the fields are emptied after this event
  });
  // What is scrolled to must not hide behind the headings that stay in place.
  matrix.style.setProperty("--head", `${matrix.tHead.offsetHeight + 4}px`);
  addEventListener("hashchange", openFromAddress);
  applyFilters();
  openFromAddress();
})();
