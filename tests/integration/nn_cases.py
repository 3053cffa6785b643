"""Small networks for the operator tests: torch modules on random shapes, exported to ONNX."""
import random

import torch
from torch import nn
from torch.nn import functional as F

OPSETS = [9, 10, 11, 12, 13, 14, 15, 16]  # those that torch 1.13 exports
COMPLETE_OPSET = 14


class Call(nn.Module):
    """A function as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Dense(nn.Module):
    """A growing concatenation, a skip, and a normalization that cannot be folded."""

    def __init__(self, channels):
        super().__init__()
        self.first = nn.Conv2d(channels, 16, 3, padding=1)
        self.second = nn.Conv2d(16 + channels, 16, 3, padding=2, dilation=2)
        self.norm = nn.BatchNorm2d(32 + channels)
        self.last = nn.Conv2d(32 + channels, 3, 1)

    def forward(self, x):
        a = torch.relu(self.first(x))
        both = torch.cat([a, x], 1)
        b = torch.sigmoid(self.second(both))
        return self.last(self.norm(torch.cat([both, a + b], 1))) * 0.5 - 0.25


class UNet(nn.Module):
    """Two steps down and up, with the sizes of the skips asked for at run time."""

    def __init__(self, channels, mode, corners):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(channels, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU())
        self.b = nn.Sequential(nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.LeakyReLU(0.2))
        self.c = nn.Conv2d(48, 16, 3, padding=1)
        self.d = nn.Conv2d(16 + channels, 2, 1)
        self.mode, self.corners = mode, corners

    def up(self, x, like):
        corners = {} if self.mode == "nearest" else {"align_corners": self.corners}
        return F.interpolate(x, size=like.shape[-2:], mode=self.mode, **corners)

    def forward(self, x):
        a = self.a(x)
        b = self.b(F.max_pool2d(a, 2))
        c = torch.relu(self.c(torch.cat([self.up(b, a), a], 1)))
        return F.log_softmax(self.d(torch.cat([self.up(F.avg_pool2d(c, 2), x), x], 1)), 1)


class Transposed(nn.Module):
    """An encoder and decoder with strides and transposed convolutions."""

    def __init__(self, channels):
        super().__init__()
        self.down = nn.Conv2d(channels, 16, 4, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(16, 8, 4, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.last = nn.Conv2d(8, 1, 3, padding=1, padding_mode="reflect")

    def forward(self, x):
        return torch.tanh(self.last(F.relu6(self.norm(self.up(F.relu(self.down(x)))))))


class Classifier(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(channels, 12, 3, stride=2), nn.BatchNorm2d(12),
                                      nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                                      nn.Dropout(), nn.Linear(12, 5), nn.Softmax(1))

    def forward(self, x):
        return self.features(x)


def convolutions(rng, channels):
    groups = rng.choice([1, 1, channels])
    common = dict(kernel_size=(rng.randint(1, 4), rng.randint(1, 4)), stride=rng.randint(1, 3),
                  dilation=rng.randint(1, 2), groups=groups, bias=rng.random() < 0.7)
    outputs = groups * rng.randint(1, 5)
    yield "conv", nn.Conv2d(channels, outputs, padding=(rng.randint(0, 2), rng.randint(0, 2)), **common)
    yield "conv_mirrored", nn.Conv2d(channels, 2, 3, padding=1,
                                     padding_mode=rng.choice(["reflect", "replicate"]))
    extra = rng.randint(0, max(common["stride"], common["dilation"]) - 1)
    yield "transposed", nn.ConvTranspose2d(channels, outputs, padding=rng.randint(0, 1),
                                           output_padding=extra, **common)
    yield "conv_norm_leaky", nn.Sequential(nn.Conv2d(channels, 24, 3), nn.BatchNorm2d(24),
                                           nn.LeakyReLU(0.1))
    yield "transposed_norm", nn.Sequential(
        nn.ConvTranspose2d(channels, 2 * channels, 3, stride=2, groups=channels),
        nn.BatchNorm2d(2 * channels), nn.Sigmoid())


def pools(rng, _):
    kernel = rng.randint(2, 4)
    padding = rng.randint(0, kernel // 2)
    ceil = rng.random() < 0.5
    yield "max_pool", nn.MaxPool2d(kernel, rng.randint(1, 3), padding,
                                   dilation=rng.choice([1, 1, 2]), ceil_mode=ceil)
    yield "average_pool", nn.AvgPool2d(kernel, rng.randint(1, 3), padding, ceil_mode=ceil,
                                       count_include_pad=rng.random() < 0.5)
    yield "global_average", nn.AdaptiveAvgPool2d(1)


def pointwise(rng, channels):
    constant = torch.randn(channels, 1, 1)
    yield "relu", nn.ReLU()
    yield "leaky", nn.LeakyReLU(rng.random())
    yield "sigmoid", nn.Sigmoid()
    yield "tanh", nn.Tanh()
    yield "relu6", nn.ReLU6()
    yield "norm", nn.BatchNorm2d(channels)
    yield "identity", nn.Identity()
    yield "scalar", Call(lambda x: (x * 3 - 1) / 7 + 0.5)
    yield "channel_constant", Call(lambda x: x * constant + constant - x / (constant.abs() + 1))
    yield "broadcast", Call(lambda x: x * x[:, :, :1] + x[:, :1, :, :1])
    yield "two_values", Call(lambda x: torch.relu(x) * torch.sigmoid(x) - x + torch.relu(1 - x))
    yield "constant_minus", Call(lambda x: 1 - x)


def layouts(rng, channels):
    axis = rng.randint(1, 3)
    yield "concat", Call(lambda x: torch.cat([x, torch.relu(x), x], axis))
    amounts = [rng.randint(0, 3) for _ in range(4)]
    for mode in ["reflect", "replicate"]:
        yield f"pad_{mode}", Call(lambda x, mode=mode: F.pad(x, amounts, mode=mode))
    yield "pad_constant", Call(lambda x: F.pad(x, amounts, value=0.75))
    yield "pad_channels", Call(lambda x: F.pad(x, [1, 0, 0, 2, 0, 3]))
    yield "slice", Call(lambda x: x[:, :, 1::2, -4:-1])
    yield "flip", Call(lambda x: torch.flip(x, [2, 3]))
    indices = torch.tensor([rng.randrange(channels) for _ in range(4)])
    yield "gather", Call(lambda x: x[:, indices])
    yield "gather_scalar", Call(lambda x: x[:, channels - 1])
    yield "flatten", nn.Flatten()
    yield "reshape", Call(lambda x: x.reshape(1, 1, x.shape[1] * x.shape[2], x.shape[3]))
    yield "transpose", Call(lambda x: x.permute(0, 3, 1, 2))
    yield "squeeze", Call(lambda x: x[:, :1].squeeze(1).unsqueeze(2))


def resizes(rng, _):
    factor = rng.choice([2.0, 3.0, 1.5, 0.5])
    size = [rng.randint(3, 30), rng.randint(3, 30)]
    yield "nearest_factor", nn.Upsample(scale_factor=rng.choice([2.0, 3.0, 4.0]))
    yield "nearest_size", nn.Upsample(size=size)
    for corners in (False, True):
        yield f"linear_factor_{corners}", nn.Upsample(scale_factor=factor, mode="bilinear",
                                                      align_corners=corners)
        yield f"linear_size_{corners}", nn.Upsample(size=size, mode="bilinear", align_corners=corners)


def classes(rng, channels):
    axis = rng.randint(1, 3)
    yield "softmax", nn.Softmax(axis)
    yield "log_softmax", nn.LogSoftmax(axis)
    yield "softmax_channels", nn.Softmax(1)
    yield "log_softmax_channels", nn.LogSoftmax(1)
    yield "arg_max", Call(lambda x: torch.argmax(x, 1))
    yield "arg_max_kept", Call(lambda x: torch.argmax(x, axis, keepdim=True))


def networks(rng, channels):
    yield "dense", Dense(channels)
    yield "unet_nearest", UNet(channels, "nearest", None)
    yield "unet_linear", UNet(channels, "bilinear", False)
    yield "unet_corners", UNet(channels, "bilinear", True)
    yield "transposed_net", Transposed(channels)
    yield "classifier", Classifier(channels)


def modules(seed):
    """(name, module, shape of the input) of one round, every family once."""
    rng = random.Random(seed)
    torch.manual_seed(seed)
    for family in (convolutions, pools, pointwise, layouts, resizes, classes, networks):
        channels = rng.choice([1, 2, 3, 4, 8, 16])
        for name, module in family(rng, channels):
            module.eval()
            for part in module.modules():
                if isinstance(part, nn.BatchNorm2d):
                    part.running_mean.uniform_(-0.5, 0.5)
                    part.running_var.uniform_(0.5, 2)
                    nn.init.uniform_(part.weight, 0.5, 1.5)
                    nn.init.uniform_(part.bias, -0.5, 0.5)
            yield name, module, (1, channels, 2 * rng.randint(6, 12), 2 * rng.randint(6, 12))
