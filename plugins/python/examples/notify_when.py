"""Fires an event when something in the sample crosses a level, e.g. to steer the experiment."""
import slicecast
from slicecast import Event, Real, Reals, Table, Text


class NotifyWhen(slicecast.Plugin):
    """Watches the mean of a region of every slice, or, with --input "labels/NAME/" or
    "table/NAME/", the share of a class that the plugin NAME finds. Rising over the level fires
    an urgent event, falling below level - hysteresis another."""

    name = "notify"
    level = Real(0.1, doc="What the quantity is compared with")
    hysteresis = Real(0.01, minimum=0, doc="How far below the level it is ready again")
    region = Reals([0, 0, 0, 1e6], unit="mm", doc="Ball to average: centre x, y, z and radius")
    watched = Text("", doc='Of labels: a class. Of tables: a column and a row, "share/pore"')

    def start(self):
        self.crossings = slicecast.Crossings()

    def on_slice(self, image):
        inside = image.inside_ball(self.region[:3], self.region[3])
        if inside.any() and not image.filling:
            return self.judge(image.id, float(image.pixels[inside].mean()), image.value_unit)

    def on_labels(self, labels):
        return self.judge(labels.id, labels.fractions()[self.watched], "")

    def on_table(self, table):
        return self.judge(table.key, table.value(*self.watched.split("/")), "")

    def judge(self, where, value, unit):
        yield Table({f"value [{unit}]": value}, title="watched")
        if side := self.crossings.crossed(where, value, self.level, self.hysteresis):
            text = f"{where}: {value:.4g} {unit} is {side} {self.level:g}"
            yield Event(text, value, unit, urgent=side == "above", name="crossing")


if __name__ == "__main__":
    NotifyWhen.run()
