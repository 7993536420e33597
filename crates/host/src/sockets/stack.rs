//! The one door to smoltcp: one packet to one socket, and what that socket sends.
//!
//! smoltcp walks every socket of a set on every call, 35 to 40 ns each; so each set given to it here
//! holds one socket, or none.

use std::collections::VecDeque;

use bytes::BytesMut;
use smoltcp::iface::{Config, Interface, PollResult, SocketSet};
use smoltcp::phy::{self, Checksum, ChecksumCapabilities, DeviceCapabilities, Medium};
use smoltcp::socket::tcp;
use smoltcp::time::Instant as StackInstant;
use smoltcp::wire::HardwareAddress;
use switchlab_core::Instant;
use switchlab_wire::{Ethernet, Frame};

use super::connection::Key;

pub(super) struct Stack {
    interface: Interface,
    mtu: usize,
}

impl Stack {
    pub(super) fn new(seed: u64, mtu: usize) -> Self {
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = seed;
        let mut none = VecDeque::new();
        let mut wire = Wire {
            arriving: None,
            leaving: &mut none,
            mtu,
        };
        let mut interface = Interface::new(config, &mut wire, StackInstant::ZERO);
        // The owner knows its addresses and hands over what is for it; here any address will do.
        interface.set_any_ip(true);
        Self { interface, mtu }
    }

    /// Gives `packet` to the socket in `set`; what it answers at once goes to `leaving`.
    ///
    /// An empty set answers a TCP segment with RST.
    pub(super) fn ingress(
        &mut self,
        now: Instant,
        set: &mut SocketSet<'_>,
        packet: &[u8],
        leaving: &mut VecDeque<Frame>,
    ) {
        let mut wire = Wire {
            arriving: Some(packet),
            leaving,
            mtu: self.mtu,
        };
        self.interface
            .poll_ingress_single(stack_time(now), &mut wire, set);
    }

    /// Lets the socket in `set` send all it can.
    pub(super) fn egress(
        &mut self,
        now: Instant,
        set: &mut SocketSet<'_>,
        leaving: &mut VecDeque<Frame>,
    ) {
        let mut wire = Wire {
            arriving: None,
            leaving,
            mtu: self.mtu,
        };
        while self.interface.poll_egress(stack_time(now), &mut wire, set)
            == PollResult::SocketStateChanged
        {}
    }

    /// When the socket in `set` wants to be asked again; perhaps a moment long past, which means at once.
    pub(super) fn poll_at(&mut self, now: Instant, set: &SocketSet<'_>) -> Option<Instant> {
        let at = self.interface.poll_at(stack_time(now), set)?;
        Some(Instant::from_micros(
            u64::try_from(at.total_micros()).unwrap_or(0),
        ))
    }

    /// Makes `socket` send a SYN at its next egress.
    pub(super) fn connect(
        &mut self,
        socket: &mut tcp::Socket<'_>,
        key: Key,
    ) -> Result<(), tcp::ConnectError> {
        let remote = (key.remote, key.remote_port);
        let local = (key.local, key.local_port);
        socket.connect(self.interface.context(), remote, local)
    }
}

/// smoltcp counts microseconds; what it schedules comes back at a whole one.
fn stack_time(now: Instant) -> StackInstant {
    StackInstant::from_micros(i64::try_from(now.as_micros()).unwrap_or(i64::MAX))
}

/// One call's view of the network: at most one packet in, any number out.
struct Wire<'a> {
    arriving: Option<&'a [u8]>,
    leaving: &'a mut VecDeque<Frame>,
    mtu: usize,
}

impl phy::Device for Wire<'_> {
    type RxToken<'b>
        = Arriving<'b>
    where
        Self: 'b;
    type TxToken<'b>
        = Leaving<'b>
    where
        Self: 'b;

    fn receive(&mut self, _: StackInstant) -> Option<(Arriving<'_>, Leaving<'_>)> {
        let packet = self.arriving.take()?;
        Some((Arriving(packet), Leaving(self.leaving)))
    }

    fn transmit(&mut self, _: StackInstant) -> Option<Leaving<'_>> {
        Some(Leaving(self.leaving))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut checksum = ChecksumCapabilities::default();
        // Verified before a packet gets here.
        checksum.ipv4 = Checksum::Tx;
        checksum.tcp = Checksum::Tx;
        checksum.udp = Checksum::Tx;
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = self.mtu;
        capabilities.checksum = checksum;
        capabilities
    }
}

struct Arriving<'a>(&'a [u8]);

impl phy::RxToken for Arriving<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(self.0)
    }
}

struct Leaving<'a>(&'a mut VecDeque<Frame>);

impl phy::TxToken for Leaving<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, write: F) -> R {
        let mut octets = BytesMut::zeroed(Ethernet::HEADER_LEN + len);
        let result = write(&mut octets[Ethernet::HEADER_LEN..]);
        self.0.push_back(Frame::from(octets));
        result
    }
}
