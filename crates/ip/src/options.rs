//! IPv4 options: routes that a packet writes down, and routes that it brings along. RFC 791, 3.1.
//!
//! Where the text leaves a choice, this is what Linux does. Time stamps, security and unknown options
//! are carried along unread.

use std::net::Ipv4Addr;

use switchlab_wire::{Ethernet, Frame, Ipv4, checksum};

const END: u8 = 0;
const NO_OPERATION: u8 = 1;
const RECORD_ROUTE: u8 = 7;
const LOOSE_SOURCE_ROUTE: u8 = 131;
const STRICT_SOURCE_ROUTE: u8 = 137;
const ROUTER_ALERT: u8 = 148;

/// Octets of an option in front of its addresses: kind, length, pointer.
const ROUTE_HEADER_LEN: usize = 3;
/// The least pointer. Pointers count from 1, beginning with the option's kind.
const FIRST_SLOT: u8 = 4;

/// The options of a packet that concern whoever handles it. Small, since every packet carries it along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Where the record route option begins, and whether its last slot in use waits for an address.
    record_route: Option<(u8, bool)>,
    source_route: Option<SourceRoute>,
    /// The address of the source route whose turn has come, and how far ahead of the pointer it is.
    next: Option<(Ipv4Addr, u8)>,
    problem: Option<u8>,
}

/// A source route option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceRoute {
    /// Where in the packet it begins.
    pub at: u8,
    /// Whether the packet may pass no other router between two addresses.
    pub is_strict: bool,
}

/// The options of an answer, and where it goes first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplyOptions {
    octets: Vec<u8>,
    via: Option<Ipv4Addr>,
}

impl Options {
    /// None that would concern anybody.
    pub const NONE: Self = Self {
        record_route: None,
        source_route: None,
        next: None,
        problem: None,
    };

    /// Reads the options of a packet that passed [`check`](crate::check), and writes `own`, an address of
    /// the reader, into the next slot of a record route. The header checksum is not kept true.
    #[must_use]
    pub fn read(packet: &mut [u8], own: Ipv4Addr) -> Self {
        let end = usize::from(packet[0] & 0x0f) * 4;
        let mut options = Self::NONE;
        let mut at = Ipv4::MIN_HEADER_LEN;
        while at < end {
            match packet[at] {
                END => {
                    packet[at..end].fill(END);
                    break;
                }
                NO_OPERATION => {
                    at += 1;
                    continue;
                }
                _ => {}
            }
            let length = packet[at..end]
                .get(1)
                .map_or(0, |length| usize::from(*length));
            if length < 2 || at + length > end {
                options.problem = Some(at as u8);
                break;
            }
            if let Err(octet) = options.take(at, &mut packet[at..at + length], own) {
                options.problem = Some((at + octet) as u8);
                break;
            }
            at += length;
        }
        options
    }

    /// Takes note of one option; the error is the place of the octet that is wrong.
    fn take(&mut self, at: usize, option: &mut [u8], own: Ipv4Addr) -> Result<(), usize> {
        let (kind, length) = (option[0], option.len());
        match kind {
            RECORD_ROUTE | LOOSE_SOURCE_ROUTE | STRICT_SOURCE_ROUTE => {
                let is_second = match kind {
                    RECORD_ROUTE => self.record_route.is_some(),
                    _ => self.source_route.is_some(),
                };
                if kind == RECORD_ROUTE && is_second {
                    return Err(0);
                }
                if length < ROUTE_HEADER_LEN {
                    return Err(1);
                }
                let pointer = usize::from(option[2]);
                if option[2] < FIRST_SLOT {
                    return Err(2);
                }
                if is_second {
                    return Err(0);
                }
                if kind != RECORD_ROUTE {
                    self.source_route = Some(SourceRoute {
                        at: at as u8,
                        is_strict: kind == STRICT_SOURCE_ROUTE,
                    });
                    return Ok(());
                }
                let has_room = pointer <= length;
                if has_room {
                    if pointer + 3 > length {
                        return Err(2);
                    }
                    option[pointer - 1..pointer + 3].copy_from_slice(&own.octets());
                    option[2] += 4;
                }
                self.record_route = Some((at as u8, has_room));
                Ok(())
            }
            ROUTER_ALERT if length < 4 => Err(1),
            _ => Ok(()),
        }
    }

    /// The octet of the header that makes no sense, if one does not; to be told as a parameter problem.
    #[must_use]
    pub const fn problem(&self) -> Option<u8> {
        self.problem
    }

    /// The source route, if the packet brings one.
    #[must_use]
    pub const fn source_route(&self) -> Option<SourceRoute> {
        self.source_route
    }

    /// The address that the source route names `ahead` places after the next one; `None` behind its end.
    ///
    /// # Errors
    /// The octet that is wrong, if the option ends inside that address.
    pub fn address(&self, packet: &[u8], ahead: usize) -> Result<Option<Ipv4Addr>, u8> {
        let Some(SourceRoute { at, .. }) = self.source_route else {
            return Ok(None);
        };
        let at = usize::from(at);
        let (length, pointer) = (
            usize::from(packet[at + 1]),
            usize::from(packet[at + 2]) + 4 * ahead,
        );
        if pointer > length {
            return Ok(None);
        }
        if pointer + 3 > length {
            return Err((at + 2) as u8);
        }
        Ok(Some(address_at(packet, at + pointer - 1)))
    }

    /// The address that the packet goes to instead of its destination, if it [follows](Self::follow) a source route.
    #[must_use]
    pub const fn followed(&self) -> Option<Ipv4Addr> {
        match self.next {
            Some((address, _)) => Some(address),
            None => None,
        }
    }

    /// Has the packet go to this [address](Self::address) when it is [forwarded](Self::forward).
    pub const fn follow(&mut self, address: Ipv4Addr, ahead: usize) {
        self.next = Some((address, ahead as u8));
    }

    /// Writes down the address that the packet is about to leave from, and mends the header checksum.
    pub fn forward(&self, packet: &mut [u8], own: Ipv4Addr) {
        if let Some((at, true)) = self.record_route {
            let at = usize::from(at);
            let slot = at + usize::from(packet[at + 2]) - 5;
            packet[slot..slot + 4].copy_from_slice(&own.octets());
        }
        if let (Some(SourceRoute { at, .. }), Some((next, ahead))) = (self.source_route, self.next)
        {
            let at = usize::from(at);
            let slot = at + usize::from(packet[at + 2]) - 1 + 4 * usize::from(ahead);
            packet[16..20].copy_from_slice(&next.octets());
            packet[slot..slot + 4].copy_from_slice(&own.octets());
            packet[at + 2] += 4 * (1 + ahead);
        }
        mend(packet);
    }

    /// The options that an answer to the packet carries: a record route goes on, a source route is
    /// turned round (RFC 1122, 3.2.1.8). `None` if that cannot be done.
    #[must_use]
    pub fn reply(&self, packet: &[u8], own: Ipv4Addr) -> Option<ReplyOptions> {
        let mut reply = ReplyOptions::default();
        if let Some((at, goes_on)) = self.record_route {
            let at = usize::from(at);
            let mut option = packet[at..at + usize::from(packet[at + 1])].to_vec();
            let pointer = usize::from(option[2]);
            if goes_on && pointer <= option.len() {
                if pointer + 3 > option.len() {
                    return None;
                }
                option[pointer - 1..pointer + 3].copy_from_slice(&own.octets());
                option[2] += 4;
            }
            reply.octets.extend(option);
        }
        if let Some(SourceRoute { at, .. }) = self.source_route {
            let at = usize::from(at);
            reply.turn(
                &packet[at..at + usize::from(packet[at + 1])],
                address_at(packet, 12),
            );
        }
        Some(reply)
    }
}

impl ReplyOptions {
    /// How many octets the options take up in a header.
    #[must_use]
    pub fn len(&self) -> usize {
        self.octets.len().next_multiple_of(4)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Appends the way back to `sender` along a source route that was gone up to its pointer.
    fn turn(&mut self, route: &[u8], sender: Ipv4Addr) {
        let gone = (usize::from(route[2]).min(route.len() + 1) - usize::from(FIRST_SLOT)) / 4;
        let visited = (0..gone)
            .rev()
            .map(|slot| address_at(route, ROUTE_HEADER_LEN + 4 * slot));
        let mut back: Vec<Ipv4Addr> = visited.collect();
        if back.last() == Some(&sender) {
            back.pop();
        }
        let Some((first, rest)) = back.split_first() else {
            return;
        };
        self.via = Some(*first);
        let addresses = || rest.iter().chain([&sender]);
        let length = ROUTE_HEADER_LEN + 4 * addresses().count();
        self.octets.extend([route[0], length as u8, FIRST_SLOT]);
        self.octets.extend(addresses().flat_map(Ipv4Addr::octets));
    }

    /// Puts the options into a packet without any, in a frame with room for its Ethernet header.
    pub fn attach(&self, frame: &mut Frame) {
        if self.is_empty() {
            return;
        }
        let mut octets = self.octets.clone();
        octets.resize(self.len(), END);
        frame.insert(Ethernet::HEADER_LEN + Ipv4::MIN_HEADER_LEN, &octets);
        let packet = &mut frame.octets_mut()[Ethernet::HEADER_LEN..];
        let total = packet.len() as u16;
        packet[0] = 0x40 | ((Ipv4::MIN_HEADER_LEN + octets.len()) / 4) as u8;
        packet[2..4].copy_from_slice(&total.to_be_bytes());
        if let Some(via) = self.via {
            packet[16..20].copy_from_slice(&via.octets());
        }
        mend(packet);
    }
}

/// Computes the header checksum anew.
fn mend(packet: &mut [u8]) {
    let end = usize::from(packet[0] & 0x0f) * 4;
    packet[10..12].copy_from_slice(&[0, 0]);
    let sum = checksum(&packet[..end]);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
}

fn address_at(octets: &[u8], at: usize) -> Ipv4Addr {
    let octets = octets[at..]
        .first_chunk::<4>()
        .expect("the option holds whole addresses");
    Ipv4Addr::from(*octets)
}
