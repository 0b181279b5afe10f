"""Which of several ads does better, decided so that looking at the answer every day makes no false winners; no I/O."""
