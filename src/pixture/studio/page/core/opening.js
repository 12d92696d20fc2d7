// A file goes to the session, part by part.

/** @typedef {import("./studio.js").Studio} Studio */

/**
 * Send a file to the session, which opens it; what is refused is said at the top.
 * @param {Studio} studio
 * @param {File} file
 */
export async function openFile(studio, file) {
  try {
    const { says } = await studio.ask("begin-upload", { name: file.name, bytes: file.size });
    for (let at = 0; at < file.size; at += says.part) {
      const part = await file.slice(at, at + says.part).arrayBuffer();
      await studio.ask("upload-part", { upload: says.upload }, [part]);
    }
  } catch (refused) {
    studio.shared.set("notice", /** @type {Error} */ (refused).message);
  }
}
