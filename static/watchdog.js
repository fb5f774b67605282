// Watches a page with running scripts: if it stops answering, it is in an endless loop and is removed.

const EVERY = 1000; // milliseconds between two messages
const PATIENCE = 4; // messages that a page may leave unanswered

/** Send messages to the page in a frame, which its prelude answers.
 * @param onSilent called once, when it stops answering. @returns a function that stops the watch. */
export function watch(frame, onSilent) {
  let unanswered = 0;
  const heard = ({ source, data }) => {
    if (source === frame.contentWindow && data === "replay: here") unanswered = 0;
  };
  const stop = () => { clearInterval(timer); removeEventListener("message", heard); };
  const timer = setInterval(() => {
    if (!frame.isConnected) return stop();
    unanswered += 1;
    if (unanswered > PATIENCE) { stop(); onSilent(); return; }
    frame.contentWindow?.postMessage("replay: are you there?", "*");
  }, EVERY);
  addEventListener("message", heard);
  return stop;
}
