-- From when to when each connection was open, at least (`low`) and at most (`high`), in seconds since 1970.
--     low   open at the very start of every second in (low_from, low_to]
--     high  open at some moment of every second in [high_from, high_to]
-- With tcp-flags a connection without FIN or RST stays in the tables until their idle timeout, and one without SYN was
-- open before the logs begin. Without tcp-flags a table may hold any connection for the idle timeout after its last
-- record, and only the records themselves are sure (see sure.sql).
-- Where ports are given out again soon, a record with both SYN and FIN is doubtful: it may hold several connections and the
-- time between them (from doubt_from to doubt_to), and one of them may still be in the table (until linger_to). How many
-- such records there can be at a time, habits.sql estimates.
WITH followed AS (
    SELECT
        segments.*,
        bounds.begin_s,
        bounds.end_s,
        bounds.interval_s,
        CASE
            WHEN ended_s = 0 THEN 0
            WHEN ended_s < last_s - $late_packets THEN 0
            ELSE 1
        END AS closed,
        CASE
            WHEN habits.reused = 0 THEN 0
            WHEN mixed = 1 THEN 1
            WHEN opened = 1 AND first_end_s <= first_record_last_s + $late_packets THEN 1
            ELSE 0
        END AS doubtful,
        owner.leg,
        CASE owner.leg WHEN 'nat-outside' THEN $nat_hold WHEN 'nat-inside' THEN 0 ELSE $eni_hold END AS hold,
        CASE owner.leg WHEN 'nat-outside' THEN $nat_half_open WHEN 'nat-inside' THEN 0 ELSE $eni_half_open END AS half_open
    FROM segments
    INNER JOIN (SELECT DISTINCT flow, interface, leg FROM legs) AS owner ON owner.flow = segments.flow
    LEFT JOIN habits ON habits.interface = owner.interface
    CROSS JOIN bounds
)
SELECT
    flow,
    leg,
    server_port,
    first_s,
    flagged,
    opened,
    answered,
    CASE
        WHEN flagged = 0 OR (opened = 1 AND answered = 0) THEN NULL
        WHEN doubtful = 1 THEN first_record_last_s
        WHEN opened = 0 AND segment = 1 AND first_s - begin_s <= $idle_timeout THEN begin_s
        ELSE first_s
    END AS low_from,
    CASE
        WHEN flagged = 0 OR (opened = 1 AND answered = 0) THEN NULL
        WHEN closed = 1 THEN last_s
        ELSE GREATEST(
            last_s,
            LEAST(last_s + $idle_timeout, end_s - interval_s, COALESCE(next_s, end_s))
        )
    END AS low_to,
    CASE WHEN flagged = 1 AND answered = 1 AND doubtful = 1 THEN first_s END AS doubt_from,
    CASE WHEN flagged = 1 AND answered = 1 AND doubtful = 1 THEN first_record_last_s END AS doubt_to,
    CASE
        WHEN flagged = 1 AND opened = 0 THEN GREATEST(begin_s, first_s - $idle_timeout)
        ELSE first_s
    END AS high_from,
    CASE
        WHEN opened = 1 AND answered = 0 THEN LEAST(last_s + half_open, end_s)
        WHEN closed = 1
            THEN GREATEST(last_s, LEAST(last_s + hold, COALESCE(next_s - 1, end_s), end_s))
        ELSE GREATEST(last_s, LEAST(last_s + $idle_timeout, COALESCE(next_s - 1, end_s), end_s))
    END AS high_to,
    CASE
        WHEN doubtful = 1 AND answered = 1 AND closed = 1
            THEN GREATEST(last_s, LEAST(last_s + $idle_timeout, COALESCE(next_s - 1, end_s), end_s))
    END AS linger_to
FROM followed
