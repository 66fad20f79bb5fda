-- Grain: reason, interface, srcaddr, dstaddr, pkt_srcaddr, pkt_dstaddr, protocol, flagged.
-- Who talks to whom: one row for each interface and pair of addresses, however many records there are.
-- Everything that tells a direction, a leg or an interface apart is worked out on this small table; and what was
-- dropped, and why, is counted on it. `measured`: the records that say their bytes, which are `octets` together.
SELECT
    reason,
    interface,
    srcaddr,
    dstaddr,
    pkt_srcaddr,
    pkt_dstaddr,
    protocol,
    CASE WHEN flags IS NULL OR protocol <> 6 THEN 0 ELSE 1 END AS flagged,
    COUNT(*) AS records,
    SUM(CAST(octets AS DOUBLE)) AS octets,
    COUNT(octets) AS measured,
    SUM(CASE WHEN (flags & 18) = 2 THEN 1 ELSE 0 END) AS syns,
    SUM(CASE WHEN (flags & 18) = 18 THEN 1 ELSE 0 END) AS syn_acks,
    MIN(srcport) AS least_srcport,
    MAX(srcport) AS most_srcport,
    MIN(dstport) AS least_dstport,
    MAX(dstport) AS most_dstport,
    SUM(CASE WHEN direction = 'ingress' THEN 1 ELSE 0 END) AS ingress,
    SUM(CASE WHEN direction = 'egress' THEN 1 ELSE 0 END) AS egress,
    MAX(instance) AS instance,
    MAX(interface_type) AS interface_type,
    MIN(first_s) AS first_s,
    MAX(last_s) AS last_s,
    MAX(last_s - first_s) AS longest_s
FROM records
GROUP BY
    reason, interface, srcaddr, dstaddr, pkt_srcaddr, pkt_dstaddr, protocol,
    CASE WHEN flags IS NULL OR protocol <> 6 THEN 0 ELSE 1 END
