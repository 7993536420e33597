//! A layer 4 switch between clients and servers, and a clerk who writes down what leaves it.
//!
//! Clients are 10.0.0.2 to 10.0.0.9 at port 0, servers 10.0.1.11 to 10.0.1.19 at port 1. The
//! virtual address is 192.0.2.10. All are known as neighbours.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use switchlab_core::{
    Command, ControlError, Device, Egress, Event, Ingress, Instant, PortId, step,
};
use switchlab_l3::{Attachment, InterfaceConfig, L3Config, Neighbour};
use switchlab_l4::{L4Config, L4Switch, ServiceConfig, ServiceProtocol};
use switchlab_wire::{
    EtherType, Ethernet, EthernetBuilder, FlowKey, Frame, Icmp, IpProtocol, Ipv4, Ipv4Builder,
    MacAddr, Tcp, TcpFlags, TcpHeader, Udp,
};

pub(crate) const OUTSIDE: PortId = PortId::new(0);
pub(crate) const INSIDE: PortId = PortId::new(1);
pub(crate) const VIRTUAL: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 10);
pub(crate) const SYN: TcpFlags = TcpFlags::SYN;
pub(crate) const ACK: TcpFlags = TcpFlags::ACK;
pub(crate) const RST: TcpFlags = TcpFlags::RST;

pub(crate) const fn client(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, number)
}

pub(crate) const fn server(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 1, number)
}

/// A switch with this many backends behind `web`, TCP port 80, and `dns`, UDP port 53.
pub(crate) fn config(backends: u8) -> L4Config {
    let mut l3 = L3Config::with_ports(2);
    for (port, nets) in [
        (OUTSIDE, &["10.0.0.1/24", "192.0.2.10/32"][..]),
        (INSIDE, &["10.0.1.1/24"]),
    ] {
        let nets = nets.iter().map(|net| net.parse().unwrap());
        let attachment = Attachment::Port(port);
        l3.interfaces
            .push(InterfaceConfig::new(attachment, own_mac(port), nets));
    }
    let clients = (2..10).map(|number| (client(number), OUTSIDE));
    let servers = (11..20).map(|number| (server(number), INSIDE));
    for (ip, port) in clients.chain(servers) {
        l3.neighbours.push(Neighbour {
            ip: ip.into(),
            mac: mac_of(ip),
            attachment: Attachment::Port(port),
        });
    }
    let mut config = L4Config::new("lb", l3);
    for (name, protocol, port) in [
        ("web", ServiceProtocol::Tcp, 80),
        ("dns", ServiceProtocol::Udp, 53),
    ] {
        let behind = (0..backends).map(|place| (server(11 + place), 8000 + port).into());
        let address = (VIRTUAL, port).into();
        config
            .services
            .push(ServiceConfig::new(name, protocol, address, behind));
    }
    config
}

pub(crate) fn own_mac(port: PortId) -> MacAddr {
    MacAddr::from_name(&format!("lb:{port}"))
}

pub(crate) fn mac_of(address: Ipv4Addr) -> MacAddr {
    MacAddr::from_name(&address.to_string())
}

pub(crate) fn udp(from: (Ipv4Addr, u16), to: (Ipv4Addr, u16)) -> Vec<u8> {
    Ipv4Builder::new(from.0, to.0).udp(from.1, to.1, b"hello")
}

pub(crate) fn tcp(
    from: (Ipv4Addr, u16),
    to: (Ipv4Addr, u16),
    flags: TcpFlags,
    sequence: u32,
    acknowledgment: u32,
) -> Vec<u8> {
    let header = TcpHeader {
        source_port: from.1,
        destination_port: to.1,
        sequence,
        acknowledgment,
        flags,
        window: 8192,
        ..TcpHeader::default()
    };
    Ipv4Builder::new(from.0, to.0).tcp(&header, b"")
}

/// A packet in a frame for the switch.
pub(crate) fn frame(port: PortId, packet: &[u8]) -> Frame {
    let from = Ipv4::parse(packet).map_or(MacAddr::ZERO, |ip| mac_of(ip.source()));
    EthernetBuilder::new(from, own_mac(port)).packet(packet)
}

/// Lets a packet arrive.
pub(crate) fn push(rx: &mut Ingress, port: PortId, packet: &[u8]) {
    rx.push(port, frame(port, packet));
}

/// The switch, the time, and what was written down.
pub(crate) struct Bed {
    pub(crate) switch: L4Switch,
    pub(crate) now: Instant,
    /// What happened and when, as lines.
    pub(crate) log: Vec<String>,
    /// What left while time passed.
    pub(crate) left: Vec<String>,
    /// How servers take connections from the switch itself; who is not named is silent.
    pub(crate) answers: Vec<(Ipv4Addr, Answer)>,
}

/// How a server takes a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Accepts,
    Refuses,
    Silent,
}

impl Bed {
    pub(crate) fn new(config: L4Config) -> Self {
        let switch = L4Switch::new(config).expect("the settings of the test are sound");
        Self {
            switch,
            now: Instant::ZERO,
            log: Vec::new(),
            left: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// Gives the switch a packet, and returns what left because of it.
    pub(crate) fn give(&mut self, port: PortId, packet: &[u8]) -> Vec<String> {
        let (mut rx, mut tx) = (Ingress::default(), Egress::default());
        rx.push(port, frame(port, packet));
        step(&mut self.switch, self.now, &mut rx, &mut tx);
        self.read(&mut tx)
    }

    /// Gives it a packet, and returns the one line of what left.
    pub(crate) fn one(&mut self, port: PortId, packet: &[u8]) -> String {
        let lines = self.give(port, packet);
        assert!(lines.len() <= 1, "one packet at most leaves: {lines:?}");
        lines.into_iter().next().unwrap_or("nothing".to_owned())
    }

    /// Lets time pass until `at`, that instant included, with the servers answering probes.
    pub(crate) fn wait_until(&mut self, at: Instant) {
        while let Some(due) = self.switch.poll_timeout().filter(|due| *due <= at) {
            self.now = due.max(self.now);
            let mut tx = Egress::default();
            self.switch.handle_timeout(self.now, &mut tx);
            self.serve(tx);
        }
        self.now = at;
    }

    pub(crate) fn wait(&mut self, span: Duration) {
        self.wait_until(self.now + span);
    }

    pub(crate) fn control(&mut self, command: &Command) -> Result<(), ControlError> {
        let mut tx = Egress::default();
        let done = self.switch.control(self.now, command, &mut tx);
        self.serve(tx);
        done
    }

    /// The lines written down since this was asked last.
    pub(crate) fn take_log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    /// The backend of the flow that the next packet begins, by the event that tells it.
    pub(crate) fn assigned(&mut self, packet: &[u8]) -> Option<String> {
        self.take_log();
        self.give(OUTSIDE, packet);
        let lines = self.take_log();
        let line = lines.iter().find(|line| line.contains("assigned"))?;
        line.rsplit(' ').next().map(str::to_owned)
    }

    /// The servers answer what was sent to them, at once.
    fn serve(&mut self, mut tx: Egress) {
        loop {
            let mut answers = Ingress::default();
            for (_, frame) in tx.iter() {
                if let Some(answer) = answer(frame, &self.answers) {
                    answers.push(INSIDE, answer);
                }
            }
            let lines = self.read(&mut tx);
            self.left.extend(lines);
            if answers.is_empty() {
                break;
            }
            step(&mut self.switch, self.now, &mut answers, &mut tx);
        }
    }

    fn read(&mut self, tx: &mut Egress) -> Vec<String> {
        assert!(
            self.switch.counters().is_balanced(),
            "every frame is accounted for: {:?}",
            self.switch.counters()
        );
        let mut lines = Vec::new();
        while let Some((port, frame)) = tx.next() {
            let ethernet = Ethernet::parse(frame.octets()).unwrap();
            lines.push(match ethernet.payload_type() {
                EtherType::IPV4 => format!("{port}: {}", line_of(ethernet.payload())),
                other => format!("{port}: {other:?}"),
            });
        }
        while let Some(event) = self.switch.poll_event() {
            let at = self.now.as_nanos() as f64 / 1e9;
            self.log.push(match event {
                Event::Assigned(it) => {
                    format!("{at} {} {} assigned to {}", it.group, it.client, it.target)
                }
                Event::TargetChanged(it) => {
                    format!(
                        "{at} {} {} {} > {} {}",
                        it.group, it.target, it.from, it.to, it.reason
                    )
                }
                other => format!("{at} {other:?}"),
            });
        }
        lines
    }
}

/// What a server says to a segment of a probe, if it says anything.
pub(crate) fn answer(frame: &Frame, answers: &[(Ipv4Addr, Answer)]) -> Option<Frame> {
    let ethernet = Ethernet::parse(frame.octets()).ok()?;
    let ip = Ipv4::parse(ethernet.payload()).ok()?;
    let tcp = Tcp::parse(ip.payload()).ok()?;
    let (_, answer) = answers.iter().find(|(at, _)| *at == ip.destination())?;
    let behind = tcp.sequence().wrapping_add(1);
    let is_probe = ip.source() == Ipv4Addr::new(10, 0, 1, 1);
    let (flags, sequence) = match answer {
        Answer::Silent => return None,
        _ if !is_probe => return None,
        Answer::Refuses if tcp.flags().contains(SYN) => (RST | ACK, 0),
        Answer::Accepts if tcp.flags().contains(SYN) => (SYN | ACK, 7000),
        _ if tcp.flags().contains(TcpFlags::FIN) => (TcpFlags::FIN | ACK, 7001),
        _ => return None,
    };
    let packet = self::tcp(
        (ip.destination(), tcp.destination_port()),
        (ip.source(), tcp.source_port()),
        flags,
        sequence,
        behind,
    );
    Some(self::frame(INSIDE, &packet))
}

/// A packet as a line, after its checksums were verified.
pub(crate) fn line_of(packet: &[u8]) -> String {
    let ip = Ipv4::parse(packet).expect("a packet left");
    assert!(ip.verify_checksum(), "IP checksum");
    let (source, destination) = (IpAddr::V4(ip.source()), IpAddr::V4(ip.destination()));
    let key = FlowKey::of(ip.octets()).expect("it can be read");
    match ip.protocol() {
        _ if ip.is_fragment() => format!(
            "{} > {} piece at {} of {} octets",
            source,
            destination,
            ip.fragment_offset(),
            ip.payload().len()
        ),
        IpProtocol::TCP => {
            let tcp = Tcp::parse(ip.payload()).unwrap();
            assert!(tcp.verify_checksum(source, destination), "TCP checksum");
            format!("{key} {}", tcp.flags())
        }
        IpProtocol::UDP => {
            let udp = Udp::parse(ip.payload()).unwrap();
            assert!(udp.verify_checksum(source, destination), "UDP checksum");
            let none = if udp.checksum() == 0 {
                " unchecked"
            } else {
                ""
            };
            format!("{key}{none}")
        }
        IpProtocol::ICMP => {
            let icmp = Icmp::parse(ip.payload()).unwrap();
            assert!(icmp.verify_checksum(), "ICMP checksum");
            match icmp.quoted() {
                Some(quoted) => {
                    let quoted = quoted.expect("the quoted packet can be read");
                    assert!(quoted.verify_checksum(), "quoted IP checksum");
                    let about = key.reversed();
                    format!(
                        "{source} > {destination} ICMP {}/{} about {about}",
                        icmp.icmp_type().0,
                        icmp.code()
                    )
                }
                None => format!("{source} > {destination} ICMP {}", icmp.icmp_type().0),
            }
        }
        _ => key.to_string(),
    }
}
