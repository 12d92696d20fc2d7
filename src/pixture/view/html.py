"""How results show themselves in a notebook."""

from __future__ import annotations

import base64
from html import escape

import numpy as np

from pixture.arrays import Integers
from pixture.imaging.display import as_picture, label_colours
from pixture.imaging.writers.png import png
from pixture.mixture.selection import Selection
from pixture.segmentation.segmentation import Segmentation

WIDTH = 360
"""Pixels across each of the two pictures."""


def segmentation_html(segmentation: Segmentation) -> str:
    """Return the image and its overlay side by side, over a table of the components."""
    pictures = "".join(
        f'<figure style="display:inline-block;margin:0 8px 8px 0">{_picture(pixels)}'
        f"<figcaption>{caption}</figcaption></figure>"
        for pixels, caption in ((as_picture(segmentation.image), "image"), (segmentation.overlay(), "labels"))
    )
    mixture = segmentation.mixture
    deviations = np.sqrt(np.diagonal(mixture.matrices(), axis1=1, axis2=2))
    rows = "".join(
        f"<tr><td>{_swatch(colour)} {k}</td><td>{share:.1%}</td><td>{_numbers(mean)}</td>"
        f"<td>{_numbers(deviation)}</td></tr>"
        for k, (colour, share, mean, deviation) in enumerate(
            zip(
                label_colours(mixture.components),
                segmentation.shares,
                mixture.means,
                deviations,
                strict=True,
            )
        )
    )
    fit = segmentation.fit
    return (
        f"<div>{pictures}<table><thead><tr><th>label</th><th>share</th><th>mean</th><th>spread (1 σ)</th>"
        f"</tr></thead><tbody>{rows}</tbody></table>"
        f"<p>{fit.steps} EM iterations; log-likelihood {fit.log_likelihood:.4f} nats per pixel. "
        f"{escape(fit.stop.value)}</p></div>"
    )


def selection_html(selection: Selection) -> str:
    """Return the curve over a table of the candidates."""
    from pixture.view.plots import selection_png  # matplotlib is loaded for who looks at it

    data = base64.b64encode(selection_png(selection)).decode()
    rows = "".join(
        f"<tr{' style=font-weight:bold' if row['best'] else ''}><td>{row['components']}</td>"
        f"<td>{row['covariance']}</td><td>{row['parameters']}</td><td>{row['log_likelihood']:.4f}</td>"
        f"<td>{row[selection.criterion]:,.1f}</td><td>{row['above_best']:,.1f}</td></tr>"
        for row in selection.table()
    )
    return (
        f'<div><img width="600" src="data:image/png;base64,{data}">'
        "<table><thead><tr><th>K</th><th>covariance</th><th>parameters</th><th>log-likelihood</th>"
        f"<th>{selection.criterion.upper()}</th><th>above best</th></tr></thead><tbody>{rows}</tbody></table>"
        f"<p>{selection.total_weight:,.0f} rows, worth {selection.effective_size:,.0f} independent ones.</p>"
        "</div>"
    )


def _picture(pixels: Integers) -> str:
    step = max(1, -(-pixels.shape[1] // WIDTH))
    data = base64.b64encode(png(pixels[::step, ::step])).decode()
    return f'<img width="{WIDTH}" src="data:image/png;base64,{data}">'


def _swatch(colour: Integers) -> str:
    return f'<span style="background:#{bytes(colour).hex()};padding:0 .6em;border-radius:2px"></span>'


def _numbers(values: Integers) -> str:
    return ", ".join(f"{value:.4g}" for value in values)
