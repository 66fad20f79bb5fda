-- Every record that counts, with its connection's side and five-tuple as one number: flow, client port, server port.
SELECT
    CAST(legs.flow AS BIGINT) * 4294967296
        + (CASE WHEN legs.forward THEN records.srcport ELSE records.dstport END) * CAST(65536 AS BIGINT)
        + (CASE WHEN legs.forward THEN records.dstport ELSE records.srcport END) AS five_tuple,
    records.first_s,
    records.last_s,
    CASE WHEN legs.forward THEN 1 ELSE 0 END AS forward,
    legs.flagged,
    CASE WHEN legs.leg = 'nat-outside' THEN 1 ELSE 0 END AS outside,
    CASE WHEN legs.forward AND (records.flags & 18) = 2 THEN 1 ELSE 0 END AS syn,
    CASE WHEN (records.flags & 5) <> 0 THEN 1 ELSE 0 END AS ends
FROM records
INNER JOIN legs
    ON legs.interface = records.interface
    AND legs.srcaddr = records.srcaddr
    AND legs.dstaddr = records.dstaddr
    AND legs.pkt_srcaddr = records.pkt_srcaddr
    AND legs.pkt_dstaddr = records.pkt_dstaddr
    AND legs.protocol = records.protocol
WHERE records.reason = 'used' AND (legs.forward OR (records.flags IS NOT NULL AND legs.protocol = 6))
