"""One optimisation step; a GPU records it once and replays it: launching a thousand small kernels takes longer than they do."""

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from .cases import log
from .loss import LOSSES, completeness_loss
from .model import IisNetwork
from .patches import Batch
from .presets import Preset

# Steps before the recording: libraries choose their kernels and take their memory in them.
WARM_UP = 5
# Losses that neither leave the GPU nor depend on the step.
RECORDABLE = {"dice"}


class TrainingStep:
    """Updates the network with a batch. A GPU computes the network in bfloat16, the loss and the update in float32."""

    def __init__(self, network: IisNetwork, preset: Preset, device: torch.device):
        self._network, self._preset, self._device = network, preset, device
        gpu = device.type == "cuda"
        self.optimizer = torch.optim.AdamW(
            network.parameters(),
            # On a GPU a tensor, which a recording reads anew at every step.
            lr=torch.tensor(preset.learning_rate, device=device) if gpu else preset.learning_rate,
            betas=preset.betas,
            weight_decay=preset.weight_decay,
            fused=gpu,
            capturable=gpu,
        )
        self._record = gpu and preset.loss in RECORDABLE
        self._side = torch.cuda.Stream(device) if self._record else None
        self._done = 0
        self._graph: torch.cuda.CUDAGraph | None = None

    def load(self, state: dict) -> None:
        """Goes on from an optimizer's state, which may be another device's."""
        self.optimizer.load_state_dict({**state, "param_groups": self.optimizer.state_dict()["param_groups"]})

    def set_rate(self, rate: float) -> None:
        for group in self.optimizer.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate

    def __call__(self, batch: Batch, step: int) -> Tensor:
        """The loss, where the network is; the next call may overwrite it."""
        if not self._record:
            return self._compute(batch, step)
        self._done += 1
        if self._done <= WARM_UP:
            return self._beside(batch, step)
        if self._graph is None and not self._recorded(batch, step):
            return self._compute(batch, step)
        for static, given in zip(self._inputs, batch, strict=True):
            static.copy_(given)
        self._graph.replay()
        return self._loss

    def _compute(self, batch: Batch, step: int) -> Tensor:
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._device.type == "cuda", cache_enabled=False):
            logits, completeness = self._network(batch.patch)
        loss = LOSSES[self._preset.loss](logits.float(), batch.target, batch.class_weights, step)
        judged = completeness_loss(completeness[:, 0].float(), batch.complete, batch.known)
        loss = loss + self._preset.completeness_gain * judged
        loss.backward()
        if self._preset.gradient_norm is not None:
            clip_grad_norm_(self._network.parameters(), self._preset.gradient_norm)
        self.optimizer.step()
        return loss.detach()

    def _beside(self, batch: Batch, step: int) -> Tensor:
        """A step on another stream, as a recording needs its warm-up."""
        self._side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._side):
            loss = self._compute(batch, step)
        torch.cuda.current_stream().wait_stream(self._side)
        return loss

    def _recorded(self, batch: Batch, step: int) -> bool:
        """Records a step; false where this machine can't, and steps are then computed one by one."""
        self._inputs = Batch(*(each.clone() for each in batch))
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):
                self._loss = self._compute(self._inputs, step)
        except RuntimeError as error:
            log(f"steps are not recorded: {str(error).splitlines()[0]}")
            self._record = False
            return False
        self._graph = graph
        return True
