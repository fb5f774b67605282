"use strict";
// Search while one types: ask for the results alone and put them where the list is.
const form = document.querySelector(".search");
const results = document.getElementById("results");
let latest = 0;
let timer = 0;

async function search() {
  const number = ++latest;
  const query = new URLSearchParams(new FormData(form));
  const answer = await fetch(`${form.dataset.results}?${query}`);
  const html = await answer.text();
  if (answer.ok && number === latest) results.innerHTML = html;
}

form.q.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(search, 120);
});
form.sort.addEventListener("change", search);
