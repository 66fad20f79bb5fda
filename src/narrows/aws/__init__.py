"""What narrows asks AWS: each operation with the permission for it, each request as data and as a command."""
