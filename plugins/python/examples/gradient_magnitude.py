"""Shows the edges of every slice: the magnitude of the gradient of its values."""
import numpy as np

import slicecast


@slicecast.plugin(
    "gradient",
    smoothing=slicecast.Integer(
        1,
        unit="pixels",
        minimum=0,
        maximum=50,
        doc="Half width of the box that values are averaged over before",
    ),
)
def gradient(image: slicecast.SliceImage, smoothing: int) -> slicecast.Values:
    """Publishes |grad f| of every slice, in the unit of its values per mm."""
    values = box_mean(image.pixels, smoothing)
    down, across = np.gradient(values, image.pixel_mm)
    magnitude = np.hypot(down, across)
    magnitude[~image.inside()] = 0  # the edge of the field of view is none of the sample's
    return slicecast.Values(magnitude, quantity="gradient", unit=f"{image.value_unit}/mm")


def box_mean(values: np.ndarray, half: int) -> np.ndarray:
    """Along both axes, by differences of running sums; the border is repeated."""
    for axis in (0, 1) if half else ():
        padded = np.pad(values, [(half + 1, half) if axis == a else (0, 0) for a in (0, 1)], "edge")
        sums = np.cumsum(padded, axis, dtype=np.float64)
        count = values.shape[axis]
        last, first = np.arange(count) + 2 * half + 1, np.arange(count)
        values = (sums.take(last, axis) - sums.take(first, axis)) / (2 * half + 1)
    return values


if __name__ == "__main__":
    gradient.run()
