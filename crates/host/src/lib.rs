//! A virtual host: network interfaces, TCP and UDP on smoltcp, and applications.
#![forbid(unsafe_code)]
