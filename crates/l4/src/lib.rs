//! Layer 4: balancing of TCP and UDP flows over servers by address translation.
#![forbid(unsafe_code)]
