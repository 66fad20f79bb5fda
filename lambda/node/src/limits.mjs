// The limits that code inside a function works with; the same as narrows_lambda/limits.py, which a test sees to.

/** Seconds after which a NAT gateway, a Network Load Balancer or an ENI's tracking forgets an idle connection. */
export const TABLE_IDLE_TIMEOUT = 350;

/** File descriptors of an execution environment. */
export const FILE_DESCRIPTORS = 1_024;
