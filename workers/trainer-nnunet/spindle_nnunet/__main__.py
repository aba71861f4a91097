"""`python -m spindle_nnunet <job directory>` trains; `--check` tells what is there; `predict` runs nnU-Net's own predictor."""

import sys

from spindle_trainer.restart import restart_with_settings

USAGE = """usage: python -m spindle_nnunet <job directory>
       python -m spindle_nnunet --check
       python -m spindle_nnunet predict <job directory or its out/weights.pt> <image.mha> <classes.mha>"""


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        from .check import check

        return check()
    if len(arguments) == 4 and arguments[0] == "predict":
        from .predict import predict

        return predict(*arguments[1:])
    if len(arguments) == 1 and not arguments[0].startswith("-"):
        from .run import run

        return run(arguments[0])
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    restart_with_settings("spindle_nnunet", sys.argv[1:])
    sys.exit(main(sys.argv[1:]))
