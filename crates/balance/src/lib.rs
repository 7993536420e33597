//! The logic of load balancing without frames: target groups, health, algorithms, stickiness.
#![forbid(unsafe_code)]
