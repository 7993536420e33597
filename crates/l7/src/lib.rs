//! Layer 7: an HTTP switch with listeners, rules, actions and target groups.
#![forbid(unsafe_code)]
