-- The records of each connection's five-tuple in order, each with what came before it.
-- The SYN goes first among records that start in the same second: the answer belongs to it.
WITH sided AS (
    SELECT
        legs.flow,
        legs.leg,
        CASE WHEN legs.forward THEN records.srcport ELSE records.dstport END AS client_port,
        CASE WHEN legs.forward THEN records.dstport ELSE records.srcport END AS server_port,
        records.first_s,
        records.last_s,
        CASE WHEN legs.forward THEN 1 ELSE 0 END AS forward,
        legs.flagged,
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
)
SELECT
    sided.*,
    MAX(last_s) OVER (
        PARTITION BY flow, client_port, server_port ORDER BY first_s, syn DESC, last_s, forward
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS before_last,
    MAX(CASE WHEN forward = 0 THEN last_s END) OVER (
        PARTITION BY flow, client_port, server_port ORDER BY first_s, syn DESC, last_s, forward
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS before_answer_s,
    MAX(syn) OVER (
        PARTITION BY flow, client_port, server_port ORDER BY first_s, syn DESC, last_s, forward
        ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING
    ) AS before_syn,
    MAX(ends) OVER (
        PARTITION BY flow, client_port, server_port ORDER BY first_s, syn DESC, last_s, forward
        ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING
    ) AS before_ends
FROM sided
