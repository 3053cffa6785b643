#!/usr/bin/python3
"""Trains and prunes the network that finds bubbles in the demo's gel, and writes it as ONNX.

    slicecast-training-slices --vary --size 320 --first-seed 100000 --scans 150 --out random
    slicecast-training-slices --vary --size 320 --first-seed 200000 --scans 30 \\
        --orientation axis_aligned --out axis
    slicecast-training-slices --first-seed 300000 --scans 12 --slices 1 --out check
    train.py --slices random axis --check check --out dense.onnx
    train.py --slices random axis --check check --out gel.onnx --start dense.onnx --steps 0 \\
        --keep 120 70 45 32 24 --retrain-steps 250 300 400 500 2000 --rate 3e-3 --seed 11

Debian's python3-torch, python3-onnx and python3-numpy; one thread. With libopenblas0-pthread for
the matrix products it takes minutes of a free core, without it several times as long.
"""

import argparse
import time

import numpy
import torch

import export
import lean
import msd

UNSEEN, BUBBLE = 255, 3
CLASSES = ("outside", "gel", "container", "bubble")
SCALE, SHIFT = 100.0, -1.5  # gel of 0.0196 1/mm becomes 0.5, air -1.5


class Slices:
    def __init__(self, folders):
        self.values, self.labels = [], []
        for folder in folders:
            self.values.extend(numpy.load(f"{folder}/values.npy", mmap_mode="r"))
            self.labels.extend(numpy.load(f"{folder}/labels.npy", mmap_mode="r"))
        self.with_bubbles = [i for i, each in enumerate(self.labels) if (each == BUBBLE).any()]

    def crop(self, draws, size):
        """Half of the crops are about a bubble's pixel: few pixels are bubble."""
        about_bubble = draws.random() < 0.5
        among = self.with_bubbles if about_bubble else range(len(self.values))
        chosen = among[draws.integers(len(among))]
        values, labels = self.values[chosen], self.labels[chosen]
        last = numpy.array(labels.shape) - size
        corner = draws.integers(0, last + 1)
        if about_bubble:
            pixels = numpy.argwhere(labels == BUBBLE)
            middle = pixels[draws.integers(len(pixels))]
            corner = numpy.clip(middle - draws.integers(0, size, 2), 0, last)
        place = (slice(corner[0], corner[0] + size), slice(corner[1], corner[1] + size))
        turns, mirrored = draws.integers(4), draws.random() < 0.5

        def turned(image):
            image = numpy.rot90(image[place], turns)
            return numpy.ascontiguousarray(image[::-1] if mirrored else image)

        return turned(values), turned(labels)

    def batch(self, draws, count, size):
        crops = [self.crop(draws, size) for _ in range(count)]
        return tuple(torch.from_numpy(numpy.stack(each)) for each in zip(*crops))


def loss_of(scores, labels):
    return torch.nn.functional.cross_entropy(
        scores.transpose(0, 1), labels.long(), ignore_index=UNSEEN
    )


def train(network, slices, draws, steps, rate, options):
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, steps, pct_start=0.1)
    mean = 0.0
    for _ in range(steps):
        values, labels = slices.batch(draws, options.batch, options.crop)
        loss = loss_of(network(values), labels)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        mean += loss.item() / steps
    return mean


def bubble_f1(network, slices):
    """Over the pixels of all slices together."""
    both = found = true = 0
    with torch.no_grad():
        for values, labels in zip(slices.values, slices.labels):
            label = network(torch.from_numpy(numpy.array(values))[None]).argmax(0)[0].numpy()
            seen = labels != UNSEEN
            both += int(((label == BUBBLE) & (labels == BUBBLE)).sum())
            found += int(((label == BUBBLE) & seen).sum())
            true += int((labels == BUBBLE).sum())
    return 2 * both / max(found + true, 1)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slices", nargs="+", required=True, help="folders to learn from")
    parser.add_argument("--check", required=True, help="folder to follow the training with")
    parser.add_argument("--out", required=True, help="the ONNX file; written after each step")
    parser.add_argument("--start", help="a file written before, instead of training from nothing")
    parser.add_argument("--depth", type=int, default=20, help="layers, without --start")
    parser.add_argument("--steps", type=int, default=1500, help="batches before the first pruning")
    parser.add_argument("--keep", type=int, nargs="*", default=[], help="3x3 edges of each pruning")
    parser.add_argument(
        "--retrain-steps", type=int, nargs="*", default=[], help="batches after each pruning"
    )
    parser.add_argument("--rate", type=float, default=5e-3, help="greatest step of Adam")
    parser.add_argument("--batch", type=int, default=2, help="crops of a batch")
    parser.add_argument("--crop", type=int, default=128, help="rows and columns of a crop")
    parser.add_argument("--seed", type=int, default=1, help="of weights and crops")
    options = parser.parse_args()
    if len(options.keep) != len(options.retrain_steps):
        parser.error("--keep and --retrain-steps go together; give as many numbers to both")
    return options


def main():
    options = parse()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    draws = numpy.random.default_rng(options.seed)
    slices, check = Slices(options.slices), Slices([options.check])
    if options.start:
        network = export.read(options.start)
    else:
        network = msd.Network(options.depth, len(CLASSES), SCALE, SHIFT)
    start, all_edges = time.monotonic(), network.depth * (network.depth + 1) // 2

    def report(what, loss):
        export.write(network, CLASSES, options.out, options.seed, all_edges)
        minutes = (time.monotonic() - start) / 60
        print(
            f"{minutes:6.1f} min  {what:12} {network.edges():4d} edges  mean loss {loss:.4f}"
            f"  F1 {bubble_f1(network, check):.4f}",
            flush=True,
        )

    def learn(steps):
        return train(network, slices, draws, steps, options.rate, options)

    if options.steps:
        report("trained", learn(options.steps))
    for keep, steps in zip(options.keep, options.retrain_steps):
        lean.prune(network, keep)
        report(f"pruned to {keep}", learn(steps))


if __name__ == "__main__":
    main()
