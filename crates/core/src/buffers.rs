//! The buffers that a driver lends to a device: frames that arrive, frames that leave.

use std::collections::VecDeque;

use switchlab_wire::Frame;

use crate::PortId;

/// The frames that arrived at one instant, in the order of their arrival.
///
/// A device takes all of them out; what it left would be lost uncounted.
#[derive(Debug, Default)]
pub struct Ingress(VecDeque<(PortId, Frame)>);

impl Ingress {
    /// Adds a frame that arrived at `port`, behind those already there.
    pub fn push(&mut self, port: PortId, frame: Frame) {
        self.0.push_back((port, frame));
    }

    /// Takes out the frame that arrived first.
    #[allow(clippy::should_implement_trait)] // a queue that is refilled, not an iterator that ends
    pub fn next(&mut self) -> Option<(PortId, Frame)> {
        self.0.pop_front()
    }

    /// The frames, first arrived first, without taking them out.
    pub fn iter(&self) -> impl Iterator<Item = (PortId, &Frame)> {
        self.0.iter().map(|(port, frame)| (*port, frame))
    }

    /// How many frames wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no frame waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The frames that a device sends, in the order in which they leave.
///
/// The order between two ports carries no meaning; the order on one port does.
#[derive(Debug, Default)]
pub struct Egress(VecDeque<(PortId, Frame)>);

impl Egress {
    /// Sends `frame` out of `port`.
    pub fn send(&mut self, port: PortId, frame: Frame) {
        self.0.push_back((port, frame));
    }

    /// Takes out the frame that was sent first.
    #[allow(clippy::should_implement_trait)] // a queue that is refilled, not an iterator that ends
    pub fn next(&mut self) -> Option<(PortId, Frame)> {
        self.0.pop_front()
    }

    /// The frames, first sent first, without taking them out.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (PortId, &Frame)> {
        self.0.iter().map(|(port, frame)| (*port, frame))
    }

    /// How many frames wait to be carried away.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Throws all frames away; for benchmarks and drivers that only count.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}
