//! Layer 2: a transparent bridge with a filtering database, VLANs and ageing, and the hub it replaced.
//!
//! [`Bridge`] is the machinery; [`L2Switch`] is a device made of one bridge, and a layer 3 switch has
//! one inside. [`Hub`] and [`HalfDuplexHub`] repeat everything and are here for the contrast.
//!
//! | module | idea |
//! |---|---|
//! | `config` | [`BridgeConfig`]: what can be set, and what is refused |
//! | `filtering` | the filtering database: who was seen where, and for how long that holds |
//! | `arrival` | what a frame says at the door: addresses, VLAN, and whether it may come in |
//! | `bridge` | [`Bridge`]: learn, decide, send |
//! | `switch` | [`L2Switch`]: a bridge as a device |
//! | `hub` | [`Hub`]: everything goes to everybody, and nobody is in the way |
//! | `half_duplex`, `medium` | [`HalfDuplexHub`]: one collision domain, in which one sends at a time |
//!
//! ```
//! use switchlab_core::{step, Device, Egress, Ingress, Instant, PortId};
//! use switchlab_l2::{BridgeConfig, L2Switch};
//! use switchlab_wire::{EtherType, EthernetBuilder, MacAddr};
//!
//! let mut switch = L2Switch::new(BridgeConfig::with_ports(3))?;
//! let (mut rx, mut tx) = (Ingress::default(), Egress::default());
//! for port in 0..3 {
//!     switch.link_changed(Instant::ZERO, PortId::new(port), true, &mut tx);
//! }
//! let (a, b) = (MacAddr::from_name("a"), MacAddr::from_name("b"));
//! let mut offer = |port, from, to| {
//!     rx.push(PortId::new(port), EthernetBuilder::new(from, to).payload(EtherType::IPV4, b"hello"));
//!     step(&mut switch, Instant::ZERO, &mut rx, &mut tx);
//!     std::iter::from_fn(|| tx.next()).map(|(port, _)| port.number()).collect::<Vec<_>>()
//! };
//! assert_eq!(offer(0, a, b), [1, 2], "b is unknown: flood");
//! assert_eq!(offer(1, b, a), [0], "a was learned on port 0");
//! # Ok::<(), switchlab_l2::BridgeConfigError>(())
//! ```
#![forbid(unsafe_code)]

mod arrival;
mod bridge;
mod config;
mod filtering;
mod half_duplex;
mod hub;
mod medium;
mod switch;

pub use bridge::{Bridge, Climbing};
pub use config::{
    BridgeConfig, BridgeConfigError, DEFAULT_AGEING, DEFAULT_CAPACITY, PortConfig, StaticEntry,
    VlanMembership,
};
pub use half_duplex::{HalfDuplexConfig, HalfDuplexError, HalfDuplexHub};
pub use hub::Hub;
pub use switch::L2Switch;
