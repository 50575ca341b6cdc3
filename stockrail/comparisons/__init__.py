"""Plans side by side: what-ifs, bridges, regret, the decision brief."""
