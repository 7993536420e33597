//! The state of a TCP connection that passes by, and what each segment does to it.
//!
//! RFC 9293 §3.3.2 seen from the middle. Where the RFC leaves open what an observer should believe,
//! this does as Linux connection tracking does: segments that the endpoints will sort out themselves
//! are let through, segments that cannot belong to the connection are not taken for its own.

use super::segment::{Kind, Offer, Segment, is_before};
use super::window::{Fit, Side, fit};
use crate::flow::Direction;
use crate::idle::Idle;

/// Where a connection stands, as far as an observer can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing was seen yet.
    None,
    /// The client has sent its SYN.
    SynSent,
    /// Both ends have sent a SYN without waiting for the other's.
    SynSentTwice,
    /// The server has answered.
    SynReceived,
    /// Data may flow.
    Established,
    /// One end has sent its FIN.
    FinWait,
    /// That FIN was acknowledged.
    CloseWait,
    /// The other end has sent its FIN too.
    LastAck,
    /// That one was acknowledged too.
    TimeWait,
    /// Reset.
    Closed,
}

impl State {
    /// The state's name in the tables, as RFC 9293 writes it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SynSent => "SYN-SENT",
            Self::SynSentTwice => "SYN-SENT (both)",
            Self::SynReceived => "SYN-RECEIVED",
            Self::Established => "ESTABLISHED",
            Self::FinWait => "FIN-WAIT",
            Self::CloseWait => "CLOSE-WAIT",
            Self::LastAck => "LAST-ACK",
            Self::TimeWait => "TIME-WAIT",
            Self::Closed => "CLOSED",
        }
    }
}

/// What a segment is to its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// It belongs to it, and the idle time begins anew.
    Follows,
    /// It is let through, for its receiver to judge; nothing changes.
    Tolerated,
    /// It belongs to it and ends it at once.
    Ends,
    /// It begins a new connection in the place of this one, which is over.
    Reopens,
    /// It is none of this connection's.
    Stray,
}

/// A TCP connection that passes by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Connection {
    state: State,
    sides: [Side; 2],
    last: Last,
    /// Segments have gone both ways and were acknowledged.
    assured: bool,
    /// It came to an end by FIN.
    closing: bool,
    simultaneous_open: bool,
}

/// The segment seen last that says something about the connection.
#[derive(Debug, Clone, Copy, Default)]
struct Last {
    kind: Option<Kind>,
    from_reply: bool,
    end: u32,
    acknowledgment: u32,
    window: u32,
    /// What a SYN offered that was let through at an unexpected time.
    offer: Offer,
    /// Such a SYN may draw an acknowledgment that repeats what is known (RFC 5961 §4.2).
    may_be_challenged: bool,
}

impl Last {
    fn is(&self, kind: Kind, direction: Direction) -> bool {
        self.kind == Some(kind) && self.from_reply == (direction == Direction::Reply)
    }
}

/// What a segment does to the state.
enum Next {
    State(State),
    /// Out of turn; its receiver knows better.
    Tolerate,
    Stray,
}

impl Connection {
    /// A connection whose first segment was just seen; `None` if no connection begins like that.
    ///
    /// An acknowledgment is taken for the middle of a connection that began before we looked.
    pub(crate) fn begin(segment: &Segment<'_>) -> Option<Self> {
        let mut client = Side::default();
        let server = match segment.kind {
            Kind::Syn => {
                client.begin(segment);
                Side::default()
            }
            Kind::Ack => {
                client = Side::pick_up(segment);
                Side::unknown()
            }
            Kind::SynAck | Kind::Fin | Kind::Rst => return None,
        };
        let mut connection = Self {
            state: State::None,
            sides: [client, server],
            last: Last::default(),
            assured: false,
            closing: false,
            simultaneous_open: false,
        };
        connection.follow(Direction::Original, segment, false);
        Some(connection)
    }

    /// Where it stands.
    pub(crate) const fn state(&self) -> State {
        self.state
    }

    /// How long it may be silent; `replied` says whether the server ever answered.
    pub(crate) fn idle(&self, replied: bool) -> Idle {
        let waits = self.sides.iter().any(|side| side.unacknowledged);
        match self.state {
            _ if self.last.kind == Some(Kind::Rst) => Idle::TcpClosed,
            State::SynSent | State::SynSentTwice | State::None => Idle::TcpSynSent,
            State::SynReceived => Idle::TcpSynReceived,
            State::Established if !replied => Idle::TcpPickedUp,
            State::Established if waits || self.last.window == 0 => Idle::TcpUnacknowledged,
            State::Established => Idle::TcpEstablished,
            State::FinWait => Idle::TcpFinWait,
            State::CloseWait => Idle::TcpCloseWait,
            State::LastAck => Idle::TcpLastAck,
            State::TimeWait => Idle::TcpTimeWait,
            State::Closed => Idle::TcpClosed,
        }
    }

    /// Judges a segment and moves the connection on.
    pub(crate) fn follow(
        &mut self,
        direction: Direction,
        segment: &Segment<'_>,
        replied: bool,
    ) -> Judgement {
        let before = self.state;
        let mut next = match next(direction, segment.kind, before) {
            Next::Stray => return Judgement::Stray,
            Next::Tolerate => match self.catch_up(direction, segment) {
                Some(state) => state,
                None => return self.tolerate(direction, segment, before),
            },
            Next::State(state) => state,
        };
        let mut is_certain = false;
        match next {
            State::SynSent if matches!(before, State::TimeWait | State::Closed) => {
                // RFC 9293 §3.6.1: a closed connection may be opened again at once.
                if self.closing || self.last.is(Kind::Rst, direction) {
                    return Judgement::Reopens;
                }
                return self.tolerate(direction, segment, before);
            }
            State::TimeWait
                if before == State::LastAck
                    && self.last.may_be_challenged
                    && self.last.is(Kind::Syn, direction.other()) =>
            {
                self.last.may_be_challenged = false;
                return Judgement::Tolerated;
            }
            State::SynSentTwice => self.simultaneous_open = true,
            State::SynReceived
                if self.simultaneous_open
                    && direction == Direction::Reply
                    && segment.kind == Kind::Ack =>
            {
                next = State::Established;
            }
            State::Closed if segment.kind == Kind::Rst => {
                match self.judge_reset(direction, segment, replied) {
                    Reset::Stray => return Judgement::Stray,
                    Reset::Certain => is_certain = true,
                    Reset::Plausible => {}
                    Reset::Doubtful => next = before,
                }
            }
            _ => {}
        }
        if !is_certain {
            match fit(&mut self.sides, direction, segment, self.state) {
                Fit::Fits => {}
                Fit::Harmless => return Judgement::Tolerated,
                Fit::Stray => return Judgement::Stray,
            }
        }
        self.move_on(direction, segment, next, replied)
    }

    fn move_on(
        &mut self,
        direction: Direction,
        segment: &Segment<'_>,
        next: State,
        replied: bool,
    ) -> Judgement {
        let before = self.state;
        self.last.kind = Some(segment.kind);
        self.last.from_reply = direction == Direction::Reply;
        self.last.window = u32::from(segment.window);
        if segment.kind == Kind::Ack {
            self.last.end = segment.end;
            self.last.acknowledgment = segment.acknowledgment.unwrap_or(0);
        }
        self.state = next;
        self.closing |= next == State::FinWait;
        if replied
            && matches!(before, State::SynReceived | State::Established)
            && next == State::Established
        {
            self.assured = true;
        }
        match segment.kind {
            // A refusal: there never was a connection.
            Kind::Rst if !replied => Judgement::Ends,
            Kind::Syn if before == State::SynSent && !replied => Judgement::Tolerated,
            _ => Judgement::Follows,
        }
    }

    /// Takes note of a segment that comes out of turn.
    fn tolerate(&mut self, direction: Direction, segment: &Segment<'_>, state: State) -> Judgement {
        self.last.kind = Some(segment.kind);
        self.last.from_reply = direction == Direction::Reply;
        self.last.end = segment.end;
        self.last.window = u32::from(segment.window);
        if segment.kind == Kind::Syn && direction == Direction::Original {
            self.last.offer = segment.offer();
            self.last.may_be_challenged = state == State::LastAck;
        }
        if segment.kind == Kind::Ack && direction == Direction::Reply && state == State::SynSent {
            self.last.acknowledgment = segment.acknowledgment.unwrap_or(0);
        }
        Judgement::Tolerated
    }

    /// A SYN came out of turn, and now the other end accepts it: they know better. Start again there.
    fn catch_up(&mut self, direction: Direction, segment: &Segment<'_>) -> Option<State> {
        let is_answer = segment.kind == Kind::SynAck
            && self.last.is(Kind::Syn, direction.other())
            && segment.acknowledgment == Some(self.last.end);
        if !is_answer {
            return None;
        }
        self.last.may_be_challenged = false;
        let window = self.last.window.max(1);
        self.sides[direction.other() as usize] = Side {
            end: self.last.end,
            max_end: self.last.end,
            max_window: window,
            offer: self.last.offer,
            shift: self.last.offer.scale.unwrap_or(0),
            ..Side::default()
        };
        self.sides[direction as usize] = Side::default();
        self.state = State::SynSent;
        Some(State::SynReceived)
    }

    /// A reset tears down only what it certainly is about (RFC 5961 §3.2).
    fn judge_reset(&self, direction: Direction, segment: &Segment<'_>, replied: bool) -> Reset {
        use State::{CloseWait, Closed, FinWait, LastAck, TimeWait};
        if matches!(
            self.state,
            FinWait | CloseWait | LastAck | TimeWait | Closed
        ) {
            // The addresses and ports may be in use again already; what is known is out of date.
            return Reset::Certain;
        }
        let sequence = segment.sequence;
        let expected = self.sides[direction.other() as usize].max_acknowledgment;
        if let Some(expected) = expected.filter(|_| self.last.kind != Some(Kind::Syn)) {
            let is_established = self.state == State::Established && self.assured;
            let follows_own = self.last.is(Kind::Ack, direction) && sequence == self.last.end;
            return match is_established {
                // The answer to a SYN has no better number.
                false if sequence == 0 => Reset::Plausible,
                _ if is_before(sequence, expected) => Reset::Stray,
                true if sequence != expected && !follows_own => Reset::Doubtful,
                _ => Reset::Plausible,
            };
        }
        let was_out_of_turn = match self.last.kind {
            Some(Kind::Syn) => replied,
            Some(Kind::Ack) => !self.assured,
            _ => false,
        };
        let answers_it = was_out_of_turn && segment.acknowledgment == Some(self.last.end);
        let answers_challenge = self.state == State::SynSent
            && self.last.is(Kind::Ack, Direction::Reply)
            && sequence == self.last.acknowledgment;
        if answers_it || answers_challenge {
            Reset::Certain
        } else {
            Reset::Plausible
        }
    }
}

/// How sure it is that a reset is meant for the connection.
enum Reset {
    /// It belongs to something older.
    Stray,
    /// In the window, perhaps; that is still to be checked.
    Plausible,
    /// In the window, but not exactly right: the receiver will challenge it, so the connection stays.
    Doubtful,
    /// It answers a segment that was let through unchecked, so neither is it checked.
    Certain,
}

/// The diagram of RFC 9293 §3.3.2, from the middle.
fn next(direction: Direction, kind: Kind, state: State) -> Next {
    use Direction::{Original, Reply};
    use State::{
        CloseWait, Closed, Established, FinWait, LastAck, None, SynReceived, SynSent, SynSentTwice,
        TimeWait,
    };
    Next::State(match (kind, direction, state) {
        (Kind::Rst | Kind::Fin, _, None) => return Next::Stray,
        (Kind::Rst, ..) => Closed,

        (Kind::Syn, Original, None | SynSent | TimeWait | Closed) => SynSent,
        (Kind::Syn, Original, SynSentTwice) | (Kind::Syn, Reply, SynSent | SynSentTwice) => {
            SynSentTwice
        }
        (Kind::Syn, Original, _) => return Next::Tolerate,
        (Kind::Syn, Reply, _) => return Next::Stray,

        (Kind::SynAck, Original, SynSentTwice) | (Kind::SynAck, Reply, SynSent | SynSentTwice) => {
            SynReceived
        }
        (Kind::SynAck, Original, None | SynSent) | (Kind::SynAck, Reply, None) => {
            return Next::Stray;
        }
        (Kind::SynAck, ..) => return Next::Tolerate,

        (Kind::Fin, _, SynSent | SynSentTwice) => return Next::Stray,
        (Kind::Fin, _, SynReceived | Established) => FinWait,
        (Kind::Fin, _, FinWait | CloseWait | LastAck) => LastAck,
        (Kind::Fin, _, TimeWait | Closed) => state,

        (Kind::Ack, Original, None | SynReceived | Established) => Established,
        (Kind::Ack, Original, SynSent | SynSentTwice) | (Kind::Ack, Reply, None) => {
            return Next::Stray;
        }
        (Kind::Ack, Reply, SynSent | SynSentTwice) => return Next::Tolerate,
        (Kind::Ack, Reply, SynReceived | Established) => state,
        (Kind::Ack, _, FinWait | CloseWait) => CloseWait,
        (Kind::Ack, _, LastAck | TimeWait) => TimeWait,
        (Kind::Ack, _, Closed) => Closed,
    })
}

#[cfg(test)]
mod tests;
