-- Grain: interface.
-- What each interface is: the case's topology says, else v11's interface-type, else its shape. One that passes
-- connections on (a client of what it serves) is a NAT gateway's; one that is only ever a client, and no instance's,
-- is Lambda's.
WITH shaped AS (
    SELECT
        interface,
        MAX(CASE WHEN forward AND dstaddr = own AND pkt_dstaddr NOT IN ('-', own) THEN 1 ELSE 0 END) AS passes_on,
        MAX(CASE WHEN forward AND dstaddr = own THEN least_dstport ELSE -1 END) AS served_port,
        MAX(CASE WHEN forward AND srcaddr = own THEN least_dstport ELSE -2 END) AS called_port,
        MAX(CASE WHEN forward AND dstaddr = own THEN 1 ELSE 0 END) AS serves,
        MAX(CASE WHEN forward AND srcaddr = own THEN 1 ELSE 0 END) AS calls,
        MAX(instance) AS instance,
        MAX(interface_type) AS interface_type,
        MIN(first_s) AS first_s,
        MAX(last_s) AS last_s,
        SUM(records) AS records
    FROM directed
    GROUP BY interface
)
SELECT
    owners.interface,
    owners.address,
    owners.name,
    CASE
        WHEN owners.kind IS NOT NULL THEN owners.kind
        WHEN shaped.interface_type = 'nat_gateway' THEN 'nat-gateway'
        WHEN shaped.interface_type = 'regional_nat_gateway' THEN 'regional-nat-gateway'
        WHEN shaped.interface_type <> '-' THEN 'other'
        WHEN owners.interface LIKE 'nat-%' THEN 'regional-nat-gateway'
        WHEN shaped.passes_on = 1 THEN 'nat-gateway'
        WHEN shaped.served_port = shaped.called_port THEN 'nat-gateway'
        WHEN shaped.calls = 1 AND shaped.serves = 0 AND shaped.instance = '-' THEN 'hyperplane-eni'
        ELSE 'other'
    END AS kind,
    CASE
        WHEN owners.kind IS NOT NULL THEN 'case'
        WHEN shaped.interface_type <> '-' THEN 'interface-type'
        WHEN owners.interface LIKE 'nat-%' THEN 'resource-id'
        ELSE 'shape'
    END AS kind_from,
    shaped.first_s,
    shaped.last_s,
    shaped.records
FROM owners
INNER JOIN shaped ON shaped.interface = owners.interface
