"""Which device a process computes on."""

from typing import Any

import torch

from mulligan.assemble._machine import chosen_device
from mulligan.errors import DeviceError


def open_device(name: str) -> torch.device:
    """The device of that name, "auto" for the best one; DeviceError where this machine has none."""
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    counts = {"cuda": cards, "mps": int(torch.backends.mps.is_available()), "cpu": 1}
    return torch.device(chosen_device(name, counts, "torch"))


def own_device(device: torch.device, group: Any) -> torch.device:
    """The device of one of several processes: its own card, where there are cards; DeviceError where it has none."""
    if device.type == "mps":
        raise DeviceError("several processes train on cpu or cuda, not on mps; type --device cpu, or leave them out")
    if device.type == "cpu":
        return device
    if device.index is not None:
        raise DeviceError(
            f"{device} is one card for {group.size} processes; type --device cuda, which gives each its own"
        )
    if group.place.local_rank >= torch.cuda.device_count():
        cards, local = torch.cuda.device_count(), group.place.local_size
        raise DeviceError(f"this machine has {cards} cards for {local} processes; start as many as there are cards")
    torch.cuda.set_device(group.place.local_rank)
    return torch.device("cuda", group.place.local_rank)
