"""LEAN pruning (Schoonhoven, Hendriksen, Pelt and Batenburg, "LEAN: graph-based pruning for
convolutional neural networks by extracting longest chains", 2022).

The network is a graph of planes; an edge weighs the operator norm of its convolution, and a path
the product of its edges. Paths of greatest weight from input to output, without an edge in common,
are kept one after the other until as many edges as wanted are. When there is no such path left,
since each takes one of the few edges at the input, a new round begins in which all edges may be
used again and a path must bring one that is not kept yet.
"""

import torch

FREQUENCIES = 64


def operator_norms(kernels):
    """[..., 9] -> [...]: the largest modulus of the Fourier transform of each 3x3 kernel.

    That is the norm of the convolution on a periodic image of 64 x 64 pixels; a dilation only
    repeats frequencies.
    """
    spectrum = torch.fft.rfft2(kernels.view(*kernels.shape[:-1], 3, 3), s=(FREQUENCIES,) * 2)
    return spectrum.abs().amax(dim=(-2, -1))


def heaviest_path(edges, depth, kept):
    """Of {(source, target): weight} from node 0 to node depth + 1, as a list of edges.

    At least one of them is not in `kept`; without such a path: an empty list.
    """
    # Per node, the heaviest way to it without and with a new edge: weight, way before, edge.
    without, with_new = {0: (1.0, None, None)}, {}
    for target in range(1, depth + 2):
        for source in range(target):
            edge = (source, target)
            if edge not in edges:
                continue
            for ways in (without, with_new):
                if source not in ways:
                    continue
                way = (ways[source][0] * edges[edge], ways[source], edge)
                reached = without if ways is without and edge in kept else with_new
                if target not in reached or way[0] > reached[target][0]:
                    reached[target] = way
    path, way = [], with_new.get(depth + 1)
    while way and way[2]:
        path.append(way[2])
        way = way[1]
    return path


def prune(network, kept_edges):
    """Keeps the 3x3 edges of the heaviest paths, at least `kept_edges` if there are so many.

    The last layer is one node behind all planes; its edge from a plane weighs the norm of that
    plane's column. It goes on reading every plane that a kept path visits.
    """
    with torch.no_grad():
        norms = operator_norms(network.kernels.transpose(1, 2))
        depth = network.depth
        edges = {
            (source, layer + 1): float(norms[layer, source])
            for layer, sources in enumerate(network.sources)
            for source in sources
        }
        for plane in network.final_sources:
            edges[plane, depth + 1] = float(network.final_weights[:, plane].norm())
        last = {(plane, depth + 1) for plane in network.final_sources}
        kept, free = set(), dict(edges)  # free: not used in this round
        while len(kept) < kept_edges:
            path = heaviest_path(free, depth, kept | last)
            if path:
                for edge in path:
                    del free[edge]
                kept.update(edge for edge in path if edge[1] <= depth)
            elif len(free) < len(edges):
                free = dict(edges)
            else:
                break
    visited = {0} | {target for _, target in kept}
    network.sources = [
        sorted(source for source, target in kept if target == layer + 1) for layer in range(depth)
    ]
    network.final_sources = sorted(visited)
