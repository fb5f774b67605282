// Watches a page whose scripts run: one that answers no more is caught in a loop, and is let go of.

const EVERY = 1000; // milliseconds between two questions
const PATIENCE = 4; // questions that a page may leave without an answer

/** Ask the page in a frame again and again whether it is there; its prelude answers.
 * @param onSilent called once, when it answers no more. @returns what ends that. */
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
