"""Trade-offs with an end: what was agreed, what it should bring, how it ends, and when it is looked at again."""
