"""Every metric at every node of the world `order_first` of tests/hand_solved.py, for each number of lots n, by hand.

d, h and x are demand, units left and units short of that world. Every table has one row for each n, with the amounts now, in a,
in b, in c and in d.
"""

PLANS = range(5)
"""Lots n that may be ordered where orders come first."""

OBJECTIVE = (620.0, 790.0, 874.0, 886.0, 850.0)
"""Expected margin of ordering n lots first, from `AMOUNTS["margin"]`.

Now it is 400 - 110 n - 10 [n > 0], later 40 d - 29 x + 5 h, and E[d] = 20: 1200 - 110 n - 10 [n > 0] - 29 E[x] + 5 E[h].
n = 0: 1200 - 580. n = 1: 1200 - 120 - 290. n = 2: 1200 - 230 - 116 + 20. n = 3: 1200 - 340 - 29 + 55. n = 4: 1200 - 450 + 100.
"""

NOTHING = ((0.0,) * 5,) * 5

AMOUNTS: dict[str, tuple[tuple[float, ...], ...]] = {
    # Unit value 10: 100 n now, 10 h later.
    "inventory_value": (
        (0, 0, 0, 0, 0),
        (100, 0, 0, 0, 0),
        (200, 100, 0, 0, 0),
        (300, 200, 100, 0, 0),
        (400, 300, 200, 100, 0),
    ),
    # Orders are placed now only, and arrive at once.
    "purchases": tuple((100 * n, 0, 0, 0, 0) for n in PLANS),
    "ordered_units": tuple((10 * n, 0, 0, 0, 0) for n in PLANS),
    "open_commitments": NOTHING,
    # d - x / 2, as half of what is short is lost.
    "served_units": (
        (10, 5, 10, 15, 20),
        (10, 10, 15, 20, 25),
        (10, 10, 20, 25, 30),
        (10, 10, 20, 30, 35),
        (10, 10, 20, 30, 40),
    ),
    # Customers pay after 36.5 of 73 days: half of the revenue, 20 a unit served. Opening receivables are collected by then.
    "receivables": (
        (200, 100, 200, 300, 400),
        (200, 200, 300, 400, 500),
        (200, 200, 400, 500, 600),
        (200, 200, 400, 600, 700),
        (200, 200, 400, 600, 800),
    ),
    # Suppliers are paid after 109.5 days: all of this period, half of the last one. Now 100 n and of 60 owed at the opening
    # 60 * (1 - 73 / 109.5) = 20; later 50 n and 10 for each expedited unit, 5 x.
    "payables": (
        (20, 50, 100, 150, 200),
        (120, 50, 100, 150, 200),
        (220, 100, 100, 150, 200),
        (320, 150, 150, 150, 200),
        (420, 200, 200, 200, 200),
    ),
    # Inventory + receivables - payables.
    "working_capital": (
        (180, 50, 100, 150, 200),
        (180, 150, 200, 250, 300),
        (180, 200, 300, 350, 400),
        (180, 250, 350, 450, 500),
        (180, 300, 400, 500, 600),
    ),
    # Opening 300, collected 40, fixed payments of 20 a period, 40 of the 60 paid now and 20 later: 280 now, 240 later. Storage and
    # insurance cost 0.25 / 5 * 10 = 0.5 a unit left.
    # Now: 280 + 400 - 100 n - 10 [n > 0] - 5 n - 200 + 100 n = 480 - 10 [n > 0] - 5 n.
    # Later: 240 + (400 - 105 n - 10 [n > 0]) + (40 d - 20 x - 5 x - 2 x - 0.5 h) - (20 d - 10 x) + (5 x + 50 n)
    #      = 640 - 55 n - 10 [n > 0] + 20 d - 12 x - 0.5 h.
    "cash": (
        (480, 720, 800, 880, 960),
        (465, 775, 855, 935, 1015),
        (460, 715, 920, 1000, 1080),
        (455, 655, 860, 1065, 1145),
        (450, 595, 800, 1005, 1210),
    ),
    # A premium of 4 on x / 2 units.
    "expedite_spend": (
        (0, 20, 40, 60, 80),
        (0, 0, 20, 40, 60),
        (0, 0, 0, 20, 40),
        (0, 0, 0, 0, 20),
        (0, 0, 0, 0, 0),
    ),
    # What is left came in period 0 and passes its shelf life of one period: 20 % of 10 h.
    "write_offs": (
        (0, 0, 0, 0, 0),
        (0, 0, 0, 0, 0),
        (0, 20, 0, 0, 0),
        (0, 40, 20, 0, 0),
        (0, 60, 40, 20, 0),
    ),
    # Now: revenue 400, goods 100 n, an order 10, holding 0.5 / 5 * 10 * 10 n. Later: revenue 40 (d - x / 2), goods and premium of
    # what is expedited 5 x + 2 x, churn 0.1 * 40 * x / 2 = 2 x, holding h, written off 2 h, worth at the end 0.8 * 10 h.
    "margin": (
        (400, 110, 220, 330, 440),
        (280, 400, 510, 620, 730),
        (170, 450, 800, 910, 1020),
        (60, 500, 850, 1200, 1310),
        (-50, 550, 900, 1250, 1600),
    ),
    # Cover of half a period: 10 units are expected now, d / 2 later. Now 10 * max(0, 10 n - 10); later 10 times
    # max(0, 10 n - 1.5 d) plus the old stock h. n = 2, a: 5 + 10. n = 3, a: 15 + 20, b: 10. n = 4, a: 25 + 30, b: 10 + 20, c: 10.
    "excess_exposure": (
        (0, 0, 0, 0, 0),
        (0, 0, 0, 0, 0),
        (100, 150, 0, 0, 0),
        (200, 350, 100, 0, 0),
        (300, 550, 300, 100, 0),
    ),
    # 3 a unit.
    "storage_space": (
        (0, 0, 0, 0, 0),
        (30, 0, 0, 0, 0),
        (60, 30, 0, 0, 0),
        (90, 60, 30, 0, 0),
        (120, 90, 60, 30, 0),
    ),
    "overtime_spend": NOTHING,
    # Value on hand; below it the value of a day of forward demand, 10 * 10 / 36.5 now and 10 * (d / 2) / 36.5 later.
    "days_of_supply": (
        (0, 0, 0, 0, 0),
        (100, 0, 0, 0, 0),
        (200, 100, 0, 0, 0),
        (300, 200, 100, 0, 0),
        (400, 300, 200, 100, 0),
    ),
    # d - x.
    "fill_rate": (
        (10, 0, 0, 0, 0),
        (10, 10, 10, 10, 10),
        (10, 10, 20, 20, 20),
        (10, 10, 20, 30, 30),
        (10, 10, 20, 30, 40),
    ),
    # d where nothing is owed.
    "on_time_in_full": (
        (10, 0, 0, 0, 0),
        (10, 10, 0, 0, 0),
        (10, 10, 20, 0, 0),
        (10, 10, 20, 30, 0),
        (10, 10, 20, 30, 40),
    ),
    # Five periods a year, 10 a unit served.
    "turns": (
        (500, 250, 500, 750, 1000),
        (500, 500, 750, 1000, 1250),
        (500, 500, 1000, 1250, 1500),
        (500, 500, 1000, 1500, 1750),
        (500, 500, 1000, 1500, 2000),
    ),
    # Inventory + half of the units served at 10 - payables of the item. Now 100 n + 50 - 100 n; later
    # 10 h + 5 (d - x / 2) - 5 x - 50 n.
    "cash_conversion_cycle": (
        (50, -25, -50, -75, -100),
        (50, 0, -25, -50, -75),
        (50, 50, 0, -25, -50),
        (50, 100, 50, 0, -25),
        (50, 150, 100, 50, 0),
    ),
}
"""Amounts of every metric, of a ratio the numerators."""

DENOMINATORS: dict[str, tuple[tuple[float, ...], ...]] = {
    "days_of_supply": ((100 / 36.5, 100 / 73, 200 / 73, 300 / 73, 400 / 73),) * 5,
    "fill_rate": ((10, 10, 20, 30, 40),) * 5,
    "on_time_in_full": ((10, 10, 20, 30, 40),) * 5,
    "turns": AMOUNTS["inventory_value"],
    # Units served at 10, by the day.
    "cash_conversion_cycle": tuple(
        tuple(10 * units / 73 for units in served) for served in AMOUNTS["served_units"]
    ),
}
"""The denominators of ratios."""
