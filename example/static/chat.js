"use strict";
// What one asks goes over a WebSocket; what comes back is HTML, and is put where the conversation is.
const said = document.getElementById("said");
const ask = document.getElementById("ask");
const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/ask/socket`);

socket.addEventListener("message", (event) => said.insertAdjacentHTML("beforeend", event.data));
ask.addEventListener("submit", (event) => {
  event.preventDefault();
  socket.send(ask.text.value);
  ask.reset();
});
