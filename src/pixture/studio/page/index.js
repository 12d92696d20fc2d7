// The front end, as an anywidget front-end module: `render({ model, el })`.
import { layout } from "./core/layout.js";
import { Studio } from "./core/studio.js";

/**
 * @param {{model: import("./core/model.js").Model, el: HTMLElement}} host
 * @returns {() => void}
 */
function render({ model, el }) {
  const studio = new Studio(model);
  const end = layout(studio, el);
  model.send({ ask: "look", id: 0 }); // a host that keeps no state sends it when asked
  return () => {
    end();
    studio.destroy();
  };
}

export default { render };
