"""One hard guardrail for each metric and each way to hold, with the plan that follows from the tables by hand.

Read a line as: this limit lies between what two plans hold, so this plan is the best of those that keep it. A free plan is
n = 3, then n = 2, 4, 1, 0 (`OBJECTIVE`); where orders follow demand it is (1, 2, 3, 4). Tails: with a confidence of 0.5 the mean of the worst half,
0.4 of scenario a and 0.1 of b where less demand is worse; with 0.8 the mean of the worst fifth, 0.1 of d and 0.1 of c where more
is worse. A chance of 0.4 lets off a, one of 0.1 lets off d.
"""

from tests.hand_solved import Case

EVERY, EXPECTED, CVAR, CHANCE = "every scenario", "expected", "cvar", "chance"

ORDER_FIRST = [
    # n = 2: 100 in a. The mean of n = 3 is 0.4 * 200 + 0.3 * 100 = 110, of n = 2 40. Worst half: (0.4 * 200 + 0.1 * 100) / 0.5 =
    # 180 and 80. All but 0.4 of the probability: 100 and 0.
    Case("inventory_value", EVERY, None, "upper", 90, 1, 0),
    Case("inventory_value", EXPECTED, None, "upper", 100, 2, 40),
    Case("inventory_value", CVAR, 0.5, "upper", 150, 2, 80),
    Case("inventory_value", CHANCE, 0.4, "upper", 50, 2, 0),
    # Largest: 35, 30 and 25 for n = 3, 2, 1. Mean of n = 3 is 19.5. Fifth with the most: (35 + 30) / 2 and (30 + 25) / 2. All but
    # d: 30, 25, 20.
    Case("served_units", EVERY, None, "upper", 28, 1, 25),
    Case("served_units", EXPECTED, None, "lower", 19.8, 4, 20),
    Case("served_units", CVAR, 0.8, "upper", 30, 2, 27.5),
    Case("served_units", CHANCE, 0.1, "upper", 22, 1, 20),
    # Largest: 700, 600. Means: 390, 360, 300. Fifth: 650, 550, 450. All but d: 600, 500.
    Case("receivables", EVERY, None, "upper", 650, 2, 600),
    Case("receivables", EXPECTED, None, "upper", 350, 1, 300),
    Case("receivables", CVAR, 0.8, "upper", 500, 1, 450),
    Case("receivables", CHANCE, 0.1, "upper", 550, 2, 500),
    # Only n = 4 owes 200 everywhere. Means: 155 and 120. Largest half of n = 3: (0.1 * 200 + 0.4 * 150) / 0.5 = 160, of n = 2
    # (0.1 * 200 + 0.2 * 150 + 0.2 * 100) / 0.5 = 140. All but c and d, 0.3 of 0.4: 100 for n = 2, and 150 for n = 3.
    Case("payables", EVERY, None, "lower", 180, 4, 200),
    Case("payables", EXPECTED, None, "upper", 150, 2, 120),
    Case("payables", CVAR, 0.5, "upper", 150, 2, 140),
    Case("payables", CHANCE, 0.4, "upper", 120, 2, 100),
    # Largest: 500, 400. Means: 345, 280, 200. Fifth: 475, 375. All but d: 450, 350, 250.
    Case("working_capital", EVERY, None, "upper", 450, 2, 400),
    Case("working_capital", EXPECTED, None, "upper", 250, 1, 200),
    Case("working_capital", CVAR, 0.8, "upper", 400, 2, 375),
    Case("working_capital", CHANCE, 0.1, "upper", 300, 1, 250),
    # Least: 655, 715, 775 for n = 3, 2, 1. Means: 262 + 258 + 213 + 114.5 = 847.5 and 286 + 276 + 200 + 108 = 870. Lowest half:
    # (0.4 * 715 + 0.1 * 920) / 0.5 = 756 and (0.4 * 775 + 0.1 * 855) / 0.5 = 791. All but a: 860, 920, 855.
    Case("cash", EVERY, None, "lower", 700, 2, 715),
    Case("cash", EXPECTED, None, "lower", 850, 2, 870),
    Case("cash", CVAR, 0.5, "lower", 780, 1, 791),
    Case("cash", CHANCE, 0.4, "lower", 900, 2, 920),
    # n = 4 alone expedites nothing in d. At least: means 2 and 8 for n = 3, 2. Lowest half: 0 for n = 2, (0.1 * 20) / 0.5 = 4 for
    # n = 1. A chance of 0.3 does not let off a, which expedites only where n = 0.
    Case("expedite_spend", EVERY, None, "upper", 10, 4, 0),
    Case("expedite_spend", EXPECTED, None, "lower", 5, 2, 8),
    Case("expedite_spend", CVAR, 0.5, "lower", 3, 1, 4),
    Case("expedite_spend", CHANCE, 0.3, "lower", 10, 0, 20),
    # Largest: 40, 20. Means: 22, 8, 0. Worst half: (0.4 * 40 + 0.1 * 20) / 0.5 = 36 and 16. All but a: 20, 0.
    Case("write_offs", EVERY, None, "upper", 30, 2, 20),
    Case("write_offs", EXPECTED, None, "upper", 5, 1, 0),
    Case("write_offs", CVAR, 0.5, "upper", 20, 2, 16),
    Case("write_offs", CHANCE, 0.4, "upper", 10, 2, 0),
    # Least: 500, 550 for n = 3, 4. Means: 826, 900. Lowest half: (200 + 85) / 0.5 = 570 and (220 + 90) / 0.5 = 620. All but a: 850
    # and 900.
    Case("margin", EVERY, None, "lower", 520, 4, 550),
    Case("margin", EXPECTED, None, "lower", 850, 4, 900),
    Case("margin", CVAR, 0.5, "lower", 600, 4, 620),
    Case("margin", CHANCE, 0.4, "lower", 880, 4, 900),
    # Largest: 350, 150. Means: 140 + 30 = 170, 60 and 0. Worst half: (140 + 10) / 0.5 = 300 and 120. All but a: 100, 0.
    Case("excess_exposure", EVERY, None, "upper", 200, 2, 150),
    Case("excess_exposure", EXPECTED, None, "upper", 50, 1, 0),
    Case("excess_exposure", CVAR, 0.5, "upper", 250, 2, 120),
    Case("excess_exposure", CHANCE, 0.4, "upper", 80, 2, 0),
    # Largest: 60, 30, 0. Means: 33, 12. Worst half: 54, 24. All but a: 30, 0.
    Case("storage_space", EVERY, None, "upper", 25, 1, 0),
    Case("storage_space", EXPECTED, None, "upper", 30, 2, 12),
    Case("storage_space", CVAR, 0.5, "upper", 40, 2, 24),
    Case("storage_space", CHANCE, 0.4, "upper", 25, 2, 0),
    # 73 h / d: 146 and 73 in a. Ratio of means: 110 / (200 / 73) = 40.15 and 40 / (200 / 73) = 14.6. Worst half at 60 days, in
    # 73rds of money: a (7300 - 6000), b -12000: (520 - 1200) / 0.5 = -1360 for n = 2, or 1360 / 200 days below 60, though a has 73
    # days; n = 3: (0.4 * 8600 - 0.1 * 4700) / 0.5 > 0. All but a: 36.5 and 0.
    Case("days_of_supply", EVERY, None, "upper", 100, 2, 73),
    Case("days_of_supply", EXPECTED, None, "upper", 30, 2, 14.6),
    Case("days_of_supply", CVAR, 0.5, "upper", 60, 2, 60 - 6.8),
    Case("days_of_supply", CHANCE, 0.4, "upper", 30, 2, 0),
    # (d - x) / d: 0.75 in d for n = 3. Ratio of means 19 / 20. Lowest fifth at 0.9: d -6, a 1 for n = 3, and for n = 4, where it is
    # 0.1 d, a alone: 1 unit, or 1 / 20 above 0.9. A chance of 0.1 lets off d, so that n = 3 stays.
    Case("fill_rate", EVERY, None, "lower", 0.8, 4, 1),
    Case("fill_rate", EXPECTED, None, "lower", 0.97, 4, 1),
    Case("fill_rate", CVAR, 0.8, "lower", 0.9, 4, 0.95),
    Case("fill_rate", CHANCE, 0.1, "lower", 0.8, 3, 1),
    # Only n = 4 serves d in full. Demand in full: 16, 10 and 4 of 20 for n = 3, 2, 1. Lowest fifth at 0.5: d -20 for n = 3; for
    # n = 4 a alone, 5 of 20 above 0.5.
    Case("on_time_in_full", EVERY, None, "lower", 0.5, 4, 1),
    Case("on_time_in_full", EXPECTED, None, "upper", 0.6, 2, 0.5),
    Case("on_time_in_full", CVAR, 0.8, "lower", 0.5, 4, 0.75),
    Case("on_time_in_full", CHANCE, 0.1, "lower", 0.5, 3, 1),
    # In a: 500 / 200 = 2.5 and 500 / 100 = 5; without stock the law is 0 <= sales. Ratio of means: 975 / 110 = 8.9 and 900 / 40.
    # Lowest half at 4: n = 3: a -300, b 600, below 0; n = 2: a 100, b 1000: 280, over a mean stock of 40 7 above 4. All but a: 10
    # in b for n = 3, and 5 for n = 4.
    Case("turns", EVERY, None, "lower", 4, 2, 5),
    Case("turns", EXPECTED, None, "lower", 10, 2, 22.5),
    Case("turns", CVAR, 0.5, "lower", 4, 2, 11),
    Case("turns", CHANCE, 0.4, "lower", 8, 3, 10),
    # In a: 73 and 36.5. Means: n = 3: 40 + 15 - 2.5 = 52.5 over 195 / 73; n = 2: 10 over 180 / 73. Worst half at 25 days, in 73rds:
    # n = 3: (0.4 * 4800 - 0.1 * 1350) / 0.5 > 0; n = 2: (0.4 * 1150 - 0.1 * 5000) / 0.5 = -80, or 80 / 180 below 25. All but a: 18.25
    # and 0.
    Case("cash_conversion_cycle", EVERY, None, "upper", 50, 2, 36.5),
    Case("cash_conversion_cycle", EXPECTED, None, "upper", 10, 2, 730 / 180),
    Case("cash_conversion_cycle", CVAR, 0.5, "upper", 25, 2, 25 - 80 / 180),
    Case("cash_conversion_cycle", CHANCE, 0.4, "upper", 10, 2, 0),
]
"""What of the metrics follows from demand."""

DEMAND_FIRST = [
    # 10 a unit. At 250, c gives up 80 and d two lots, 100. The mean, 200 of demand, falls by 40, 30, 20, 10 for a lot of a, b, c, d:
    # for 25 less, a costs 80, b 90, c and d together 130. Worst fifth: (400 + 300) / 2; a lot of d makes it 300. With d let off,
    # c gives up a lot.
    Case("purchases", EVERY, None, "upper", 250, (1, 2, 2, 2), 200, 520),
    Case("purchases", EXPECTED, None, "upper", 175, (0, 2, 3, 4), 160, 620),
    Case("purchases", CVAR, 0.8, "upper", 320, (1, 2, 3, 3), 300, 650),
    Case("purchases", CHANCE, 0.1, "upper", 250, (1, 2, 2, 4), 200, 620),
    # The same until they arrive. At 350, d gives up a lot. The mean falls by 10 with a lot of d. Worst half: (40 + 60 + 40) / 0.5 =
    # 280, a lot of d takes 20. A chance of 0.3 lets off c and d, b gives up 90; or b, then c and d give up 310.
    Case("open_commitments", EVERY, None, "upper", 350, (1, 2, 3, 3), 300, 650),
    Case("open_commitments", EXPECTED, None, "upper", 195, (1, 2, 3, 3), 190, 650),
    Case("open_commitments", CVAR, 0.5, "upper", 270, (1, 2, 3, 3), 260, 650),
    Case("open_commitments", CHANCE, 0.3, "upper", 150, (1, 1, 3, 4), 100, 610),
    # At least: a lot more costs 40, 30, 20, 10 and adds 4, 3, 2 to the mean of 20, where d has no room for more. Lowest half: (0.4 *
    # 10 + 0.1 * 20) / 0.5 = 12; with a lot more of a all of it is 20. With a let off, b needs a lot more.
    Case("ordered_units", EVERY, None, "lower", 15, (2, 2, 3, 4), 20, 660),
    Case("ordered_units", EXPECTED, None, "lower", 21, (1, 2, 4, 4), 22, 680),
    Case("ordered_units", CVAR, 0.5, "lower", 15, (2, 2, 3, 4), 20, 660),
    Case("ordered_units", CHANCE, 0.4, "lower", 25, (1, 3, 3, 4), 30, 670),
    # Units beyond 15 cost 2 more: orders of 10, 20, 30, 40 cost 0, 10, 30, 50, and 700 becomes 700 - 3 - 6 - 5 = 686. The last lot
    # of d earns 50 - 2, of c 80 - 4, of b 90 - 3. At 40, d gives up one. The mean of 14 falls by 2. Worst fifth: (50 + 30) / 2, with
    # a lot less of d 30; below 30 only with a lot less of c, too: (30 + 10) / 2. With d let off, c gives up a lot.
    Case("overtime_spend", EVERY, None, "upper", 40, (1, 2, 3, 3), 30, 638),
    Case("overtime_spend", EXPECTED, None, "upper", 13, (1, 2, 3, 3), 12, 638),
    Case("overtime_spend", CVAR, 0.8, "upper", 25, (1, 2, 2, 3), 20, 562),
    Case("overtime_spend", CHANCE, 0.1, "upper", 20, (1, 2, 2, 4), 10, 610),
]
"""What of the metrics follows from orders."""

SUMMED = [
    # Inventory (100 n + 10 h) / 2: in a 150 for n = 2, 250 for n = 3; in b 100 and 200. Mean (50 n + 5 E[h]): 120 and 205.
    Case("inventory_value", EVERY, None, "upper", 220, 2, 150, measured="average"),
    Case("inventory_value", EXPECTED, None, "upper", 200, 2, 120, measured="average"),
    Case("inventory_value", CHANCE, 0.4, "upper", 180, 2, 100, measured="average"),
    # Margins of a scenario, now and later: 620, 970, 1080, 1190 for n = 2; 560 and 910 in a and b for n = 3; 680 and 790 for n = 1.
    # Lowest half: 630 for n = 3, (0.4 * 620 + 0.1 * 970) / 0.5 = 690 for n = 2.
    Case("margin", EVERY, None, "lower", 600, 2, 620, measured="total"),
    Case("margin", CVAR, 0.5, "lower", 650, 2, 690, measured="total"),
    Case("margin", CHANCE, 0.4, "lower", 950, 2, 970, measured="total"),
    # Ratios of sums, (10 + 30) / (10 + 40) in d for n = 3, whichever way they are added up.
    Case("fill_rate", EVERY, None, "lower", 0.85, 4, 1, measured="total"),
    Case("fill_rate", EVERY, None, "lower", 0.78, 3, 0.8, measured="average"),
    # (100 n + 10 h) over (200 + 10 d) / 73: in a 500 * 73 / 300 = 121.7 days for n = 3, 73 for n = 2.
    Case("days_of_supply", EVERY, None, "upper", 100, 2, 73, measured="average"),
]
"""Averages and totals over both periods."""
