// The page of the server: its own host of the front end.
import { SocketModel } from "./core/socket-model.js";
import front from "./index.js";

const scheme = location.protocol === "https:" ? "wss" : "ws";
let session = sessionStorage.getItem("pixture-session");
if (!session) {
  session = uuid();
  sessionStorage.setItem("pixture-session", session);
}
const model = new SocketModel(`${scheme}://${location.host}/socket?session=${session}`);
/** @type {string | undefined} */
let known;
model.on("msg:custom", (message) => {
  const told = message.state?.session;
  if (!told) return;
  if (known && told !== known) location.reload(); // it has ended meanwhile, and another has its name: begin anew
  known = told;
});
const element = /** @type {HTMLElement} */ (document.getElementById("studio"));
front.render({ model, el: element });

/** Return a UUID: `crypto.randomUUID` is there at addresses of this computer alone, or with encryption. */
function uuid() {
  const digits = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0"));
  return digits.join("").replace(/(.{8})(.{4}).(.{3}).(.{3})(.{12})/, "$1-$2-4$3-a$4-$5");
}
