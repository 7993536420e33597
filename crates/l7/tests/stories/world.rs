//! A switch on one LAN with machines that speak TCP and do as they are told, in virtual time.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use switchlab_balance::{GroupConfig, HealthCheck};
use switchlab_core::{
    Command, ControlError, Device, Egress, Event, Ingress, Instant, PortId, Silent, Step, Stream,
    Table, step,
};
use switchlab_host::{
    ConnectionEvent, ConnectionId, InterfaceConfig, SocketEvent, SocketsConfig, Station,
    StationConfig,
};
use switchlab_l7::{Action, L7Config, L7Switch, ListenerConfig};
use switchlab_wire::{Ethernet, Frame, MacAddr};

/// How long a frame takes from one machine to any other.
pub(crate) const DELAY: Duration = Duration::from_micros(50);
const PORT: PortId = PortId::new(0);

/// What a server does with what it has received on a connection so far.
pub(crate) enum Act {
    /// It waits for more.
    Wait,
    /// It answers, and forgets what it has received.
    Answer(Vec<u8>),
    /// It answers, then closes.
    AnswerAndClose(Vec<u8>),
    /// It answers, then resets the connection.
    AnswerAndReset(Vec<u8>),
}

type Script = Box<dyn FnMut(&[u8]) -> Act>;

/// One connection as a machine sees it, for ever.
pub(crate) struct Line {
    id: ConnectionId,
    pub(crate) received: Vec<u8>,
    to_send: Vec<u8>,
    and_then: Option<bool>,
    /// Whether what comes is read at all.
    pub(crate) reads: bool,
    pub(crate) events: Vec<ConnectionEvent>,
}

impl Line {
    /// How the connection ended, as far as its owner was told.
    pub(crate) fn end(&self) -> Option<ConnectionEvent> {
        let is_end =
            |event: &&ConnectionEvent| event.is_final() || **event == ConnectionEvent::PeerClosed;
        self.events.iter().rev().find(is_end).copied()
    }

    /// How much has not even been taken by the connection.
    pub(crate) fn left(&self) -> usize {
        self.to_send.len()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.received).into_owned()
    }
}

pub(crate) struct Machine {
    pub(crate) station: Station,
    address: Ipv4Addr,
    pub(crate) lines: Vec<Line>,
    script: Option<Script>,
    /// Everything any connection has received, requests of health checks left out.
    pub(crate) seen: Vec<String>,
    /// The requests of health checks.
    pub(crate) probes: Vec<String>,
    pub(crate) is_crashed: bool,
    /// What health checks are answered with; nothing at all if there is none.
    pub(crate) health: Option<&'static str>,
}

impl Machine {
    fn new(last: u8) -> Self {
        let sockets = SocketsConfig {
            send_buffer: 8 << 10,
            receive_buffer: 8 << 10,
            ..SocketsConfig::default()
        };
        let config = StationConfig {
            interfaces: vec![interface(last)],
            gateway: None,
            sockets,
        };
        Self {
            station: Station::new(config, Stream::of(1, &last.to_string())).unwrap(),
            address: address(last),
            lines: Vec::new(),
            script: None,
            seen: Vec::new(),
            probes: Vec::new(),
            is_crashed: false,
            health: Some("200 OK"),
        }
    }

    fn settle(&mut self, now: Instant, tx: &mut Egress) {
        loop {
            let event = self.station.sockets_mut().poll_event().or_else(|| {
                self.station.flush(now, tx);
                self.station.sockets_mut().poll_event()
            });
            let Some(SocketEvent::Connection(id, event)) = event else {
                return;
            };
            if event == ConnectionEvent::Accepted {
                self.lines.push(Line {
                    id,
                    received: Vec::new(),
                    to_send: Vec::new(),
                    and_then: None,
                    reads: true,
                    events: Vec::new(),
                });
            }
            let Some(place) = self.lines.iter().rposition(|line| line.id == id) else {
                continue;
            };
            self.lines[place].events.push(event);
            self.go_on(place);
            if event == ConnectionEvent::PeerClosed && self.script.is_some() {
                self.lines[place].and_then = Some(true);
                self.go_on(place);
            }
        }
    }

    fn go_on(&mut self, place: usize) {
        let Self {
            lines,
            script,
            station,
            seen,
            probes,
            health,
            ..
        } = self;
        let (line, sockets) = (&mut lines[place], station.sockets_mut());
        if line.reads {
            let before = line.received.len();
            while sockets.recv(line.id, &mut line.received, 1 << 16) > 0 {}
            if line.received.len() > before
                && let Some(script) = script
            {
                if line.received[..line.received.len().min(300)]
                    .windows(20)
                    .any(|window| window == b"ELB-HealthChecker/2.")
                {
                    if let Some(status) = health {
                        line.to_send =
                            format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok").into();
                        line.and_then = Some(true);
                    }
                    probes.push(String::from_utf8_lossy(&line.received).into_owned());
                    line.received.clear();
                } else {
                    let act = script(&line.received);
                    let (octets, and_then) = match act {
                        Act::Wait => (None, None),
                        Act::Answer(octets) => (Some(octets), None),
                        Act::AnswerAndClose(octets) => (Some(octets), Some(true)),
                        Act::AnswerAndReset(octets) => (Some(octets), Some(false)),
                    };
                    if let Some(octets) = octets {
                        seen.push(String::from_utf8_lossy(&line.received).into_owned());
                        line.received.clear();
                        line.to_send.extend(octets);
                        line.and_then = and_then;
                    }
                }
            }
        }
        let taken = sockets.send(line.id, &line.to_send);
        line.to_send.drain(..taken);
        if line.to_send.is_empty() {
            match line.and_then.take() {
                Some(true) => sockets.shutdown(line.id),
                Some(false) => {
                    // What was sent leaves first.
                    line.and_then = Some(false);
                }
                None => {}
            }
        }
    }
}

fn address(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, last)
}

fn interface(last: u8) -> InterfaceConfig {
    let net = format!("10.0.0.{last}/24").parse().unwrap();
    InterfaceConfig::new(MacAddr::new([2, 0, 0, 0, 0, last]), [net])
}

/// The machines' numbers are the last octets of their addresses: the switch is 10.
pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) switch: L7Switch,
    pub(crate) machines: Vec<(u8, Machine)>,
    flying: VecDeque<(Instant, u8, Frame)>,
    pub(crate) events: Vec<(Instant, Event)>,
    /// Whether the switch is asked why, and what it said.
    pub(crate) explains: bool,
    pub(crate) steps: Vec<Step>,
    /// Whether the switch keeps an access log.
    pub(crate) logs: bool,
}

/// A switch at 10.0.0.10:80 whose group `web` has these targets on port 80.
pub(crate) fn config(targets: &[u8]) -> L7Config {
    let addresses = targets
        .iter()
        .map(|last| SocketAddr::from((address(*last), 80)));
    let mut group = GroupConfig::new("web", addresses);
    group.health_check = Some(HealthCheck {
        path: "/health".into(),
        interval: Duration::from_secs(5),
        timeout: Duration::from_secs(2),
        healthy: 2,
        unhealthy: 2,
        ..HealthCheck::default()
    });
    let mut config = L7Config::new("alb", vec![interface(10)]);
    config.groups = vec![group.into()];
    config.listeners = vec![ListenerConfig::new(80, Action::forward("web"))];
    config
}

impl World {
    pub(crate) fn new(config: L7Config) -> Self {
        Self {
            now: Instant::ZERO,
            logs: config.access_log,
            switch: L7Switch::new(config).unwrap(),
            machines: vec![(2, Machine::new(2))],
            flying: VecDeque::new(),
            events: Vec::new(),
            explains: false,
            steps: Vec::new(),
        }
    }

    /// Adds a server on port 80 that acts by a script.
    pub(crate) fn serve(mut self, last: u8, script: impl FnMut(&[u8]) -> Act + 'static) -> Self {
        let mut machine = Machine::new(last);
        machine.station.sockets_mut().listen(80).unwrap();
        machine.script = Some(Box::new(script));
        self.machines.push((last, machine));
        self
    }

    pub(crate) fn machine(&mut self, last: u8) -> &mut Machine {
        let found = self.machines.iter_mut().find(|(other, _)| *other == last);
        &mut found.unwrap().1
    }

    /// Opens a connection from the client to the switch, and says its place among the client's lines.
    pub(crate) fn open(&mut self, port: u16) -> usize {
        let machine = &mut self.machines[0].1;
        let local = IpAddr::V4(machine.address);
        let id = machine
            .station
            .sockets_mut()
            .connect(local, (address(10), port).into())
            .unwrap();
        machine.lines.push(Line {
            id,
            received: Vec::new(),
            to_send: Vec::new(),
            and_then: None,
            reads: true,
            events: Vec::new(),
        });
        let place = machine.lines.len() - 1;
        self.attend(2);
        place
    }

    pub(crate) fn send(&mut self, line: usize, octets: &[u8]) {
        let machine = &mut self.machines[0].1;
        machine.lines[line].to_send.extend_from_slice(octets);
        machine.go_on(line);
        self.attend(2);
    }

    /// The client closes its sending side behind what it has written.
    pub(crate) fn close(&mut self, line: usize) {
        let machine = &mut self.machines[0].1;
        machine.lines[line].and_then = Some(true);
        machine.go_on(line);
        self.attend(2);
    }

    /// A machine has kept its connections for long enough, and closes them.
    pub(crate) fn tire(&mut self, last: u8) {
        let machine = self.machine(last);
        let sockets = machine.station.sockets_mut();
        for line in &machine.lines {
            sockets.close(line.id);
        }
        self.attend(last);
    }

    pub(crate) fn abort(&mut self, line: usize) {
        let machine = &mut self.machines[0].1;
        let id = machine.lines[line].id;
        machine.station.sockets_mut().abort(id);
        self.attend(2);
    }

    /// The client leaves lying what comes.
    pub(crate) fn leave(&mut self, line: usize) {
        self.machines[0].1.lines[line].reads = false;
    }

    /// How many connections the switch has, TIME-WAIT not counted.
    pub(crate) fn switch_connections(&self) -> usize {
        let tables = self.switch.tables();
        let connections = tables.iter().find(|table| table.title == "connections");
        let is_alive = |row: &&Vec<String>| row[2] != "TIME-WAIT";
        connections.unwrap().rows.iter().filter(is_alive).count()
    }

    pub(crate) fn switch_tables(&self) -> Vec<Table> {
        self.switch.tables()
    }

    /// Whether no connection of a client or to a target is left, but for a probe's.
    pub(crate) fn switch_is_empty(&self) -> bool {
        let targets = self.switch.tables();
        let busy = targets[0].rows.iter().any(|row| row[4] != "0");
        self.switch_connections() == 0 && !busy
    }

    /// Forgets the client's connections of the past.
    pub(crate) fn forget_lines(&mut self) {
        self.machines[0].1.lines.clear();
    }

    /// The client reads from now on what it had left lying.
    pub(crate) fn read(&mut self, line: usize) {
        let machine = &mut self.machines[0].1;
        machine.lines[line].reads = true;
        machine.go_on(line);
        self.attend(2);
    }

    pub(crate) fn line(&self, line: usize) -> &Line {
        &self.machines[0].1.lines[line]
    }

    pub(crate) fn control(&mut self, command: &Command) -> Result<(), ControlError> {
        let mut tx = Egress::default();
        let result = self.switch.control(self.now, command, &mut tx);
        self.after_switch(&mut tx);
        result
    }

    /// Runs to this many milliseconds since the start, that moment included.
    pub(crate) fn run_to(&mut self, millis: u64) {
        let end = Instant::from_millis(millis);
        let mut budget = 3_000_000_u32;
        loop {
            let mut next = self.flying.front().map(|(at, ..)| *at);
            let deadlines = self
                .machines
                .iter()
                .filter_map(|(_, machine)| machine.station.poll_timeout());
            for due in deadlines.chain(self.switch.poll_timeout()) {
                let due = due.max(self.now);
                next = Some(next.map_or(due, |next| next.min(due)));
            }
            let Some(next) = next.filter(|next| *next <= end) else {
                break;
            };
            budget -= 1;
            assert!(budget > 0, "nothing comes to rest");
            self.turn(next);
        }
        self.now = end;
    }

    fn turn(&mut self, now: Instant) {
        self.now = now;
        while let Some((at, ..)) = self.flying.front()
            && *at <= now
        {
            let (_, to, frame) = self.flying.pop_front().unwrap();
            if to == 10 {
                let (mut rx, mut tx) = (Ingress::default(), Egress::default());
                if self.explains {
                    let why = self.switch.receive_explained(now, PORT, frame, &mut tx);
                    self.steps.extend(why.steps);
                } else {
                    rx.push(PORT, frame);
                    step(&mut self.switch, now, &mut rx, &mut tx);
                }
                self.after_switch(&mut tx);
            } else {
                let mut tx = Egress::default();
                let machine = self.machine(to);
                if !machine.is_crashed {
                    machine
                        .station
                        .receive(now, PORT, frame, &mut tx, &mut Silent);
                    machine.settle(now, &mut tx);
                    machine.reset_what_is_to_be();
                    machine.station.flush(now, &mut tx);
                }
                self.fly(to, &mut tx);
            }
        }
        let (mut rx, mut tx) = (Ingress::default(), Egress::default());
        step(&mut self.switch, now, &mut rx, &mut tx);
        self.after_switch(&mut tx);
        let numbers: Vec<u8> = self.machines.iter().map(|(last, _)| *last).collect();
        for last in numbers {
            let machine = self.machine(last);
            let mut tx = Egress::default();
            machine.station.handle_timeout(now, &mut tx);
            machine.settle(now, &mut tx);
            if machine.is_crashed {
                tx.clear();
            }
            self.fly(last, &mut tx);
        }
    }

    fn attend(&mut self, last: u8) {
        let now = self.now;
        let mut tx = Egress::default();
        let machine = self.machine(last);
        machine.settle(now, &mut tx);
        self.fly(last, &mut tx);
    }

    fn after_switch(&mut self, tx: &mut Egress) {
        assert!(
            self.switch.counters().is_balanced(),
            "every frame is accounted for"
        );
        while let Some(event) = self.switch.poll_event() {
            self.events.push((self.now, event));
        }
        self.fly(10, tx);
    }

    fn fly(&mut self, from: u8, tx: &mut Egress) {
        while let Some((_, frame)) = tx.next() {
            let destination = Ethernet::parse(frame.octets()).unwrap().destination();
            let everybody = [10]
                .into_iter()
                .chain(self.machines.iter().map(|(last, _)| *last));
            let mut frame = frame;
            let takers: Vec<u8> = everybody
                .filter(|last| {
                    *last != from && (destination.is_group() || destination.octets()[5] == *last)
                })
                .collect();
            for to in takers {
                self.flying.push_back((self.now + DELAY, to, frame.share()));
            }
        }
    }

    /// How many requests targets have under way.
    pub(crate) fn under_way(&self) -> u64 {
        let tables = self.switch.tables();
        let targets = tables.iter().filter(|table| table.title == "targets");
        let rows = targets.flat_map(|table| &table.rows);
        rows.map(|row| row[4].parse::<u64>().unwrap()).sum()
    }

    /// The access log.
    pub(crate) fn log(&self) -> Vec<String> {
        let line = |(_, event): &(_, Event)| match event {
            Event::Logged(line) => Some(line.to_string()),
            _ => None,
        };
        self.events.iter().filter_map(line).collect()
    }

    /// The counter of an application of the switch.
    pub(crate) fn count(&self, app: &str, counter: &str) -> u64 {
        let counters = self.switch.counters();
        let mut apps = counters.apps.into_iter();
        let found = apps.find(|other| &*other.app == app && other.counter == counter);
        found
            .unwrap_or_else(|| panic!("{app}.{counter} is counted"))
            .value
    }

    /// What the switch told of answers: status and, for targets, their last octet.
    pub(crate) fn answers(&self) -> Vec<(u16, Option<u8>)> {
        let answer = |(_, event): &(Instant, Event)| match event {
            Event::Answered(answer) => {
                let last = |target: SocketAddr| match target.ip() {
                    IpAddr::V4(address) => address.octets()[3],
                    IpAddr::V6(_) => 0,
                };
                Some((answer.status, answer.target.map(last)))
            }
            _ => None,
        };
        self.events.iter().filter_map(answer).collect()
    }

    /// When the last answer was told, and why.
    pub(crate) fn last_answer(&self) -> (Instant, String) {
        let answer = |(at, event): &(Instant, Event)| match event {
            Event::Answered(answer) => Some((*at, answer.because.to_string())),
            _ => None,
        };
        self.events
            .iter()
            .rev()
            .find_map(answer)
            .expect("there was an answer")
    }
}

impl Machine {
    /// Resets connections that are to be reset behind what was sent.
    fn reset_what_is_to_be(&mut self) {
        for line in &mut self.lines {
            if line.and_then == Some(false) && line.to_send.is_empty() {
                line.and_then = None;
                self.station.sockets_mut().abort(line.id);
            }
        }
    }

    /// Acts by another script from now on.
    pub(crate) fn act(&mut self, script: impl FnMut(&[u8]) -> Act + 'static) {
        self.script = Some(Box::new(script));
    }

    /// Stops as a process does: the port refuses, connections are closed.
    pub(crate) fn stop(&mut self) {
        let sockets = self.station.sockets_mut();
        sockets.unlisten(80);
        for line in &self.lines {
            sockets.close(line.id);
        }
    }
}

/// Answers every whole request without a body, with this body, and keeps the connection.
pub(crate) fn greeter(body: &'static str) -> impl FnMut(&[u8]) -> Act {
    move |received| {
        if !received.ends_with(b"\r\n\r\n") {
            return Act::Wait;
        }
        let sent = if received.starts_with(b"HEAD") {
            ""
        } else {
            body
        };
        Act::Answer(
            format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{sent}",
                body.len()
            )
            .into(),
        )
    }
}

pub(crate) const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n";

/// A request on a connection of its own at `millis`; what has come back 900 ms later.
pub(crate) fn ask(world: &mut World, millis: u64, octets: &[u8]) -> String {
    world.run_to(millis);
    let line = world.open(80);
    world.send(line, octets);
    world.run_to(millis + 500);
    world.send(line, b"");
    world.run_to(millis + 900);
    let text = world.line(line).text();
    world.close(line);
    text
}

pub(crate) fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}
