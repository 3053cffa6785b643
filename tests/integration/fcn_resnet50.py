"""FCN-ResNet50: a fully convolutional head (Long, Shelhamer and Darrell 2015) on a residual network of
50 layers (He et al. 2016) whose last two stages are dilated in place of strided, with seeded weights."""
import torch
from torch import nn
from torch.nn import functional as F


class Bottleneck(nn.Module):
    """1x1 to fewer channels, 3x3 with stride or dilation, 1x1 to four times as many, and the skip."""

    def __init__(self, channels, width, stride=1, dilation=1):
        super().__init__()
        out = 4 * width
        self.body = nn.Sequential(
            nn.Conv2d(channels, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, stride, dilation, dilation, bias=False), nn.BatchNorm2d(width),
            nn.ReLU(), nn.Conv2d(width, out, 1, bias=False), nn.BatchNorm2d(out))
        self.skip = nn.Identity() if stride == 1 and channels == out else nn.Sequential(
            nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        return F.relu(self.body(x) + self.skip(x))


def stage(channels, width, blocks, stride, dilation):
    """The first block of a dilated stage has half of its dilation."""
    first = Bottleneck(channels, width, stride, max(1, dilation // 2))
    return nn.Sequential(first, *(Bottleneck(4 * width, width, 1, dilation) for _ in range(blocks - 1)))


class FcnResnet50(nn.Module):
    """[N, channels, rows, columns] to scores per class in the same size."""

    def __init__(self, channels=3, classes=21, seed=1):
        super().__init__()
        torch.manual_seed(seed)
        self.backbone = nn.Sequential(
            nn.Conv2d(channels, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
            nn.MaxPool2d(3, 2, 1), stage(64, 64, 3, 1, 1), stage(256, 128, 4, 2, 1),
            stage(512, 256, 6, 1, 2), stage(1024, 512, 3, 1, 4))
        self.head = nn.Sequential(
            nn.Conv2d(2048, 512, 3, padding=1, bias=False), nn.BatchNorm2d(512), nn.ReLU(),
            nn.Dropout(0.1), nn.Conv2d(512, classes, 1))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)
            if isinstance(module, nn.BatchNorm2d):  # as after a training, not as it begins
                nn.init.uniform_(module.weight, 0.3, 0.7)
                nn.init.normal_(module.bias, 0, 0.1)
                nn.init.normal_(module.running_mean, 0, 0.1)
                nn.init.uniform_(module.running_var, 0.5, 1.5)
        self.eval()

    def forward(self, x):
        return F.interpolate(self.head(self.backbone(x)), size=x.shape[-2:], mode="bilinear",
                             align_corners=False)
