-- Grain: one row for each connection.
-- From when to when each connection was open, at least (`low`) and at most (`high`), in seconds since 1970.
--     low   open at the very start of every second in (low_from, low_to]
--     high  open at some moment of every second in [high_from, high_to]
-- With tcp-flags a connection without FIN or RST stays in the tables until their idle timeout, and one without SYN was
-- open before the logs begin. Without tcp-flags a table may hold any connection for the idle timeout after its last
-- record, and only the records themselves are sure (see sure.sql). A SYN that nobody answered: see tries.sql; one that was
-- refused (RST) holds an entry as a closed connection does.
-- Where ports are given out again soon, a record with both SYN and FIN may hold several connections, and what goes on
-- within it is in doubt:
--     doubt   in (doubt_from, doubt_to] it may be between two of them
--     cross   until cross_to, the beginning of the next such record, the last of them may still be open
--     kept    the last of them may have fallen silent without FIN: then it stays until kept_to. A port that is given out
--             again sooner was free, so no connection was left on it
WITH followed AS (
    SELECT
        segments.*,
        bounds.begin_s,
        bounds.end_s,
        bounds.interval_s,
        flows.interface,
        flows.leg,
        flows.flagged,
        flows.hold,
        flows.half_open,
        CASE
            WHEN answered = 0 OR opened = 0 THEN 0
            WHEN mixed = 1 THEN 1
            WHEN shared = 1 AND (habits.reused > 0 OR bounds.borders = 0) THEN 1
            ELSE 0
        END AS doubtful,
        CASE WHEN last_s <= first_record_last_s + $late_packets THEN 1 ELSE 0 END AS one_record
    FROM segments
    INNER JOIN flows ON flows.flow = segments.flow
    LEFT JOIN habits ON habits.interface = flows.interface
    CROSS JOIN bounds
)
SELECT
    flow,
    leg,
    server_port,
    first_s,
    last_s,
    flagged,
    opened,
    answered,
    half_open,
    CASE WHEN opened = 1 AND answered = 0 AND closed = 1 THEN 1 ELSE 0 END AS refused,
    CASE
        WHEN flagged = 1 AND opened = 1 AND answered = 1 AND mixed = 0 AND silence_before <= interval_s THEN 1
        ELSE 0
    END AS straddling,
    CASE WHEN flagged = 1 AND opened = 1 AND answered = 0 AND closed = 0 AND last_s - first_s IN $moments THEN 1 ELSE 0 END AS on_schedule,
    CASE
        WHEN flagged = 0 OR (opened = 1 AND answered = 0) THEN NULL
        WHEN doubtful = 1 THEN first_record_last_s
        WHEN opened = 0 AND is_first = 1 AND first_s - begin_s <= $idle_timeout THEN begin_s
        ELSE answered_from_s
    END AS low_from,
    CASE
        WHEN flagged = 0 OR (opened = 1 AND answered = 0) THEN NULL
        WHEN closed = 1 THEN last_s
        ELSE GREATEST(
            last_s,
            LEAST(last_s + $idle_timeout, end_s - interval_s, COALESCE(next_s, end_s))
        )
    END AS low_to,
    CASE WHEN flagged = 1 AND doubtful = 1 THEN first_s END AS doubt_from,
    CASE WHEN flagged = 1 AND doubtful = 1 THEN first_record_last_s END AS doubt_to,
    CASE
        WHEN flagged = 1 AND opened = 0 THEN GREATEST(begin_s, first_s - $idle_timeout)
        ELSE first_s
    END AS high_from,
    CASE
        WHEN opened = 1 AND answered = 0 AND closed = 0 THEN LEAST(last_s + half_open, end_s)
        WHEN closed = 1
            THEN GREATEST(last_s, LEAST(last_s + hold, COALESCE(next_s - 1, end_s), end_s))
        ELSE GREATEST(last_s, LEAST(last_s + $idle_timeout, COALESCE(next_s - 1, end_s), end_s))
    END AS high_to,
    CASE
        WHEN doubtful = 1 AND closed = 1 AND one_record = 1 AND shared_next = 1 AND next_s - last_s <= $idle_timeout
            THEN next_s - 1
    END AS cross_to,
    CASE
        WHEN doubtful = 1 AND closed = 1 AND one_record = 1 AND (next_s IS NULL OR next_s - last_s >= $idle_timeout)
            THEN LEAST(last_s + $idle_timeout, end_s)
    END AS kept_to,
    CASE
        WHEN flagged = 1 AND answered = 1 AND closed = 0 AND (next_s IS NULL OR next_s - last_s >= $idle_timeout)
            THEN LEAST(last_s + $idle_timeout, end_s)
    END AS silent_to
FROM followed
