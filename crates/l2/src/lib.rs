//! Layer 2: a transparent bridge with a filtering database, VLANs and ageing, and the hub it replaced.
#![forbid(unsafe_code)]
