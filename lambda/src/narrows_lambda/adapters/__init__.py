"""The policy for each client: one line at module level, and the client's own API after that.

Each file is for one client, imports it only when called, and switches reuse on by itself.
"""
