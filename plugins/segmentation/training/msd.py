"""A mixed-scale dense network of width 1 (Pelt and Sethian, PNAS 115, 2018), trained on a CPU.

Layer i reads the input and all earlier planes through 3x3 kernels of dilation 1 + (i mod 10) and
applies a ReLU; a last 1x1 layer reads all planes. Borders are symmetric: the edge pixel is
repeated.

PyTorch's convolutions are slow when there is one output plane. Here a layer is a matrix product to
nine planes, one per kernel position, and the sum of these planes, each shifted; the gradient is the
same backwards. Symmetric borders commute with the product, so that only nine planes meet them.
"""

import math

import torch

POSITIONS = 9


def dilation_of(layer):
    return 1 + layer % 10


def add_shifted(out, plane, shift, dim, adjoint=False):
    """out[p] += plane[p + shift] along dim, symmetric border; or the transpose of that map."""
    n = out.shape[dim]
    if shift == 0:
        out += plane
        return
    d = abs(shift)
    inner, shifted = (0, d) if shift > 0 else (d, 0)
    edge = n - d if shift > 0 else 0
    if adjoint:
        inner, shifted = shifted, inner
    out.narrow(dim, inner, n - d).add_(plane.narrow(dim, shifted, n - d))
    out.narrow(dim, edge, d).add_(plane.narrow(dim, edge, d).flip(dim))


def gather(nine, dilation):
    """[9, N, H, W] -> [N, H, W]: the sum over the kernel positions, each shifted to its place."""
    out = torch.zeros_like(nine[0])
    for i in range(3):
        row = torch.zeros_like(out)
        for j in range(3):
            add_shifted(row, nine[3 * i + j], (j - 1) * dilation, 2)
        add_shifted(out, row, (i - 1) * dilation, 1)
    return out


def scatter(gradient, dilation):
    """The transpose of gather: [N, H, W] -> [9, N, H, W]."""
    nine = torch.zeros((POSITIONS, *gradient.shape))
    for i in range(3):
        row = torch.zeros_like(gradient)
        add_shifted(row, gradient, (i - 1) * dilation, 1, adjoint=True)
        for j in range(3):
            add_shifted(nine[3 * i + j], row, (j - 1) * dilation, 2, adjoint=True)
    return nine


class Planes(torch.autograd.Function):
    """All planes [depth + 1, N, H, W] from the input [N, H, W]."""

    @staticmethod
    def forward(ctx, image, kernels, biases, sources):
        depth = len(sources)
        planes = torch.empty((depth + 1, image.numel()))
        planes[0] = image.reshape(-1)
        for i, from_planes in enumerate(sources):
            if not from_planes:  # pruned away
                planes[i + 1] = 0
                continue
            nine = kernels[i][:, from_planes] @ planes_of(planes, from_planes)
            total = gather(nine.view(POSITIONS, *image.shape), dilation_of(i))
            planes[i + 1] = total.add_(biases[i]).clamp_(min=0).view(-1)
        ctx.save_for_backward(planes, kernels)
        ctx.sources, ctx.shape = sources, image.shape
        return planes.view(depth + 1, *image.shape)

    @staticmethod
    def backward(ctx, gradient):
        planes, kernels = ctx.saved_tensors
        depth = len(ctx.sources)
        g = gradient.reshape(depth + 1, -1).clone()
        kernel_gradient = torch.zeros_like(kernels)
        bias_gradient = torch.zeros(depth)
        for i in reversed(range(depth)):
            from_planes = ctx.sources[i]
            if not from_planes:
                continue
            at = g[i + 1] * (planes[i + 1] > 0)
            bias_gradient[i] = at.sum()
            nine = scatter(at.view(ctx.shape), dilation_of(i)).view(POSITIONS, -1)
            sources = planes_of(planes, from_planes)
            kernel_gradient[i][:, from_planes] = product_of_long_rows(nine, sources)
            if i > 0:
                back = kernels[i][:, from_planes].t() @ nine
                if is_range(from_planes):
                    g[: len(from_planes)] += back
                else:
                    g.index_add_(0, torch.tensor(from_planes), back)
        return None, kernel_gradient, bias_gradient, None


def is_range(indices):
    return indices[-1] == len(indices) - 1


def planes_of(planes, indices):
    return planes[: len(indices)] if is_range(indices) else planes[indices]


def product_of_long_rows(a, b, part=4096):
    """a @ b.t() in parts that stay in the cache."""
    whole = a.shape[1] // part * part
    parts_a = a[:, :whole].view(a.shape[0], -1, part).transpose(0, 1)
    parts_b = b[:, :whole].view(b.shape[0], -1, part).permute(1, 2, 0)
    return torch.bmm(parts_a, parts_b).sum(0) + a[:, whole:] @ b[:, whole:].t()


class Network(torch.nn.Module):
    def __init__(self, depth, classes, scale, shift):
        super().__init__()
        self.depth, self.scale, self.shift = depth, scale, shift
        self.kernels = torch.nn.Parameter(
            torch.randn(depth, POSITIONS, depth + 1) * math.sqrt(2 / (POSITIONS * (depth + 1) / 2))
        )
        self.biases = torch.nn.Parameter(torch.zeros(depth))
        self.final_weights = torch.nn.Parameter(torch.zeros(classes, depth + 1))
        self.final_biases = torch.nn.Parameter(torch.zeros(classes))
        self.sources = [list(range(i + 1)) for i in range(depth)]  # edges: planes read by a layer
        self.final_sources = list(range(depth + 1))

    def forward(self, values):
        """[N, H, W] in 1/mm -> class scores [classes, N, H, W]."""
        planes = Planes.apply(
            values * self.scale + self.shift, self.kernels, self.biases, self.sources
        )
        kept = planes[self.final_sources].view(len(self.final_sources), -1)
        scores = self.final_weights[:, self.final_sources] @ kept + self.final_biases[:, None]
        return scores.view(-1, *values.shape)

    def edges(self):
        return sum(len(each) for each in self.sources)
