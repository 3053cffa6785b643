"""Fires an event when something in the sample crosses a level, e.g. to steer the experiment."""
import numpy as np

import slicecast
from slicecast import Event, Real, Reals, Table, Text


class NotifyWhen(slicecast.Plugin):
    """Watches the mean of a region of every slice, or, with --input "labels/NAME/" or "table/NAME/", the
    share of a class that the plugin NAME finds. Rising over the level fires an urgent event, falling below
    level - hysteresis another; so noise at the level fires once."""

    name = "notify"
    level = Real(0.1, doc="What the quantity is compared with")
    hysteresis = Real(0.01, minimum=0, doc="How far it must fall below the level to be ready again")
    region = Reals([0, 0, 0, 1e6], unit="mm", doc="Ball that is averaged: centre x, y, z and radius")
    watched = Text("", doc="Name of the class (labels), or of a column and a row, \"share/pore\" (tables)")

    def start(self):
        self.above = {}  # by slice

    def on_slice(self, image):
        x, y, z, radius = self.region
        distance = np.linalg.norm(image.pose.centres_mm(*image.pixels.shape) - (x, y, z), axis=-1)
        inside = image.inside() & (distance <= radius)
        if inside.any() and not image.filling:
            return self.judge(image.id, float(image.pixels[inside].mean()), image.value_unit)

    def on_labels(self, labels):
        return self.judge(labels.id, labels.fractions()[self.watched], "")

    def on_table(self, table):
        column, _, row = self.watched.partition("/")
        return self.judge(table.key, table.value(column, row), "")

    def judge(self, where, value, unit):
        was = self.above.get(where, False)
        now = value > (self.level - self.hysteresis if was else self.level)
        self.above[where] = now
        yield Table({f"value [{unit}]": value}, title="watched")
        if now != was:
            yield Event(f"{where}: {value:.4g} {unit} is {'above' if now else 'below'} {self.level:g}",
                        value, unit, urgent=now, name="crossing")


if __name__ == "__main__":
    NotifyWhen.run()
