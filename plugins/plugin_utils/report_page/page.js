/* GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
   SPDX-License-Identifier: GPL-3.0-or-later
   Everything of the page is made here from the data, and every text of it by textContent. */
"use strict";
(() => {
  const PAGE = 50, WIDTH = 9, TOLD = 30;
  const wide = window.matchMedia("(min-width: 48rem)").matches;
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const strings = data.strings, lower = strings.map((text) => text.toLowerCase());
  const word = ([name, label, symbol, tone, means]) => ({name, label, symbol, tone, means});
  const verdicts = data.verdicts.map(word), states = data.states.map(word);
  const changes = [null, ...data.changes.map(word)];

  /* A site's rows are numbers; a row is looked up when it is shown. */
  const kinds = data.kinds.map(([vendor, id, title, level, basis, source, conflict]) => ({
    vendor: strings[vendor], id: strings[id], title: strings[title], level: strings[level], basis: strings[basis],
    source: strings[source], conflict: strings[conflict],
    column: strings[vendor] + "/" + column(strings[vendor], strings[id]),
    lower: [vendor, id, title].map((number) => lower[number]).join("/"),
  }));
  const sites = data.sites.map(([name, state, assessed, compared, rows, notes, gone], index) => ({
    index, name, lower: name.toLowerCase(), state: states[state], stateIndex: state, assessed: strings[assessed],
    compared: strings[compared], rows, notes, gone,
  }));
  const byName = new Map(sites.map((site) => [site.name, site]));

  /* What a site itself wants blocked is named by address and port: one column for all of it. */
  function column(vendor, id) {
    return vendor === "site" && id.startsWith("blocked-") ? "blocked" : id;
  }

  function row(site, at) {
    const [kind, vlan, verdict, change, reason, remedy, accepted, since, was] = site.rows.slice(at, at + WIDTH);
    return {kind: kinds[kind], vlan: strings[vlan], verdict: verdicts[verdict], rank: verdict, change: changes[change],
      reason: strings[reason], remedy: strings[remedy], accepted: strings[accepted], since: strings[since],
      was: strings[was]};
  }

  function* rows(site) {
    for (let at = 0; at < site.rows.length; at += WIDTH) yield row(site, at);
  }

  function make(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== false && value !== null) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== ""));
    return node;
  }

  const sign = (found) => make("span", {class: "sign " + found.tone, "aria-hidden": "true"}, found.symbol);
  const badge = (found) => make("span", {class: "badge " + found.tone, title: found.means}, sign(found), found.label);
  const number = (count) => count.toLocaleString("en");
  const plural = (count, what) => number(count) + " " + what + (count === 1 ? "" : "s");
  const time = (text) => text.replace("T", " ").replace(/:\d\dZ$/, " UTC");
  const link = (site) => make("a", {href: "#" + encodeURIComponent(site.name)}, site.name);

  /* Filter: a site is shown when one of its rows is what all fields ask for. */
  const wanted = {states: new Set(), changes: new Set()};
  let page = 0, shown = sites;

  const fine = new Set(["met", "attested"]);

  function filter() {
    const tokens = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdict = $("verdict").value, vendor = $("vendor").value, required = $("required").checked;
    const ofRows = verdict !== "" || vendor !== "" || required || wanted.changes.size > 0;
    const fits = (site, at) => {
      const [kind, vlan, found, change, reason, remedy] = site.rows.slice(at, at + 6);
      if (verdict !== "" && found !== Number(verdict)) return false;
      if (vendor !== "" && kinds[kind].vendor !== vendor) return false;
      if (required && (kinds[kind].level !== "required" || (verdict === "" && fine.has(verdicts[found].name)))) return false;
      if (wanted.changes.size && !wanted.changes.has(change)) return false;
      return tokens.every((token) => site.lower.includes(token) || kinds[kind].lower.includes(token) ||
        lower[vlan].includes(token) || lower[reason].includes(token) || lower[remedy].includes(token) ||
        verdicts[found].label.includes(token));
    };
    shown = sites.filter((site) => {
      if (wanted.states.size && !wanted.states.has(site.stateIndex)) return false;
      if (!ofRows && tokens.every((token) => site.lower.includes(token))) return true;
      for (let at = 0; at < site.rows.length; at += WIDTH) if (fits(site, at)) return true;
      return false;
    });
    if ($("order").value) shown.sort((one, other) => one.stateIndex - other.stateIndex || one.index - other.index);
    page = 0;
    draw();
  }

  function chips(id, found, counts, chosen) {
    found.forEach((one, index) => {
      if (!one || !counts[index]) return;
      const chip = make("button", {type: "button", class: "chip " + one.tone, "aria-pressed": "false", title: one.means},
        sign(one), make("b", {}, number(counts[index])), one.label);
      chip.addEventListener("click", () => {
        if (!chosen.delete(index)) chosen.add(index);
        chip.setAttribute("aria-pressed", String(chosen.has(index)));
        filter();
      });
      $(id).append(chip);
    });
  }

  /* The matrix: the sites of this page by the requirements that they have. */
  function cells(site) {
    const found = new Map();
    for (const one of rows(site)) {
      const was = found.get(one.kind.column);
      if (!was || one.rank < was.rank) found.set(one.kind.column, one);
    }
    return found;
  }

  function matrix(here) {
    const all = here.map(cells), columns = new Map();
    for (const found of all) for (const [name, one] of found) if (!columns.has(name)) columns.set(name, one.kind);
    const names = [...columns.keys()].sort();
    const vendors = new Map();
    for (const name of names) vendors.set(columns.get(name).vendor, (vendors.get(columns.get(name).vendor) || 0) + 1);
    const head = make("thead", {},
      make("tr", {}, make("th", {rowspan: "2", scope: "col"}, "site"), ...[...vendors].map(([vendor, span]) =>
        make("th", {scope: "colgroup", colspan: span, class: "vendor"}, vendor))),
      make("tr", {}, ...names.map((name) => make("th", {scope: "col", class: "turned", title: columns.get(name).title},
        make("span", {}, name.slice(name.indexOf("/") + 1))))));
    const body = make("tbody", {}, ...here.map((site, index) => make("tr", {},
      make("th", {scope: "row"}, sign(site.state), " ", link(site)),
      ...names.map((name) => {
        const one = all[index].get(name);
        if (!one) return make("td", {class: "none"});
        const cell = make("td", {class: one.verdict.tone, title: one.kind.title + ": " + one.verdict.label},
          make("span", {"aria-hidden": "true"}, one.verdict.symbol), make("span", {class: "hidden"}, one.verdict.label));
        cell.addEventListener("click", () => show(site));
        return cell;
      }))));
    $("table").replaceChildren(make("table", {}, head, body));
  }

  /* A site's section is made when it is opened. */
  function section(site) {
    const counts = new Map();
    for (const one of rows(site)) counts.set(one.verdict, (counts.get(one.verdict) || 0) + 1);
    const told = verdicts.filter((one) => counts.has(one)).map((one) => counts.get(one) + " " + one.label).join(" · ");
    const node = make("details", {class: "site", id: "site-" + site.index}, make("summary", {},
      make("h3", {}, site.name), badge(site.state), make("span", {class: "counts"}, told)));
    node.addEventListener("toggle", () => {
      if (node.open && node.childElementCount === 1) fill(node, site);
    });
    return node;
  }

  function fill(node, site) {
    if (node.childElementCount > 1) return;
    const facts = [site.assessed && "assessed " + time(site.assessed), site.compared && "before " + time(site.compared)];
    const bad = [], good = [];
    for (const one of rows(site)) (one.verdict.name === "met" && !one.change ? good : bad).push(one);
    node.append(make("p", {class: "facts"}, facts.filter(Boolean).join(", ")), ...bad.map(requirement));
    if (good.length) node.append(met(good));
    for (const note of site.notes) node.append(make("p", {class: "note"}, make("b", {}, "Note: "), strings[note]));
    for (const name of site.gone) node.append(make("p", {class: "note"}, "No longer asked for: " + strings[name]));
    const vendors = new Set([...bad, ...good].map((one) => one.kind.vendor));
    const said = data.advice.map((one) => one.map((number) => strings[number])).filter(([vendor]) => vendors.has(vendor));
    if (said.length) node.append(advice(said));
  }

  function advice(said) {
    return make("details", {}, make("summary", {}, "Advice of the vendors: " + number(said.length)),
      make("ul", {class: "met"}, ...said.map(([vendor, , title, text, source]) => make("li", {},
        make("code", {}, vendor), " ", make("b", {}, title), ": ", text + " ", make("span", {class: "source"}, source)))));
  }

  function requirement(one) {
    const list = make("dl", {});
    const add = (name, text, kind) => {
      if (text) list.append(make("dt", {}, name), make("dd", {class: kind || false}, text));
    };
    add("Seen", one.reason);
    add("Change", one.remedy, "remedy");
    add("Accepted", one.accepted);
    add("Asked by", one.kind.source, "source");
    add("Documents differ", one.kind.conflict, "source");
    add("Basis", one.kind.basis === "stated" ? "" : one.kind.basis);
    const was = one.was && (verdicts.find((known) => known.name === one.was) || {label: one.was}).label;
    const history = [one.change && one.change.label, was && "was " + was, one.since && "since " + time(one.since)];
    return make("article", {class: "requirement " + one.verdict.tone},
      make("header", {}, badge(one.verdict), make("h4", {}, one.kind.title),
        one.kind.level === "required" ? null : make("span", {class: "level"}, one.kind.level),
        make("code", {}, one.vlan + "/" + one.kind.vendor + "/" + one.kind.id),
        make("span", {class: "since " + (one.change ? one.change.tone : "")}, history.filter(Boolean).join(", "))), list);
  }

  function met(found) {
    const list = make("ul", {class: "met"}, ...found.map((one) => make("li", {},
      make("code", {}, one.vlan + "/" + one.kind.vendor + "/" + one.kind.id), " ", make("b", {}, one.kind.title), ": ",
      one.reason, " ", make("span", {class: "source"}, one.kind.source))));
    return make("details", {class: "good"}, make("summary", {}, number(found.length) + " met"), list);
  }

  function draw() {
    const pages = Math.max(Math.ceil(shown.length / PAGE), 1), from = page * PAGE;
    const here = shown.slice(from, from + PAGE);
    $("shown").textContent = !shown.length ? "No site fits. Clear the filter to see all " + number(sites.length) + "." :
      "Showing " + number(from + 1) + " to " + number(from + here.length) + " of " + plural(shown.length, "site") +
      (shown.length < sites.length ? " (all: " + number(sites.length) + ")" : "");
    if ($("matrix").open) matrix(here);
    $("sites").replaceChildren(...here.map(section));
    $("open").hidden = !here.length;
    const step = (label, to) => {
      const button = make("button", {type: "button", disabled: to < 0 || to >= pages || to === page}, label);
      button.addEventListener("click", () => { page = to; draw(); $("shown").scrollIntoView(); $("sites").focus({preventScroll: true}); });
      return button;
    };
    $("pager").hidden = pages === 1;
    $("pager").replaceChildren(step("First", 0), step("Previous", page - 1),
      make("span", {}, "page " + (page + 1) + " of " + pages), step("Next", page + 1), step("Last", pages - 1));
  }

  /* An address that names a site shows it, whatever the filter is. */
  function show(site) {
    if (!shown.includes(site)) $("filter").reset();
    const at = Math.floor(shown.indexOf(site) / PAGE);
    if (at !== page) { page = at; draw(); }
    const node = $("site-" + site.index);
    fill(node, site);
    node.open = true;
    node.scrollIntoView();
    node.querySelector("summary").focus({preventScroll: true});
  }

  function follow() {
    let name = "";
    try { name = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    if (byName.has(name)) show(byName.get(name));
  }

  function whatChanged(totals) {
    if (!sites.some((site) => site.compared)) return;
    const box = $("changed");
    box.hidden = false;
    box.append(make("h2", {}, "Since the last assessment"));
    const told = ["worse", "broken", "better"];
    if (!changes.some((one, index) => one && told.includes(one.name) && totals[index])) {
      box.append(make("p", {}, "Nothing got worse or better, and nothing stays broken."));
    }
    changes.forEach((one, index) => {
      if (!one || !told.includes(one.name) || !totals[index]) return;
      const list = make("ul", {});
      for (const site of sites) {
        for (let at = 0; at < site.rows.length && list.childElementCount < TOLD; at += WIDTH) {
          if (site.rows[at + 3] !== index) continue;
          const found = row(site, at);
          const was = found.was ? found.was + " → " + found.verdict.label : found.verdict.label;
          list.append(make("li", {}, link(site), " ", make("code", {}, found.vlan + "/" + found.kind.vendor + "/" +
            found.kind.id), " " + was + ": " + found.reason));
        }
      }
      const more = totals[index] - list.childElementCount;
      if (more > 0) list.append(make("li", {}, "and " + number(more) + " more: filter by \"" + one.label + "\""));
      box.append(make("details", {open: one.name === "worse" && wide, class: one.tone},
        make("summary", {}, sign(one), " " + number(totals[index]) + " " + one.label), list));
    });
  }

  function start() {
    const ofStates = states.map((_, index) => sites.filter((site) => site.stateIndex === index).length);
    const ofChanges = changes.map(() => 0), vendors = new Set(kinds.map((kind) => kind.vendor));
    for (const site of sites) for (let at = 3; at < site.rows.length; at += WIDTH) ofChanges[site.rows[at]] += 1;
    const times = sites.map((site) => site.assessed).filter(Boolean).sort();
    $("when").textContent = plural(sites.length, "site") + (times.length ? ", assessed " + time(times[0]) +
      (times[0] === times[times.length - 1] ? "" : " to " + time(times[times.length - 1])) : "");
    chips("states", states, ofStates, wanted.states);
    chips("changes", changes, ofChanges, wanted.changes);
    whatChanged(ofChanges);
    verdicts.forEach((one, index) => $("verdict").append(make("option", {value: index}, one.label)));
    [...vendors].sort().forEach((vendor) => $("vendor").append(make("option", {value: vendor}, vendor)));
    $("legend").append(...verdicts.map((one) => make("li", {}, badge(one), " " + one.means)));
    $("matrix").open = wide;
    $("matrix").addEventListener("toggle", () => $("matrix").open && matrix(shown.slice(page * PAGE, (page + 1) * PAGE)));
    let waiting = 0;
    $("search").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
    for (const id of ["verdict", "vendor", "order", "required"]) $(id).addEventListener("change", filter);
    $("filter").addEventListener("submit", (event) => { event.preventDefault(); filter(); });
    $("filter").addEventListener("reset", () => {
      wanted.states.clear();
      wanted.changes.clear();
      document.querySelectorAll(".chip").forEach((chip) => chip.setAttribute("aria-pressed", "false"));
      for (const id of ["search", "verdict", "vendor", "order"]) $(id).value = "";
      $("required").checked = false;
      filter();
    });
    $("open").addEventListener("click", () => document.querySelectorAll("details.site").forEach((node) => { node.open = true; }));
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) { event.preventDefault(); $("search").focus(); }
    });
    window.addEventListener("hashchange", follow);
    draw();
    follow();
  }
  start();
})();
