-- How the ports of each interface are used. `reuse`: the share of connections whose port was another's shortly before;
-- then one record may hold two connections. `silent`: the share that ended without FIN or RST.
SELECT
    interface,
    AVG(CASE WHEN silence_before <= interval_s THEN 1.0 ELSE 0.0 END) AS reuse,
    AVG(CASE WHEN ended_s = 0 AND last_s < end_s - $idle_timeout THEN 1.0 ELSE 0.0 END) AS silent,
    SUM(CASE WHEN silence_before <= interval_s AND opened = 1 THEN 1 ELSE 0 END) AS reused,
    COUNT(*) AS connections
FROM segments
INNER JOIN (SELECT DISTINCT flow, interface FROM legs) AS owner ON owner.flow = segments.flow
CROSS JOIN bounds
WHERE segments.answered = 1
GROUP BY interface
