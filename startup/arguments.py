"""What a program without arguments answers to somebody who types some; it imports nothing of ours, to be quick."""

import argparse


def take_no_arguments(program: str) -> None:
    """Answers --help, and refuses every other argument with exit code 2 instead of starting as if it were not there."""
    argparse.ArgumentParser(
        usage=f"python {program}",
        description="Settings come from the environment (PORT=8010) or a file .env; README.md lists them.",
    ).parse_args()
