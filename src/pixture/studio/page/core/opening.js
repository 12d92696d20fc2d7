// A file goes to the session, part by part.
import { percent } from "./numbers.js";

/** @typedef {import("./studio.js").Studio} Studio */

/**
 * Send a file to the session, which opens it; what is refused is said at the top.
 * @param {Studio} studio
 * @param {File} file
 */
export async function openFile(studio, file) {
  if (!file.size) return studio.shared.set("notice", `${file.name} is empty, or a folder; give an image.`);
  try {
    const { says } = await studio.ask("begin-upload", { name: file.name, bytes: file.size });
    for (let at = 0; at < file.size; at += says.part) {
      const part = await file.slice(at, at + says.part).arrayBuffer();
      await studio.ask("upload-part", { upload: says.upload }, [part]);
      const share = Math.min(1, (at + says.part) / file.size);
      if (share < 1) studio.shared.set("notice", `Sending ${file.name}: ${percent(share)}.`);
    }
  } catch (refused) {
    studio.shared.set("notice", /** @type {Error} */ (refused).message);
  }
}
