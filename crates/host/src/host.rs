//! A station with applications on it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use switchlab_core::{
    AppCounter, Command, ControlError, Counters, Device, Egress, Event, Explain, Explanation,
    Ingress, Instant, PortId, Silent, Stream, Table, Verdict,
};
use switchlab_wire::Frame;

use crate::apps::{self, AppError};
use crate::owners::Owners;
use crate::{
    App, ConnectionEvent, ConnectionId, EchoReply, HostConfig, Kernel, SocketEvent, Station,
    StationError, Taken,
};

/// Octets of headers in front of a datagram's payload.
const DATAGRAM_HEADERS: usize = 28;

/// A virtual host: interfaces, TCP and UDP, and applications above them.
///
/// Its applications begin with its first turn. `Command::Stop` ends them as a kernel ends processes:
/// their ports refuse from then on, and their connections are closed. A host that is switched off says
/// nothing at all, which its peers can tell from that. `Command::Start` begins them anew;
/// `Command::Conclude` lets them report what is unfinished.
pub struct Host {
    station: Station,
    apps: Vec<Installed>,
    owners: Owners,
    events: VecDeque<Event>,
    /// What applications draw from.
    stream: Stream,
    life: Life,
    /// When the sockets had something to tell that waits for the next turn.
    unsettled: Option<Instant>,
    now: Instant,
}

struct Installed {
    name: Arc<str>,
    app: Box<dyn App>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    /// The applications have yet to begin.
    New,
    Running,
    Stopped,
}

/// Why a host cannot be as configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The station is not right.
    #[error(transparent)]
    Station(#[from] StationError),
    /// Two applications have one name.
    #[error("two applications are named {name:?}; give one of them another name")]
    Name {
        /// The name.
        name: Arc<str>,
    },
    /// An application is not right.
    #[error("application {app:?}: {source}")]
    App {
        /// The application's name.
        app: Arc<str>,
        /// What is not right.
        source: AppError,
    },
}

impl Host {
    /// A host as configured; its applications begin with its first turn.
    ///
    /// # Errors
    /// [`HostError`]: the first thing that cannot be as it is given.
    pub fn new(config: HostConfig) -> Result<Self, HostError> {
        let HostConfig {
            name,
            station,
            apps,
            seed,
        } = config;
        let stream = Stream::of(seed, &format!("{name} applications"));
        let station = Station::new(station, Stream::of(seed, &name))?;
        let longest = station.sockets().config().mtu - DATAGRAM_HEADERS;
        let mut installed: Vec<Installed> = Vec::with_capacity(apps.len());
        let mut ports = BTreeMap::new();
        for config in apps {
            let app = config.name;
            if installed.iter().any(|other| other.name == app) {
                return Err(HostError::Name { name: app });
            }
            let wrong = |source| HostError::App {
                app: app.clone(),
                source,
            };
            if let Some((transport, port)) = apps::port_of(&config.kind)
                && let Some(by) = ports.insert((transport, port), app.to_string())
            {
                return Err(wrong(AppError::PortTaken {
                    transport,
                    port,
                    by,
                }));
            }
            let made = apps::make(config.kind, longest).map_err(wrong)?;
            installed.push(Installed {
                name: app,
                app: made,
            });
        }
        Ok(Self {
            station,
            apps: installed,
            owners: Owners::default(),
            events: VecDeque::new(),
            stream,
            life: Life::New,
            unsettled: None,
            now: Instant::ZERO,
        })
    }

    /// Interfaces and sockets, to be looked at.
    #[must_use]
    pub const fn station(&self) -> &Station {
        &self.station
    }

    fn take<E: Explain>(
        &mut self,
        now: Instant,
        port: PortId,
        frame: Frame,
        tx: &mut Egress,
        explain: &mut E,
    ) -> Verdict {
        let Taken { verdict, echo } = self.station.receive(now, port, frame, tx, explain);
        if let Some(reply) = echo {
            self.tell_echo(now, &reply, tx);
        }
        self.settle(now, tx);
        verdict
    }

    /// Lets the application at this place do something.
    fn call(
        &mut self,
        now: Instant,
        at: usize,
        tx: &mut Egress,
        what: impl FnOnce(&mut dyn App, &mut Kernel<'_>),
    ) {
        let Some(Installed { name, app }) = self.apps.get_mut(at) else {
            return;
        };
        let mut kernel = Kernel {
            now,
            app: at,
            name,
            station: &mut self.station,
            owners: &mut self.owners,
            events: &mut self.events,
            stream: &mut self.stream,
            tx,
        };
        what(&mut **app, &mut kernel);
    }

    fn call_each(
        &mut self,
        now: Instant,
        tx: &mut Egress,
        what: impl Fn(&mut dyn App, &mut Kernel<'_>),
    ) {
        for at in 0..self.apps.len() {
            self.call(now, at, tx, &what);
        }
    }

    fn begin(&mut self, now: Instant, tx: &mut Egress) {
        if self.life != Life::Running {
            self.life = Life::Running;
            self.call_each(now, tx, |app, kernel| app.start(kernel));
        }
    }

    fn end(&mut self, now: Instant, tx: &mut Egress) {
        if self.life == Life::Running {
            self.call_each(now, tx, |app, kernel| app.stop(kernel));
            self.owners.close_all(self.station.sockets_mut());
        }
        self.life = Life::Stopped;
    }

    /// Begins the applications if they have yet to begin.
    fn wake(&mut self, now: Instant, tx: &mut Egress) {
        self.now = now;
        if self.life == Life::New {
            self.begin(now, tx);
        }
    }

    /// Tells the applications what the sockets have to tell, and sends what they have to send.
    ///
    /// What comes of sending (a peer without a route) is told in the next turn: so an application that
    /// tries again and again is seen to by whoever drives the host, and cannot hold it here.
    fn settle(&mut self, now: Instant, tx: &mut Egress) {
        self.tell(now, tx);
        self.station.flush(now, tx);
        self.unsettled = self.station.sockets().has_events().then_some(now);
    }

    fn tell(&mut self, now: Instant, tx: &mut Egress) {
        while let Some(event) = self.station.sockets_mut().poll_event() {
            match event {
                SocketEvent::Connection(id, ConnectionEvent::Accepted) => {
                    self.tell_accepted(now, id, tx);
                }
                SocketEvent::Connection(id, event) => {
                    if let Some(app) = self.owners.owner(id) {
                        self.call(now, app, tx, |app, kernel| {
                            app.connection(kernel, id, event);
                        });
                    }
                }
                SocketEvent::Datagrams(port) => {
                    if let Some(app) = self.owners.binder(port) {
                        self.call(now, app, tx, |app, kernel| app.datagrams(kernel, port));
                    }
                }
            }
        }
        self.owners.settled();
    }

    fn tell_accepted(&mut self, now: Instant, id: ConnectionId, tx: &mut Egress) {
        let port = self.station.sockets().local(id).map(|local| local.port());
        match port.and_then(|port| self.owners.listener(port)) {
            Some(app) => {
                self.owners.opens(id, app);
                let accepted = ConnectionEvent::Accepted;
                self.call(now, app, tx, |app, kernel| {
                    app.connection(kernel, id, accepted);
                });
            }
            // Nobody listens any more.
            None => self.station.sockets_mut().abort(id),
        }
    }

    fn tell_echo(&mut self, now: Instant, reply: &EchoReply, tx: &mut Egress) {
        if self.life == Life::Running {
            let app = usize::from(reply.echo.identifier);
            self.call(now, app, tx, |app, kernel| app.echo_reply(kernel, reply));
        }
    }
}

impl Device for Host {
    fn ports(&self) -> u16 {
        self.station.ports()
    }

    fn receive(&mut self, now: Instant, rx: &mut Ingress, tx: &mut Egress) {
        self.wake(now, tx);
        while let Some((port, frame)) = rx.next() {
            self.take(now, port, frame, tx, &mut Silent);
        }
    }

    fn handle_timeout(&mut self, now: Instant, tx: &mut Egress) {
        self.wake(now, tx);
        self.station.handle_timeout(now, tx);
        self.tell(now, tx);
        if self.life == Life::Running {
            for at in 0..self.apps.len() {
                let due = self.apps[at].app.poll_timeout();
                if due.is_some_and(|due| due <= now) {
                    self.call(now, at, tx, |app, kernel| app.handle_timeout(kernel));
                }
            }
        }
        self.settle(now, tx);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let apps = match self.life {
            Life::New => return Some(Instant::ZERO),
            Life::Running => &self.apps[..],
            Life::Stopped => &[],
        };
        let apps = apps
            .iter()
            .filter_map(|installed| installed.app.poll_timeout());
        apps.chain(self.station.poll_timeout())
            .chain(self.unsettled)
            .min()
    }

    fn link_changed(&mut self, now: Instant, port: PortId, up: bool, tx: &mut Egress) {
        self.now = now;
        self.station.link_changed(port, up);
        self.settle(now, tx);
    }

    fn control(
        &mut self,
        now: Instant,
        command: &Command,
        tx: &mut Egress,
    ) -> Result<(), ControlError> {
        self.now = now;
        match command {
            Command::Stop => self.end(now, tx),
            Command::Start => self.begin(now, tx),
            Command::Conclude => {
                if self.life == Life::Running {
                    self.call_each(now, tx, |app, kernel| app.conclude(kernel));
                }
            }
            _ => {
                let mut is_done = false;
                for at in 0..self.apps.len() {
                    self.call(now, at, tx, |app, kernel| {
                        is_done |= app.control(kernel, command);
                    });
                }
                if !is_done {
                    return Err(ControlError::Unsupported {
                        command: command.to_string(),
                    });
                }
            }
        }
        self.settle(now, tx);
        Ok(())
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn receive_explained(
        &mut self,
        now: Instant,
        port: PortId,
        frame: Frame,
        tx: &mut Egress,
    ) -> Explanation {
        self.wake(now, tx);
        Explanation::of(|steps| self.take(now, port, frame, tx, steps))
    }

    /// Besides frames: what each application counts, under its name, and
    /// [what TCP lost time by](Station::tcp_counters).
    fn counters(&self) -> Counters {
        let mut counters = self.station.counters().clone();
        for Installed { name, app } in &self.apps {
            let numbers = app.counters().into_iter();
            counters
                .apps
                .extend(numbers.map(|(counter, value)| AppCounter::total(name, counter, value)));
        }
        counters.apps.extend(self.station.tcp_counters());
        counters.apps.sort_unstable();
        counters
    }

    fn tables(&self) -> Vec<Table> {
        self.station.tables(self.now)
    }
}

#[cfg(test)]
mod tests;
