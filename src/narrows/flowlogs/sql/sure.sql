-- Without tcp-flags only a record itself proves that its connection was open. Two records of one five-tuple that are
-- closer than a port can be given to another connection are the same one: then the time between them is proved too.
SELECT
    flow,
    server_port,
    CASE
        WHEN before_last >= first_s THEN before_last
        WHEN first_s - before_last <= CASE leg WHEN 'nat-outside' THEN $nat_hold ELSE $eni_reuse END THEN before_last
        ELSE first_s
    END AS low_from,
    last_s AS low_to
FROM timeline
WHERE flagged = 0 AND forward = 1
