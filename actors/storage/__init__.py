"""Floor 1: what outlives a process. `store` is the contract, `memory` and `postgres` keep it."""
