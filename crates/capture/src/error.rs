//! What can be wrong with a capture, and where.

use std::io;

use thiserror::Error;

/// Why a capture could not be read any further.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("block {block} of the capture, at octet {offset}: {problem}")]
pub struct ReadError {
    /// The block's number in the file, from 0.
    pub block: u64,
    /// Where the block begins in the file.
    pub offset: u64,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a block of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file does not begin with a section header.
    #[error("not a pcapng file: it begins with no section header block")]
    NotPcapng,
    /// The file is one of the older format.
    #[error("a classic pcap file, not pcapng: `editcap -F pcapng IN OUT` converts it")]
    ClassicPcap,
    /// The section is of a version this crate does not know.
    #[error("pcapng version {major}.{minor}, want 1.x")]
    Version {
        /// Major version.
        major: u16,
        /// Minor version.
        minor: u16,
    },
    /// The file is over before the block is, or a length inside the block leads out of it.
    #[error(
        "the file ends inside the block, or the block's lengths do not fit each other ({left} octets are left)"
    )]
    Truncated {
        /// How many octets of the file there are from the block's beginning on.
        left: u64,
    },
    /// The block contradicts itself.
    #[error("the block is malformed: its lengths contradict each other")]
    Malformed,
    /// The options do not fill the space they are given.
    #[error("the block's options are malformed")]
    Options,
    /// A frame names an interface that was not described.
    #[error("interface {interface} was not described; the section has {known} so far")]
    UnknownInterface {
        /// The number the frame names.
        interface: u32,
        /// How many interfaces the section has described up to here.
        known: usize,
    },
    /// The time lies before instant 0 or more than 2^64 nanoseconds after it.
    #[error(
        "the time stamp lies outside the years 1970 to 2554, to which nanoseconds in 64 bits reach"
    )]
    StampRange,
    /// A frame without a time stamp.
    #[error("a simple packet block has no time stamp, and so no place in time")]
    NoStamp,
    /// A frame in a block that the format has given up.
    #[error("an obsolete packet block: `editcap -F pcapng IN OUT` converts it")]
    Obsolete,
}

/// Why a capture could not be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The octets could not be written.
    #[error("the capture cannot be written: {0}")]
    Io(#[from] io::Error),
    /// A name or a comment does not fit into an option.
    #[error("a name or comment of {octets} octets is too long for pcapng, which takes 65535")]
    TextTooLong {
        /// Its length.
        octets: usize,
    },
    /// The frame's length does not fit into its block.
    #[error("a frame of {octets} octets is too long for pcapng")]
    FrameTooLong {
        /// Its length.
        octets: usize,
    },
}
