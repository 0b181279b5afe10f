"""The operator's commands: `python cli.py`; `commands.py` has them."""

from startup.interrupts import answer_ctrl_c

if __name__ == "__main__":
    answer_ctrl_c("the command")
    from commands import app

    app()
