"""The testing kit, over both stores."""
