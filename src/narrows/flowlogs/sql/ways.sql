-- Grain: flow.
-- One row for each TCP flow (legs.sql): who opens connections to whom, and where that is seen.
--     client, destination   the addresses as the next hop has them too: the ENI's own, and where the connection really goes
--     pkt_client            at a NAT gateway's outside, the address that has the port; `-` where the format does not say
--     own                   the interface's address
SELECT DISTINCT
    legs.flow,
    legs.interface,
    legs.kind,
    legs.leg,
    legs.client,
    legs.destination,
    CASE WHEN legs.forward THEN legs.pkt_srcaddr ELSE legs.pkt_dstaddr END AS pkt_client,
    owners.address AS own
FROM legs
INNER JOIN owners ON owners.interface = legs.interface
WHERE legs.protocol = 6
