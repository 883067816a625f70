"""Real phones, each driven through one and the same small set of verbs (see phone.Phone)."""
