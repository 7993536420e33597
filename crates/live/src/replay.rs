//! A capture through a device into a capture.

use std::io::Write;
use std::time::Duration;

use switchlab_capture::{Direction, InterfaceId, Writer};
use switchlab_core::{Device, Egress, Ingress, Instant, PortId, step};
use switchlab_wire::Frame;

use crate::schedule::Schedule;
use crate::wiring::name_of;
use crate::{ReplayError, ReplayOptions};

/// What became of a replay. `read = offered + truncated + late`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    /// Frames in the capture.
    pub read: u64,
    /// Frames given to the device.
    pub offered: u64,
    /// Frames of which the capture holds only the beginning; they are not given to the device.
    /// ([`DropReason::CaptureTruncated`](switchlab_core::DropReason::CaptureTruncated))
    pub truncated: u64,
    /// Frames captured after the end of the replay.
    pub late: u64,
    /// Frames that left the device.
    pub sent: u64,
    /// The last instant of the device's time.
    pub until: Instant,
}

/// Offers the frames of a capture to a device at the times of their stamps, and writes what leaves it.
///
/// The device is switched on at its instant 0, when the link of every port comes up. Before each
/// frame, the timers due until then run at their own times, except that a frame goes before a timer
/// of the same instant. Each frame that leaves is stamped with the time of what caused it, in the time of the
/// capture, on the interface `p<n>` of its port `n`.
///
/// The capture's interface `p<n>` is port `n`, any other the port of its position. Its frames need not
/// be in the order of time. What the device reports besides frames is dropped.
///
/// # Errors
/// [`ReplayError`] if the capture is broken or does not fit the device, if the output cannot be
/// written, or if the device's timers never rest.
pub fn replay<D: Device + ?Sized, W: Write>(
    device: &mut D,
    capture: &[u8],
    options: &ReplayOptions,
    output: &mut Writer<W>,
) -> Result<Replayed, ReplayError> {
    let ports = device.ports();
    let Schedule {
        frames,
        offset,
        until,
    } = Schedule::read(capture, ports, options)?;
    let interfaces = (0..ports)
        .map(|port| output.interface(&name_of(port)))
        .collect::<Result<_, _>>()?;
    let mut drive = Drive {
        device,
        now: Instant::ZERO,
        rx: Ingress::default(),
        tx: Egress::default(),
        output,
        interfaces,
        offset,
        budget: options.budget,
        turns: 0,
        replayed: Replayed {
            read: frames.len() as u64,
            until,
            ..Replayed::default()
        },
    };

    for port in 0..ports {
        drive
            .device
            .link_changed(Instant::ZERO, PortId::new(port), true, &mut drive.tx);
        drive.carry_away()?;
    }
    for arrivals in frames.chunk_by(|(earlier, ..), (later, ..)| earlier == later) {
        let at = arrivals[0].0;
        if at > until {
            drive.replayed.late += arrivals.len() as u64;
            continue;
        }
        drive.run_timers(|due| due < at)?;
        // All of one instant in one turn: a turn ends with the timers of its instant.
        for (_, port, captured) in arrivals {
            if captured.is_cut_short() {
                drive.replayed.truncated += 1;
            } else {
                drive.replayed.offered += 1;
                drive.rx.push(*port, Frame::copy_from(captured.octets));
            }
        }
        drive.turn(at)?;
    }
    drive.run_timers(|due| due <= until)?;
    Ok(drive.replayed)
}

/// A device, its clock and its wires.
struct Drive<'a, D: ?Sized, W: Write> {
    device: &'a mut D,
    now: Instant,
    rx: Ingress,
    tx: Egress,
    output: &'a mut Writer<W>,
    interfaces: Vec<InterfaceId>,
    offset: Duration,
    budget: u64,
    turns: u64,
    replayed: Replayed,
}

impl<D: Device + ?Sized, W: Write> Drive<'_, D, W> {
    /// Runs the timers that are due at moments that satisfy `is_due`, each at its own time.
    fn run_timers(&mut self, is_due: impl Fn(Instant) -> bool) -> Result<(), ReplayError> {
        while let Some(due) = self.device.poll_timeout().filter(|due| is_due(*due)) {
            if self.turns == self.budget {
                return Err(ReplayError::Busy {
                    at: self.now,
                    turns: self.turns,
                });
            }
            self.turns += 1;
            // A moment already past means: at once.
            self.turn(due.max(self.now))?;
        }
        Ok(())
    }

    fn turn(&mut self, at: Instant) -> Result<(), ReplayError> {
        self.now = at;
        step(self.device, at, &mut self.rx, &mut self.tx);
        self.carry_away()
    }

    fn carry_away(&mut self) -> Result<(), ReplayError> {
        while let Some((port, frame)) = self.tx.next() {
            self.replayed.sent += 1;
            self.output.frame(
                self.interfaces[port.index()],
                self.now + self.offset,
                Some(Direction::Outbound),
                frame.octets(),
            )?;
        }
        while self.device.poll_event().is_some() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests;
