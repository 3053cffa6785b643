"""LEAN pruning (Schoonhoven, Hendriksen, Pelt and Batenburg, "LEAN: graph-based pruning for
convolutional neural networks by extracting longest chains", 2022).

The network is a graph of planes; an edge weighs the operator norm of its convolution, and a path
the product of its edges. Paths of greatest weight from input to output are extracted one after the
other, their edges removed from the graph that is searched, until as many edges as wanted are kept.
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


def heaviest_path(edges, depth):
    """Of {(source, target): weight} from node 0 to node depth + 1, as a list of edges."""
    best = {0: (1.0, None)}
    for target in range(1, depth + 2):
        reached = [
            (best[source][0] * edges[source, target], source)
            for source in range(target)
            if (source, target) in edges and source in best
        ]
        if reached:
            best[target] = max(reached)
    if depth + 1 not in best:
        return []
    path, node = [], depth + 1
    while node != 0:
        source = best[node][1]
        path.append((source, node))
        node = source
    return path


def prune(network, kept_edges):
    """Keeps the 3x3 edges of the heaviest paths, at least `kept_edges` of them if there are so many.

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
        kept = set()
        while len(kept) < kept_edges:
            path = heaviest_path(edges, depth)
            if not path:
                break
            for edge in path:
                del edges[edge]
            kept.update(edge for edge in path if edge[1] <= depth)
    visited = {0} | {target for _, target in kept}
    network.sources = [
        sorted(source for source, target in kept if target == layer + 1) for layer in range(depth)
    ]
    network.final_sources = sorted(visited)
