"""How series of days move: ads that tire, and days that stand out. Pure calculation over whole arrays at once."""
