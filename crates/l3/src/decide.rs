//! Where a packet goes: may its addresses be on a wire, and which route does it take?
//!
//! RFC 1812, 5.2.4 and 5.3.7, with the leniency of Linux in what counts as a strange address.

use std::net::Ipv4Addr;

use switchlab_core::{DropReason, Explain, Step};
use switchlab_ip::IcmpError;

use crate::ReversePath;
use crate::routes::{Action, InterfaceIndex, Routes, Way};

/// Where a packet goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// To the router itself.
    Local,
    /// To everybody on the net of this interface.
    Broadcast(InterfaceIndex),
    /// Onwards.
    Forward {
        way: Way,
        /// Longest packet, if the route says so.
        mtu: Option<u16>,
        /// Whether the sender could have reached the next hop by itself.
        is_detour: bool,
    },
    /// Nowhere; the sender is told why, unless he is not.
    Refused(DropReason, Option<IcmpError>),
}

/// What the interface that a packet came in by demands of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ingress {
    pub(crate) interface: InterfaceIndex,
    pub(crate) reverse_path: ReversePath,
    pub(crate) redirects: bool,
    pub(crate) directed_broadcast: bool,
}

/// Decides about a packet from `source` to `destination`, which in a source route is not the one in the header.
///
/// # Errors
/// The reason to drop the packet in silence, for an address that may not be there.
#[inline(always)] // its result has several shapes, which are not written down for one caller
pub(crate) fn decide<E: Explain>(
    routes: &Routes,
    ingress: Ingress,
    packet: &[u8],
    source: Ipv4Addr,
    destination: Ipv4Addr,
    explain: &mut E,
) -> Result<Fate, DropReason> {
    let mut decided = judge_addresses(source, destination)
        .and_then(|()| route(routes, ingress, packet, destination));
    if let Ok(fate) = &mut decided {
        let judged = match fate {
            Fate::Refused(..) => Ok(false),
            Fate::Local => judge_source(routes, ingress, source, None),
            Fate::Broadcast(interface) => judge_source(routes, ingress, source, Some(*interface)),
            Fate::Forward { way, .. } => judge_source(routes, ingress, source, Some(way.interface)),
        };
        match (judged, fate) {
            (Ok(near), Fate::Forward { is_detour, .. }) => *is_detour = near,
            (Ok(_), _) => {}
            (Err(reason), _) => decided = Err(reason),
        }
    }
    explain.step(|| explanation(routes, source, destination, &decided));
    decided
}

/// Addresses that nobody routes by.
#[inline]
fn judge_addresses(source: Ipv4Addr, destination: Ipv4Addr) -> Result<(), DropReason> {
    if is_ordinary(source) && is_ordinary(destination) {
        return Ok(());
    }
    if source.is_multicast() || source.is_broadcast() {
        return Err(DropReason::Martian);
    }
    // Somebody without an address may ask everybody (RFC 1122, 3.2.1.3), but no router passes that on.
    if destination.is_multicast() || destination.is_broadcast() {
        return Err(DropReason::NotForwarded);
    }
    let strange = |address: Ipv4Addr| address.is_unspecified() || address.is_loopback();
    if strange(source) || strange(destination) {
        Err(DropReason::Martian)
    } else {
        Ok(())
    }
}

/// Whether an address is neither group, broadcast, loopback nor unset, judged by its first octet.
#[inline]
fn is_ordinary(address: Ipv4Addr) -> bool {
    matches!(address.octets()[0], 1..=126 | 128..=223)
}

#[inline]
fn route(
    routes: &Routes,
    ingress: Ingress,
    packet: &[u8],
    destination: Ipv4Addr,
) -> Result<Fate, DropReason> {
    Ok(match routes.find(destination).map(|entry| &entry.action) {
        Some(Action::Forward { ways, mtu }) => Fate::Forward {
            way: *routes.choose(ways, packet),
            mtu: *mtu,
            is_detour: false,
        },
        Some(Action::Local) => Fate::Local,
        Some(Action::Broadcast(interface)) if ingress.directed_broadcast => {
            Fate::Broadcast(*interface)
        }
        Some(Action::Broadcast(_)) => return Err(DropReason::NotForwarded),
        Some(Action::Unreachable) => Fate::Refused(
            DropReason::RouteUnreachable,
            Some(IcmpError::HostUnreachable),
        ),
        Some(Action::Prohibit) => {
            Fate::Refused(DropReason::RouteProhibited, Some(IcmpError::Prohibited))
        }
        Some(Action::Blackhole) => Fate::Refused(DropReason::RouteBlackhole, None),
        Some(Action::Throw) | None => {
            Fate::Refused(DropReason::NoRoute, Some(IcmpError::NetUnreachable))
        }
    })
}

/// Whether the source may be where the packet came from; and if so, whether it could have reached by
/// itself the next hop of a packet that leaves as it came.
///
/// Own addresses never come in from outside. More is asked only where the check is on, or where a
/// packet would leave by the interface it came in on and the sender might be redirected.
#[inline]
fn judge_source(
    routes: &Routes,
    ingress: Ingress,
    source: Ipv4Addr,
    egress: Option<InterfaceIndex>,
) -> Result<bool, DropReason> {
    let turns_round = egress == Some(ingress.interface) && ingress.redirects;
    if ingress.reverse_path == ReversePath::Off && !turns_round {
        return match routes.is_own(source) {
            true => Err(DropReason::Martian),
            false => Ok(false),
        };
    }
    match routes.find(source).map(|entry| &entry.action) {
        Some(Action::Local | Action::Broadcast(_)) => Err(DropReason::Martian),
        Some(Action::Forward { ways, .. }) => {
            match ways.iter().find(|way| way.interface == ingress.interface) {
                Some(way) => Ok(turns_round && way.via.is_none()),
                None if ingress.reverse_path == ReversePath::Strict => Err(DropReason::ReversePath),
                None => Ok(false),
            }
        }
        _ if ingress.reverse_path == ReversePath::Off => Ok(false),
        _ => Err(DropReason::ReversePath),
    }
}

fn explanation(
    routes: &Routes,
    source: Ipv4Addr,
    destination: Ipv4Addr,
    decided: &Result<Fate, DropReason>,
) -> Step {
    let entry = routes.find(destination);
    let (found, because) = match decided {
        Err(reason) => (reason.code().to_owned(), reason.sentence()),
        Ok(Fate::Local) => (
            "an own address".to_owned(),
            "The packet is for the router itself.",
        ),
        Ok(Fate::Broadcast(_)) => (
            "the broadcast address of a connected net".to_owned(),
            "Directed broadcasts are allowed here, so everybody on that net gets it.",
        ),
        Ok(Fate::Forward { way, .. }) => {
            let to = entry.map_or(String::new(), |entry| entry.to.to_string());
            match way.via {
                Some(via) => (
                    format!("{to} via {via}"),
                    "The longest prefix that holds the address decides; the next router is named by the route.",
                ),
                None => (
                    format!("{to}, connected"),
                    "The longest prefix that holds the address decides; the destination itself is the next hop.",
                ),
            }
        }
        Ok(Fate::Refused(reason, _)) => {
            let found = entry.map_or("no route".to_owned(), |entry| entry.to.to_string());
            (found, reason.sentence())
        }
    };
    Step {
        stage: "l3.route",
        asked: format!("which route leads from {source} to {destination}?"),
        found,
        because: because.into(),
    }
}
