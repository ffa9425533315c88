"""The board: a column per stage, cards to drag."""
