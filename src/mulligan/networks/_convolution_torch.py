"""Convolutions whose derivatives, and the derivatives of these, are as fast on a CPU as they are.

A convolution, its transpose and the gradient of its weight are the derivatives of one number, the sum over
``map * convolution(image, weight)``, by its three parts. It is linear in each, so the derivatives of any of them are
the other two, however often one asks. PyTorch's own second derivative turns batch and channels around instead and has
a kernel as large as a map; its transpose from many channels to a few takes twenty times as long as the products in it.
Here all is channels-last, which is how a CPU computes it anyway, and an image of few channels is made of patches.
"""

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from mulligan.slope_torch import is_taken

FEW = 4  # channels, up to which an image is faster made of patches
# Places of all maps to each row of a weight, up to which its gradient is: as fast at 16, 1.2 to 3 times at 8 and
# below, where PyTorch's own spends its time on the weight. What the patches take is so many times the weight, too.
FEW_PLACES = 8


class Conv2d(nn.Conv2d):
    """``nn.Conv2d``, with the same weights and values."""

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if not _is_plain(self, input):
            return super()._conv_forward(input, weight, bias)
        if input.shape[2:] == weight.shape[2:] and not any(_around(self)):
            return _dense(input, weight, bias)
        shape = _Shape(tuple(input.shape[1:]), tuple(weight.shape), self.stride, _around(self))
        return _Map.apply(input, weight, bias, shape)


class ConvTranspose2d(nn.ConvTranspose2d):
    """``nn.ConvTranspose2d``, with the same weights and values."""

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Maps [n, c, h, w] -> larger ones."""
        if output_size is not None or not _is_plain(self, input):
            return super().forward(input, output_size)
        maps, kernel, more = input.shape[2:], self.kernel_size, self.output_padding
        stride, around = self.stride, _around(self)
        size = [(maps[i] - 1) * stride[i] + kernel[i] - 2 * around[i] + more[i] for i in (0, 1)]
        shape = _Shape((self.weight.shape[1], *size), tuple(self.weight.shape), stride, around)
        image = _Image.apply(input, self.weight, shape)
        return image if self.bias is None else image + self.bias[:, None, None]


def _dense(image: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """A kernel as large as the image: each map is one number, and all of them one matrix product."""
    flat, rows = (x.permute(0, 2, 3, 1).flatten(1) for x in (image, weight))
    return nn.functional.linear(flat, rows, bias)[:, :, None, None]


class _Shape(NamedTuple):
    """Of an image [c, h, w], of a weight [maps, c, kh, kw], and how the one moves over the other."""

    image: tuple[int, ...]
    weight: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]

    @property
    def padded(self) -> list[int]:
        """Height and width with what is around."""
        return [size + 2 * around for size, around in zip(self.image[1:], self.padding, strict=True)]


def _around(layer: nn.Conv2d | nn.ConvTranspose2d) -> tuple[int, ...]:
    """Its padding: of words there are none here."""
    return tuple(map(int, layer.padding))


def _is_plain(layer: Any, x: Tensor) -> bool:
    """Whether it is on a CPU and has what is here; a compiler, and half precision, know better."""
    return (
        x.device.type == "cpu"
        and layer.groups == 1
        and layer.dilation == (1, 1)
        and layer.padding_mode == "zeros"
        and not isinstance(layer.padding, str)
        and not torch.compiler.is_compiling()
        and not torch.is_autocast_enabled("cpu")
    )


class _Map(torch.autograd.Function):
    """The convolution: (image [n, c, h, w], weight, bias) -> map [n, maps, oh, ow]."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, weight: Tensor, bias: Tensor | None, shape: _Shape) -> Tensor:
        ctx.save_for_backward(image, weight)
        ctx.shape = shape
        return torch.conv2d(_channels_last(image), weight, bias, shape.stride, shape.padding)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple:
        image, weight = ctx.saved_tensors
        of_image, of_weight, of_bias, _ = ctx.needs_input_grad
        return (
            _Image.apply(gradient, weight, ctx.shape) if of_image else None,
            _Weight.apply(image, gradient, ctx.shape) if of_weight and not is_taken() else None,
            gradient.sum((0, 2, 3)) if of_bias and not is_taken() else None,
            None,
        )


class _Image(torch.autograd.Function):
    """The transposed convolution: (map, weight) -> image."""

    @staticmethod
    def forward(ctx: Any, map: Tensor, weight: Tensor, shape: _Shape) -> Tensor:
        ctx.save_for_backward(map, weight)
        ctx.shape = shape
        if shape.image[0] <= FEW:
            return _from_patches(map, weight, shape)
        like = torch.empty(len(map), *shape.image, dtype=map.dtype, memory_format=torch.channels_last)
        return _backward(map, like, weight, shape, (True, False, False))[0]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple:
        map, weight = ctx.saved_tensors
        of_map, of_weight, _ = ctx.needs_input_grad
        return (
            _Map.apply(gradient, weight, None, ctx.shape) if of_map else None,
            _Weight.apply(gradient, map, ctx.shape) if of_weight and not is_taken() else None,
            None,
        )


class _Weight(torch.autograd.Function):
    """What the weight was: (image, map) -> the gradient of a weight."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, map: Tensor, shape: _Shape) -> Tensor:
        ctx.save_for_backward(image, map)
        ctx.shape = shape
        maps, places = shape.weight[0], len(map) * math.prod(map.shape[2:])
        if places <= FEW_PLACES * maps:
            return _weight_from_patches(image, map, shape)
        like = torch.empty(shape.weight, dtype=map.dtype, memory_format=torch.channels_last)
        return _backward(map, _channels_last(image), like, shape, (False, True, False))[1]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple:
        image, map = ctx.saved_tensors
        of_image, of_map, _ = ctx.needs_input_grad
        return (
            _Image.apply(map, gradient, ctx.shape) if of_image else None,
            _Map.apply(image, gradient, None, ctx.shape) if of_map else None,
            None,
        )


def _backward(map: Tensor, image: Tensor, weight: Tensor, shape: _Shape, wanted: tuple[bool, ...]) -> tuple:
    """PyTorch's own first derivatives; of that which is wanted, only the shape and the layout matter."""
    places = (shape.stride, shape.padding, (1, 1), False, (0, 0), 1)
    return torch.ops.aten.convolution_backward(_channels_last(map), image, weight, None, *places, wanted)


def _channels_last(x: Tensor) -> Tensor:
    """With the channels side by side in memory, where they are not; of one channel both would be said to be so."""
    return x if x.stride(1) == 1 else x.clone(memory_format=torch.channels_last)


def _from_patches(map: Tensor, weight: Tensor, shape: _Shape) -> Tensor:
    """Each place of the map times the weight is a patch of the image; where patches overlap, they add up."""
    (count, maps, rows, columns), (_, channels, height, width) = map.shape, weight.shape
    flat = map.permute(0, 2, 3, 1).reshape(-1, maps) @ weight.permute(0, 2, 3, 1).reshape(maps, -1)
    patches = flat.view(count, rows, columns, height, width, channels)
    image = map.new_zeros(count, *shape.padded, channels)
    (down, right), (of_picture, of_row, of_pixel, _) = shape.stride, image.stride()
    for top in range(0, height, down):  # parts of a stride's size, which overlap with none of their neighbours
        for left in range(0, width, right):
            part = patches[:, :, :, top : top + down, left : left + right]
            strides = (of_picture, of_row * down, of_pixel * right, of_row, of_pixel, 1)
            image.as_strided(part.shape, strides, top * of_row + left * of_pixel).add_(part)
    (_, rows, columns), (above, before) = shape.image, shape.padding
    return image[:, above : above + rows, before : before + columns].permute(0, 3, 1, 2)


def _weight_from_patches(image: Tensor, map: Tensor, shape: _Shape) -> Tensor:
    """Each patch of the image goes to the rows of all maps by what they are at its place."""
    maps, channels, height, width = shape.weight
    (above, before), (down, right) = shape.padding, shape.stride
    padded = nn.functional.pad(image.permute(0, 2, 3, 1), (0, 0, before, before, above, above))
    of_picture, of_row, of_pixel, of_channel = padded.stride()
    places = (len(map), *map.shape[2:])
    strides = (of_picture, of_row * down, of_pixel * right, of_row, of_pixel, of_channel)
    patches = padded.as_strided((*places, height, width, channels), strides).reshape(math.prod(places), -1)
    rows = map.permute(0, 2, 3, 1).reshape(-1, maps).t() @ patches
    return rows.view(maps, height, width, channels).permute(0, 3, 1, 2)
