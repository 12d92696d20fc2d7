// The page of the server: its own host of the front end.
import { SocketModel } from "./core/socket-model.js";
import front from "./index.js";

const scheme = location.protocol === "https:" ? "wss" : "ws";
let session = sessionStorage.getItem("pixture-session");
if (!session) {
  session = crypto.randomUUID();
  sessionStorage.setItem("pixture-session", session);
}
const model = new SocketModel(`${scheme}://${location.host}/socket?session=${session}`);
const element = /** @type {HTMLElement} */ (document.getElementById("studio"));
front.render({ model, el: element });
