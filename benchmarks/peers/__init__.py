"""What the platform is compared with. Nothing here imports the platform."""
