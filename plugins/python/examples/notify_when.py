"""Fires an event when something in the sample crosses a level, e.g. to steer the experiment."""
import numpy as np

import slicecast
from slicecast import Event, Real, Reals, Table, Text


class NotifyWhen(slicecast.Plugin):
    """Watches the mean of a region of every slice, or, with --input "labels/NAME/" or
    "table/NAME/", the share of a class that the plugin NAME finds. Rising over the level fires
    an urgent event, falling below level - hysteresis another; so noise about the level fires
    once."""

    name = "notify"
    level = Real(0.1, doc="What the quantity is compared with")
    hysteresis = Real(0.01, minimum=0, doc="How far below the level it is ready again")
    region = Reals([0, 0, 0, 1e6], unit="mm", doc="Ball to average: centre x, y, z and radius")
    watched = Text("", doc='Of labels: a class. Of tables: a column and a row, "share/pore"')

    def start(self):
        self.above = {}  # by input

    def on_slice(self, image):
        x, y, z, radius = self.region
        centres = image.pose.centres_mm(*image.pixels.shape)
        inside = image.inside() & (np.linalg.norm(centres - (x, y, z), axis=-1) <= radius)
        if inside.any() and not image.filling:
            return self.judge(image.id, float(image.pixels[inside].mean()), image.value_unit)

    def on_labels(self, labels):
        return self.judge(labels.id, labels.fractions()[self.watched], "")

    def on_table(self, table):
        return self.judge(table.key, table.value(*self.watched.split("/")), "")

    def judge(self, where, value, unit):
        was = self.above.get(where, False)
        now = self.above[where] = value > self.level - (self.hysteresis if was else 0)
        yield Table({f"value [{unit}]": value}, title="watched")
        if now != was:
            text = f"{where}: {value:.4g} {unit} is {'above' if now else 'below'} {self.level:g}"
            yield Event(text, value, unit, urgent=now, name="crossing")


if __name__ == "__main__":
    NotifyWhen.run()
