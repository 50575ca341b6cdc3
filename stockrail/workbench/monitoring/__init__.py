"""What happened against the plan in force: actuals, the fan, errors, suppliers, spend, and when to plan again."""
