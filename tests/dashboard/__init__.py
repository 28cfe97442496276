"""RivetKit's own dashboard against a site of ours, in a browser."""
