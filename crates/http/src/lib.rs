//! HTTP/1.1 heads, framing, bodies and cookies, without sockets or rules.
#![forbid(unsafe_code)]
