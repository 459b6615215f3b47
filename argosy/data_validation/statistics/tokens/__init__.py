"""Statistics of texts as tokens: how much of them a vocabulary holds, how long they are, how often tokens occur."""
