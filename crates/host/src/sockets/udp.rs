//! Datagrams by local port.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use bytes::BufMut;
use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::udp::{self, PacketBuffer, PacketMetadata, UdpMetadata};
use switchlab_core::{DropReason, Instant};
use switchlab_wire::{Frame, Ipv4, Udp as Datagram};

use super::connection::v4;
use super::stack::Stack;
use super::{ListenError, SendError, SocketEvent, Sockets};

/// How many datagrams wait at a port at most, each way.
const DATAGRAMS: usize = 256;
/// How many octets of payload wait at a port at most, each way.
const OCTETS: usize = 64 << 10;
/// Octets of headers in front of a datagram's payload.
const HEADERS: usize = Ipv4::MIN_HEADER_LEN + Datagram::HEADER_LEN;

/// Where a datagram came from, and to which of the owner's addresses and ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatagramEnds {
    /// The sender's address and port; an answer goes there.
    pub remote: SocketAddr,
    /// The address and port it was sent to.
    pub local: SocketAddr,
}

#[derive(Default)]
pub(super) struct Udp {
    bound: BTreeMap<u16, Port>,
    touched: VecDeque<u16>,
}

struct Port {
    set: SocketSet<'static>,
    handle: SocketHandle,
    /// `Datagrams` was told and nothing read since.
    told: bool,
    waiting: usize,
}

impl Port {
    fn new(port: u16) -> Self {
        // Twice the entries: smoltcp uses up one where the ring of octets wraps.
        let buffer =
            || PacketBuffer::new(vec![PacketMetadata::EMPTY; 2 * DATAGRAMS], vec![0; OCTETS]);
        let mut socket = udp::Socket::new(buffer(), buffer());
        let bound = socket.bind(port);
        bound.expect("the socket is new, and port 0 was refused before");
        let mut set = SocketSet::new(Vec::with_capacity(1));
        let handle = set.add(socket);
        Self {
            set,
            handle,
            told: false,
            waiting: 0,
        }
    }
}

impl Udp {
    pub(super) fn is_bound(&self, port: u16) -> bool {
        self.bound.contains_key(&port)
    }

    /// Lets every touched port send.
    pub(super) fn flush(&mut self, now: Instant, stack: &mut Stack, leaving: &mut VecDeque<Frame>) {
        while let Some(port) = self.touched.pop_front() {
            if let Some(bound) = self.bound.get_mut(&port) {
                stack.egress(now, &mut bound.set, leaving);
            }
        }
    }
}

impl Sockets {
    /// Takes datagrams to `port`, at any of the owner's addresses, from now on.
    ///
    /// # Errors
    /// If the port is 0 or bound already.
    pub fn bind(&mut self, port: u16) -> Result<(), ListenError> {
        if port == 0 {
            return Err(ListenError::PortZero);
        }
        if self.udp.is_bound(port) {
            return Err(ListenError::InUse { port });
        }
        self.udp.bound.insert(port, Port::new(port));
        Ok(())
    }

    /// Takes no more datagrams to `port`; what waits there is lost.
    pub fn unbind(&mut self, port: u16) {
        self.udp.bound.remove(&port);
    }

    /// Sends a datagram from `local`, one of the owner's addresses and a bound port.
    ///
    /// # Errors
    /// If the port is not bound, no datagram can lead there, it is too long, or the port's buffer
    /// is full.
    pub fn send_to(
        &mut self,
        local: SocketAddr,
        remote: SocketAddr,
        payload: &[u8],
    ) -> Result<(), SendError> {
        let port = local.port();
        let bound = self.udp.bound.get_mut(&port);
        let bound = bound.ok_or(SendError::NotBound { port })?;
        let addresses = (v4(local.ip()), v4(remote.ip()));
        let (Some(source), Some(destination)) = addresses else {
            return Err(SendError::Address { remote });
        };
        if source.is_unspecified() || destination.is_unspecified() || remote.port() == 0 {
            return Err(SendError::Address { remote });
        }
        let limit = self.config.mtu - HEADERS;
        if payload.len() > limit {
            return Err(SendError::TooLong {
                octets: payload.len(),
                limit,
            });
        }
        let ends = UdpMetadata {
            local_address: Some(source.into()),
            ..UdpMetadata::from((destination, remote.port()))
        };
        let socket: &mut udp::Socket<'_> = bound.set.get_mut(bound.handle);
        let sent = socket.send_slice(payload, ends);
        sent.map_err(|_| SendError::Full { port })?;
        self.udp.touched.push_back(port);
        Ok(())
    }

    /// Appends the payload of the datagram that waits longest at `port` to `into`.
    ///
    /// What `into` has no room for is cut off.
    pub fn recv_from(&mut self, port: u16, into: &mut impl BufMut) -> Option<DatagramEnds> {
        let bound = self.udp.bound.get_mut(&port)?;
        let socket: &mut udp::Socket<'_> = bound.set.get_mut(bound.handle);
        bound.told = false;
        let (payload, ends) = socket.recv().ok()?;
        bound.waiting -= 1;
        into.put_slice(&payload[..payload.len().min(into.remaining_mut())]);
        let local = ends.local_address?;
        Some(DatagramEnds {
            remote: SocketAddr::new(ends.endpoint.addr.into(), ends.endpoint.port),
            local: SocketAddr::new(local.into(), port),
        })
    }

    pub(super) fn receive_datagram(
        &mut self,
        now: Instant,
        ip: &Ipv4<'_>,
    ) -> Result<(), DropReason> {
        let datagram = Datagram::parse(ip.payload()).map_err(|_| DropReason::TransportMalformed)?;
        if !datagram.verify_checksum(ip.source().into(), ip.destination().into()) {
            return Err(DropReason::TransportChecksum);
        }
        if ip.source().is_multicast() || ip.source().is_broadcast() {
            return Err(DropReason::Martian);
        }
        let port = datagram.destination_port();
        let bound = self.udp.bound.get_mut(&port);
        let bound = bound.ok_or(DropReason::PortClosed)?;
        let queue = |bound: &Port| bound.set.get::<udp::Socket<'_>>(bound.handle).recv_queue();
        let before = queue(bound);
        if bound.waiting == DATAGRAMS {
            return Err(DropReason::ReceiveQueueFull);
        }
        self.stack
            .ingress(now, &mut bound.set, ip.octets(), &mut self.leaving);
        if queue(bound) < before + datagram.payload().len() {
            return Err(DropReason::ReceiveQueueFull);
        }
        bound.waiting += 1;
        if !bound.told {
            bound.told = true;
            self.events.push_back(SocketEvent::Datagrams(port));
        }
        Ok(())
    }
}
