-- Grain: one row for each record.
-- Every record that counts, with its connection's side and five-tuple as one number: flow, client port, server port.
-- `answers`: it shows that the server answered. A SYN-ACK, or from the client more than a SYN.
-- Records without tcp-flags are left out where another flow log has the same with them (flagless.sql).
-- Of what the server sends only that and the end of a connection count: whatever else it sends, the client acknowledges.
SELECT
    CAST(legs.flow AS BIGINT) * 4294967296
        + (CASE WHEN legs.forward THEN records.srcport ELSE records.dstport END) * CAST(65536 AS BIGINT)
        + (CASE WHEN legs.forward THEN records.dstport ELSE records.srcport END) AS five_tuple,
    records.first_s,
    records.last_s,
    CAST(CASE WHEN legs.forward THEN 1 ELSE 0 END AS TINYINT) AS forward,
    CAST(CASE WHEN legs.forward AND (records.flags & 18) = 2 THEN 1 ELSE 0 END AS TINYINT) AS syn,
    CAST(CASE WHEN (records.flags & 5) <> 0 THEN 1 ELSE 0 END AS TINYINT) AS ends,
    CAST(CASE
        WHEN records.flags IS NULL OR (records.flags & 18) = 18 THEN 1
        WHEN legs.forward AND (records.flags & 2) = 0 THEN 1
        ELSE 0
    END AS TINYINT) AS answers
FROM records
INNER JOIN legs
    ON legs.interface = records.interface
    AND legs.srcaddr = records.srcaddr
    AND legs.dstaddr = records.dstaddr
    AND legs.pkt_srcaddr = records.pkt_srcaddr
    AND legs.pkt_dstaddr = records.pkt_dstaddr
    AND legs.protocol = records.protocol
    AND legs.flagged = CASE WHEN records.flags IS NULL OR records.protocol <> 6 THEN 0 ELSE 1 END
LEFT JOIN flagless
    ON flagless.interface = records.interface
    AND flagless.from_s <= records.last_s
    AND flagless.to_s >= records.last_s
    AND records.protocol = 6
    AND records.flags IS NULL
WHERE
    flagless.interface IS NULL
    AND records.reason = 'used'
    AND (legs.forward OR (records.flags & 5) <> 0 OR (records.flags & 18) = 18)
