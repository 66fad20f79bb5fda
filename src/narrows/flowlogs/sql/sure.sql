-- Without tcp-flags only a record itself shows that its connection was open. Two records of one five-tuple that are
-- closer than a port can be given to another connection are the same one: then the time between them is shown too.
SELECT
    five_tuple // 4294967296 AS flow,
    CAST(five_tuple % 65536 AS INT) AS server_port,
    CASE
        WHEN before_last >= first_s THEN before_last
        WHEN first_s - before_last <= CASE WHEN outside = 1 THEN $nat_hold ELSE $eni_reuse END THEN before_last
        ELSE first_s
    END AS low_from,
    last_s AS low_to
FROM timeline
WHERE flagged = 0 AND forward = 1
UNION ALL
SELECT
    sided.five_tuple // 4294967296 AS flow,
    CAST(sided.five_tuple % 65536 AS INT) AS server_port,
    sided.first_s AS low_from,
    sided.last_s AS low_to
FROM sided
INNER JOIN tuples ON tuples.five_tuple = sided.five_tuple
WHERE tuples.simple = 1 AND sided.flagged = 0 AND sided.forward = 1
