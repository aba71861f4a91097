import torch

from spindle_nnunet.run import set_up


def test_only_a_gpu_is_set_up_as_nnunet_does():
    threads, sought = torch.get_num_threads(), torch.backends.cudnn.benchmark
    try:
        torch.set_num_threads(2)
        torch.backends.cudnn.benchmark = False
        set_up(torch.device("cpu"))
        assert (torch.get_num_threads(), torch.backends.cudnn.benchmark) == (2, False)
        set_up(torch.device("cuda"))
        assert (torch.get_num_threads(), torch.backends.cudnn.benchmark) == (1, True)
    finally:
        torch.set_num_threads(threads)
        torch.backends.cudnn.benchmark = sought
