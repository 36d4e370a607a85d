
"use strict";
(() => {
  const form = document.getElementById("filter");
  const { host, port, state } = form.elements;
  const output = form.querySelector("output");
  let rows;

  // "443", "53/udp", "22, 80-81": what a column or a list of ports says.
  const ranges = text => text.split(",").map(part => {
    const [numbers, scheme = "tcp"] = part.trim().split("/");
    const [first, last = first] = numbers.split("-").map(Number);
    return { first, last, scheme };
  });

  // What was typed; a scheme counts for its own part only.
  const wanted = text => text.toLowerCase().split(/[\s,]+/).filter(Boolean).map(part => {
    const [first, last = first] = part.split("/")[0].split("-").map(Number);
    return { first, last, scheme: part.split("/")[1] };
  });

  const overlap = (has, want) => has.some(h => want.some(w =>
    w.first <= h.last && h.first <= w.last && (!w.scheme || h.scheme.startsWith(w.scheme))));

  const read = () => [...document.querySelectorAll("table[data-rows]")].flatMap(table => {
    const columns = table.className === "matrix" ? [...table.tHead.rows[0].cells].map(th => ranges(th.textContent)) : null;
    return [...table.tBodies[0].rows].map(tr => {
      const cells = [...tr.cells];
      return {
        tr,
        host: cells[0].textContent.toLowerCase(),
        cells: columns
          ? cells.flatMap((td, i) => i && td.className ? [{ classes: td.classList, ports: columns[i] }] : [])
          : [{ classes: cells[1].classList, ports: ranges((tr.querySelector(".ports") || cells[1]).textContent) }],
      };
    });
  });

  const apply = () => {
    rows ||= read();
    const name = host.value.trim().toLowerCase(), ports = wanted(port.value), kind = state.value;
    let shown = 0;
    for (const row of rows) {
      const show = row.host.includes(name) && ((!ports.length && !kind) || row.cells.some(cell =>
        (!kind || cell.classes.contains(kind)) && (!ports.length || overlap(cell.ports, ports))));
      if (row.tr.hidden === show) row.tr.hidden = !show;
      shown += show;
    }
    const filtered = name || ports.length || kind;
    for (const group of document.querySelectorAll(".g")) {
      group.hidden = Boolean(filtered) && !group.querySelector("tbody tr:not([hidden])");
    }
    output.textContent = filtered ? shown.toLocaleString("en") + " of " + rows.length.toLocaleString("en") + " rows" : "";
  };

  form.addEventListener("input", apply);
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));

  // Thousands of titles are not worth their bytes: each is made when needed.
  document.addEventListener("mouseover", event => {
    const td = event.target.closest(".matrix td[class]");
    if (!td || td.title) return;
    const option = [...state.options].find(o => o.value === td.classList[0]);
    const head = td.closest("table").tHead.rows[0].cells[td.cellIndex];
    td.title = td.parentNode.cells[0].textContent + " " + head.textContent + " is " + (option ? option.text : "?");
  });
  form.hidden = false;
})();
