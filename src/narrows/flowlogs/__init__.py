"""Flow logs: how many connections are open at each hop, which no metric of AWS says."""
