//! One IP interface: addresses, neighbour resolution with a hold queue, ICMP messages, reassembly.
#![forbid(unsafe_code)]
