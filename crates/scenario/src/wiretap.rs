//! The capture of a run: every transmission once, as pcapng.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io::Write;

use switchlab_capture::{Direction, InterfaceId, WriteError, Writer};
use switchlab_core::{Event, Instant, NodeId, PortId};
use switchlab_sim::{Arrival, Observer};
use switchlab_topology::{End, Topology};

/// Writes what is sent in a run: each frame once, on the interface `NODE:PORT` of its sender, stamped
/// with the start of its transmission and flagged outbound, in the order of the stamps.
///
/// A frame that the link loses later is there: it was sent.
pub struct Wiretap<W: Write> {
    writer: Writer<W>,
    interfaces: BTreeMap<End, InterfaceId>,
    /// Frames whose transmission begins later than anything seen to happen so far. One before them
    /// in time may still come.
    ahead: BinaryHeap<Reverse<Transmission>>,
    number: u64,
    /// The first thing that went wrong; an observer cannot say so at once.
    failure: Option<WriteError>,
}

/// A frame on its way out, in the order of the capture.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Transmission {
    start: Instant,
    end: End,
    number: u64,
    octets: Vec<u8>,
}

impl<W: Write> Wiretap<W> {
    /// Begins a capture of the transmissions of some ports and of those plugged into them, so of both
    /// directions at each; of all ports if none is named.
    ///
    /// # Errors
    /// [`WriteError`] if the head of the file cannot be written.
    pub fn new(
        to: W,
        comment: Option<&str>,
        topology: &Topology,
        ports: &[End],
    ) -> Result<Self, WriteError> {
        let mut writer = Writer::new(to, comment)?;
        let mut ends: Vec<_> = topology
            .links()
            .filter(|link| ports.is_empty() || link.ends.iter().any(|end| ports.contains(end)))
            .flat_map(|link| link.ends)
            .collect();
        ends.sort();
        let interfaces = ends
            .into_iter()
            .map(|end| Ok((end, writer.interface(&topology.end_name(end))?)))
            .collect::<Result<_, WriteError>>()?;
        Ok(Self {
            writer,
            interfaces,
            ahead: BinaryHeap::new(),
            number: 0,
            failure: None,
        })
    }

    /// Writes what is left, and gives back what was written to.
    ///
    /// # Errors
    /// [`WriteError`], the first of the whole run.
    pub fn finish(mut self) -> Result<W, WriteError> {
        self.write_until(Instant::MAX);
        match self.failure {
            Some(failure) => Err(failure),
            None => self.writer.finish(),
        }
    }

    /// Writes the frames sent up to `now`; all that comes later was sent later.
    fn write_until(&mut self, now: Instant) {
        while self.failure.is_none()
            && let Some(Reverse(next)) = self.ahead.peek()
            && next.start <= now
        {
            let interface = self.interfaces[&next.end];
            let outbound = Some(Direction::Outbound);
            let written = self
                .writer
                .frame(interface, next.start, outbound, &next.octets);
            self.failure = written.err();
            self.ahead.pop();
        }
    }

    /// Nothing that is told from here on begins before `now`.
    fn time_is(&mut self, now: Instant) {
        // What begins at this very instant may still come in another order.
        if let Some(before) = now.as_nanos().checked_sub(1) {
            self.write_until(Instant::from_nanos(before));
        }
    }
}

impl<W: Write> Observer for Wiretap<W> {
    fn transmitted(&mut self, start: Instant, node: NodeId, port: PortId, octets: &[u8]) {
        let end = End { node, port };
        if self.interfaces.contains_key(&end) {
            self.ahead.push(Reverse(Transmission {
                start,
                end,
                number: self.number,
                octets: octets.to_vec(),
            }));
            self.number += 1;
        }
    }

    fn withdrawn(&mut self, at: Instant, node: NodeId, port: PortId) {
        let end = End { node, port };
        self.ahead
            .retain(|Reverse(next)| next.end != end || next.start <= at);
    }

    fn ended(&mut self, at: Instant) {
        self.write_until(at);
        self.ahead.clear();
    }

    fn delivered(&mut self, arrival: Arrival, _: &[u8]) {
        self.time_is(arrival.at);
    }

    fn admin(&mut self, at: Instant, _: NodeId, _: &str) {
        self.time_is(at);
    }

    fn event(&mut self, at: Instant, _: NodeId, _: Event) {
        self.time_is(at);
    }

    /// A capture that cannot be written is no reason to run on.
    fn is_finished(&self) -> bool {
        self.failure.is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use switchlab_capture::Reader;
    use switchlab_topology::{LinkConfig, TopologyBuilder};

    use super::*;

    /// A switch between two hosts: `a:0`, `sw:0`, `b:0`, `sw:1`.
    fn topology() -> Topology {
        let mut plan = TopologyBuilder::default();
        plan.node("a", 1).node("b", 1).node("sw", 2);
        plan.link("a", "sw:0", LinkConfig::default());
        plan.link("b", "sw:1", LinkConfig::default());
        plan.build().expect("a good plan")
    }

    fn end(topology: &Topology, node: &str, port: u16) -> End {
        End {
            node: topology.find(node).expect("a node of the plan"),
            port: PortId::new(port),
        }
    }

    /// Tells a wiretap of transmissions `(start, node, port)` with an arrival at each stated instant.
    fn tell(tap: &mut Wiretap<impl Write>, topology: &Topology) {
        let a = end(topology, "a", 0);
        #[rustfmt::skip]
        let story = [
            // now  begins  at
            (10,    10,     a),
            (10,    40,     a), // waits for its turn in the queue
            (20,    20,     end(topology, "sw", 1)),
            (30,    30,     end(topology, "b", 0)),
            (30,    30,     end(topology, "a", 0)),
            (50,    50,     end(topology, "sw", 0)),
        ];
        for (now, start, end) in story {
            tap.delivered(
                Arrival {
                    at: Instant::from_nanos(now),
                    node: end.node,
                    port: end.port,
                    number: 0,
                },
                &[],
            );
            tap.transmitted(
                Instant::from_nanos(start),
                end.node,
                end.port,
                &[start as u8; 14],
            );
        }
    }

    fn captured(ports: &[(&str, u16)]) -> Vec<String> {
        let topology = topology();
        let ports: Vec<_> = ports
            .iter()
            .map(|(node, port)| end(&topology, node, *port))
            .collect();
        let mut tap = Wiretap::new(Vec::new(), None, &topology, &ports).expect("memory takes all");
        tell(&mut tap, &topology);
        let file = tap.finish().expect("memory takes all");
        lines(&file)
    }

    /// The frames of a capture as `NANOSECONDS INTERFACE`.
    fn lines(file: &[u8]) -> Vec<String> {
        let mut reader = Reader::new(file).expect("just written");
        let mut lines = Vec::new();
        while let Some(frame) = reader.next() {
            let frame = frame.expect("just written");
            assert_eq!(frame.direction, Some(Direction::Outbound));
            assert_eq!(u64::from(frame.octets[0]), frame.at.as_nanos());
            let interface = &reader.interfaces()[frame.interface.index()];
            let name = interface.name.as_deref().expect("ports have names");
            lines.push(format!("{} {name}", frame.at.as_nanos()));
        }
        lines
    }

    #[test]
    fn each_transmission_is_there_once_and_in_order() {
        assert_eq!(
            captured(&[]),
            ["10 a:0", "20 sw:1", "30 a:0", "30 b:0", "40 a:0", "50 sw:0"]
        );
    }

    #[test]
    fn a_port_is_heard_in_both_directions() {
        assert_eq!(captured(&[("b", 0)]), ["20 sw:1", "30 b:0"]);
        assert_eq!(
            captured(&[("sw", 0)]),
            ["10 a:0", "30 a:0", "40 a:0", "50 sw:0"]
        );
    }

    #[test]
    fn what_never_began_is_not_there() {
        let topology = topology();
        let (a, b) = (end(&topology, "a", 0), end(&topology, "b", 0));
        let mut tap = Wiretap::new(Vec::new(), None, &topology, &[]).expect("memory takes all");
        for (start, end) in [(10, a), (30, a), (35, b), (50, b)] {
            let start = Instant::from_nanos(start);
            tap.transmitted(start, end.node, end.port, &[start.as_nanos() as u8; 14]);
        }
        // At 20 the cable of a is pulled; at 40 the run is over.
        tap.withdrawn(Instant::from_nanos(20), a.node, a.port);
        tap.ended(Instant::from_nanos(40));
        let file = tap.finish().expect("memory takes all");
        assert_eq!(lines(&file), ["10 a:0", "35 b:0"]);
    }

    #[test]
    fn a_failure_ends_the_run_and_is_told_in_the_end() {
        /// Takes so many octets and no more.
        struct Full(usize);
        impl Write for Full {
            fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
                self.0 = self
                    .0
                    .checked_sub(octets.len())
                    .ok_or(io::ErrorKind::StorageFull)?;
                Ok(octets.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let topology = topology();
        let mut tap = Wiretap::new(Full(400), None, &topology, &[]).expect("the head fits");
        assert!(!tap.is_finished());
        tell(&mut tap, &topology);
        assert!(tap.is_finished());
        assert!(tap.finish().is_err());
    }
}
