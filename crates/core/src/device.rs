//! The contract between devices and whoever drives them.

use switchlab_wire::Frame;

use crate::{
    Command, ControlError, Counters, Egress, Event, Explanation, Ingress, Instant, PortId, Table,
};

/// A network element as a pure state machine: frames, commands and time in, frames and events out.
///
/// A device holds no clock, socket, thread or source of randomness of its own. Whoever drives it
/// (simulator, capture replay, benchmark) says what time it is and carries the frames. Time never
/// runs backwards between two calls. After every call the driver takes the frames out of `tx`,
/// drains [`poll_event`](Self::poll_event) and asks [`poll_timeout`](Self::poll_timeout) again.
pub trait Device: Send {
    /// How many ports there are; they are numbered from 0. Constant for the life of the device.
    fn ports(&self) -> u16;

    /// Handles every frame that arrived at `now`, in the order given, and leaves `rx` empty.
    ///
    /// A batch is an optimisation, never a semantic: the result equals that of one call per frame.
    fn receive(&mut self, now: Instant, rx: &mut Ingress, tx: &mut Egress);

    /// Acts on every deadline due at `now`. Calling it early or twice is harmless.
    fn handle_timeout(&mut self, now: Instant, tx: &mut Egress);

    /// When [`handle_timeout`](Self::handle_timeout) next has work; `None` if never.
    ///
    /// It may name a moment already past, which means: at once.
    fn poll_timeout(&self) -> Option<Instant>;

    /// Tells that the link at `port` came up or went down. All links are down before the first call.
    ///
    /// By default the device does not care.
    fn link_changed(&mut self, now: Instant, port: PortId, up: bool, tx: &mut Egress) {
        let _ = (now, port, up, tx);
    }

    /// Does what an administrator asks.
    ///
    /// # Errors
    /// [`ControlError`] if the command means nothing here or is refused; by default every command.
    fn control(
        &mut self,
        now: Instant,
        command: &Command,
        tx: &mut Egress,
    ) -> Result<(), ControlError> {
        let _ = (now, tx);
        Err(ControlError::Unsupported {
            command: command.to_string(),
        })
    }

    /// The next thing that happened and has not been told yet.
    fn poll_event(&mut self) -> Option<Event> {
        None
    }

    /// Handles one frame as [`receive`](Self::receive) does, and says why.
    ///
    /// The result is the same as without listening. By default no reasons are given.
    fn receive_explained(
        &mut self,
        now: Instant,
        port: PortId,
        frame: Frame,
        tx: &mut Egress,
    ) -> Explanation {
        let mut rx = Ingress::default();
        rx.push(port, frame);
        self.receive(now, &mut rx, tx);
        Explanation::default()
    }

    /// What the device has counted so far: per port, and per drop reason.
    fn counters(&self) -> Counters;

    /// What a person would look at: filtering database, neighbours, routes, flows, targets.
    fn tables(&self) -> Vec<Table> {
        Vec::new()
    }
}

/// One turn of a device at one instant: first the frames in `rx`, then whatever deadline is due.
///
/// Every driver goes through here, so all give a device the same order of things. Frames before
/// timers: what arrived in time counts as arrived when the timer fires.
///
/// Returns what [`Device::poll_timeout`] says afterwards.
///
/// # Panics
/// If the device leaves frames in `rx`: they would be lost uncounted.
#[inline]
pub fn step<D: Device + ?Sized>(
    device: &mut D,
    now: Instant,
    rx: &mut Ingress,
    tx: &mut Egress,
) -> Option<Instant> {
    if !rx.is_empty() {
        device.receive(now, rx, tx);
        assert!(rx.is_empty(), "a device takes every frame it is given");
    }
    let due = device.poll_timeout();
    if due.is_none_or(|due| due > now) {
        return due;
    }
    device.handle_timeout(now, tx);
    device.poll_timeout()
}
