//! Laws of the wire: what holds for any octets, any header, any packet.

mod flow;
mod hostile;
mod identity;
mod packets;
mod rewriting;
mod witness;
