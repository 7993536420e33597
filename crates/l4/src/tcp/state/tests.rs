//! Stories of connections that pass by. The client's numbers begin at 100, the server's at 900.

use std::net::Ipv4Addr;

use switchlab_wire::{Ipv4, Ipv4Builder, Tcp, TcpFlags, TcpHeader};

use super::*;
use Direction::{Original as To, Reply as From};
use Judgement::{Ends, Follows, Reopens, Stray, Tolerated};

const SYN: TcpFlags = TcpFlags::SYN;
const ACK: TcpFlags = TcpFlags::ACK;
const RST: TcpFlags = TcpFlags::RST;
const FIN: TcpFlags = TcpFlags(TcpFlags::FIN.0 | TcpFlags::ACK.0);
const SYN_ACK: TcpFlags = TcpFlags(TcpFlags::SYN.0 | TcpFlags::ACK.0);
const RST_ACK: TcpFlags = TcpFlags(TcpFlags::RST.0 | TcpFlags::ACK.0);

/// A segment: control bits, sequence number, acknowledgment number, octets of data.
type Sent = (TcpFlags, u32, u32, usize);

/// Which way, the segment, what it is taken for, the state afterwards, and why.
type Scene = (Direction, Sent, Judgement, &'static str, &'static str);

fn with_segment<R>(sent: Sent, of: impl FnOnce(&Segment<'_>) -> R) -> Option<R> {
    let (flags, sequence, acknowledgment, octets) = sent;
    let header = TcpHeader {
        source_port: 4000,
        destination_port: 80,
        sequence,
        acknowledgment,
        flags,
        window: 1000,
        ..TcpHeader::default()
    };
    let [client, server] = [Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 1, 2)];
    let packet = Ipv4Builder::new(client, server).tcp(&header, &vec![0; octets]);
    let ip = Ipv4::parse(&packet).unwrap();
    let tcp = Tcp::parse(ip.payload()).unwrap();
    Segment::of(&tcp).map(|segment| of(&segment))
}

/// Plays a story that begins with `first`.
fn play(first: Sent, story: &[Scene]) -> Connection {
    let begun = with_segment(first, Connection::begin).flatten();
    let mut connection = begun.expect("a connection begins like that");
    let mut replied = false;
    for (step, (direction, sent, judgement, state, because)) in story.iter().enumerate() {
        let judged = with_segment(*sent, |segment| {
            connection.follow(*direction, segment, replied)
        });
        assert_eq!(judged, Some(*judgement), "step {step}: {because}");
        assert_eq!(connection.state().name(), *state, "step {step}: {because}");
        replied |= *direction == From && *judgement != Stray;
    }
    connection
}

const OPEN: [Scene; 2] = [
    (
        From,
        (SYN_ACK, 900, 101, 0),
        Follows,
        "SYN-RECEIVED",
        "the server answers",
    ),
    (
        To,
        (ACK, 101, 901, 0),
        Follows,
        "ESTABLISHED",
        "and the client its answer",
    ),
];

#[test]
fn a_connection_opens_speaks_and_closes() {
    let mut story = OPEN.to_vec();
    #[rustfmt::skip]
    story.extend::<[Scene; 8]>([
        (To,   (ACK, 101, 901, 50), Follows, "ESTABLISHED", "a request"),
        (From, (ACK, 901, 151, 80), Follows, "ESTABLISHED", "its answer"),
        (To,   (FIN, 151, 981, 0),  Follows, "FIN-WAIT",    "the client is done"),
        (From, (ACK, 981, 152, 0),  Follows, "CLOSE-WAIT",  "which the server acknowledges"),
        (From, (FIN, 981, 152, 0),  Follows, "LAST-ACK",    "the server is done too"),
        (To,   (ACK, 152, 982, 0),  Follows, "TIME-WAIT",   "which the client acknowledges"),
        (From, (FIN, 981, 152, 0),  Follows, "TIME-WAIT",   "that was lost, and is asked for again"),
        (To,   (SYN, 9000, 0, 0),   Reopens, "TIME-WAIT",   "the same ends begin anew"),
    ]);
    play((SYN, 100, 0, 0), &story);
}

#[test]
fn a_refusal_ends_what_never_was() {
    let refused: Scene = (From, (RST_ACK, 0, 101, 0), Ends, "CLOSED", "nobody listens");
    play((SYN, 100, 0, 0), &[refused]);
}

#[test]
fn only_what_fits_belongs_to_a_connection() {
    let mut story = OPEN.to_vec();
    #[rustfmt::skip]
    story.extend::<[Scene; 6]>([
        (To,   (ACK, 50_000, 901, 0),  Stray,     "ESTABLISHED", "far beyond the window"),
        (To,   (ACK, 101, 5000, 0),    Stray,     "ESTABLISHED", "acknowledges what was never sent"),
        (From, (SYN, 901, 0, 0),       Stray,     "ESTABLISHED", "servers do not begin"),
        (To,   (RST, 50, 0, 0),        Stray,     "ESTABLISHED", "a reset of something older"),
        (To,   (SYN, 150, 0, 0),       Tolerated, "ESTABLISHED", "the server will know what to say to that"),
        (To,   (RST, 101, 0, 0),       Follows,   "CLOSED",      "a reset with exactly the right number"),
    ]);
    play((SYN, 100, 0, 0), &story);
}

#[test]
fn a_syn_is_sent_again_and_again() {
    #[rustfmt::skip]
    let story: [Scene; 4] = [
        (To,   (SYN, 100, 0, 0),       Tolerated, "SYN-SENT",     "which renews no patience"),
        (To,   (SYN, 7000, 0, 0),      Tolerated, "SYN-SENT",     "with another number it begins anew"),
        (From, (SYN_ACK, 900, 101, 0), Follows,   "SYN-RECEIVED", "the answer to the old one is near enough to be for the client to judge"),
        (To,   (ACK, 90_000, 901, 0),  Stray,     "SYN-RECEIVED", "but not everything goes"),
    ];
    play((SYN, 100, 0, 0), &story);
}

#[test]
fn a_connection_is_picked_up_in_the_middle() {
    #[rustfmt::skip]
    let story: [Scene; 2] = [
        (From, (ACK, 77_000, 501, 0), Follows, "ESTABLISHED", "whatever the server's numbers are"),
        (To,   (ACK, 501, 77_000, 9), Follows, "ESTABLISHED", "from now on they are known"),
    ];
    let connection = play((ACK, 500, 76_000, 1), &story);
    assert_eq!(
        connection.idle(true),
        Idle::TcpUnacknowledged,
        "nine octets wait to be acknowledged"
    );
}

#[test]
fn what_begins_no_connection() {
    #[rustfmt::skip]
    let rows = [
        (SYN_ACK,                       "an answer"),
        (FIN,                           "an end"),
        (RST,                           "a reset"),
        (TcpFlags::NONE,                "no control bit at all"),
        (SYN | TcpFlags::FIN,           "begin and end at once"),
        (TcpFlags(0xff),                "all of them"),
    ];
    for (flags, because) in rows {
        let begun = with_segment((flags, 1, 1, 0), Connection::begin).flatten();
        assert!(begun.is_none(), "{because}");
    }
}
