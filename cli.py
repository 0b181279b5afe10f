"""The operator's commands: `python cli.py`; `commands` has them."""

from startup.interrupts import answer_ctrl_c

if __name__ == "__main__":
    answer_ctrl_c("the command")
    from commands.app import app

    app()
