//! The command line: what can be said to the program.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use switchlab::live;
use switchlab::scenario;

/// A lab of network switches: hub, L2, L3, L4 and L7, true to the wire and deterministic.
#[derive(Debug, Parser)]
#[command(
    name = "switchlab",
    version,
    propagate_version = true,
    after_help = "\
Examples:
  switchlab replay --device switch.toml --in in.pcapng --out out.pcapng

Exit status: 0 done, 2 a file or an argument is wrong, 3 the event budget is exhausted.
Every command has --help with examples of its own."
)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Replay(Replay),
}

/// Put a capture through one device and capture what leaves it
///
/// Interface p<n> of the capture is port n of the device; an interface of another name is the port of its
/// position. The device is switched on at 0, its timers run at their own times, and a frame goes before a
/// timer of the same instant. Frames of which the capture holds only the beginning are counted as
/// capture.truncated and left out.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  switchlab replay --device switch.toml --in in.pcapng --out out.pcapng
  switchlab replay --device router.toml --in in.pcapng --out out.pcapng --until 90s
  switchlab replay --device switch.toml --in office.pcapng --out out.pcapng --origin first

Exit status: 0 done, 2 a file or an argument is wrong, 3 the event budget is exhausted.")]
pub(crate) struct Replay {
    /// The device: one node's table of a lab, on its own
    #[arg(long, value_name = "FILE")]
    pub(crate) device: PathBuf,

    /// The capture to put in (pcapng, Ethernet)
    #[arg(long = "in", value_name = "FILE")]
    pub(crate) input: PathBuf,

    /// The capture to write
    #[arg(long = "out", value_name = "FILE")]
    pub(crate) output: PathBuf,

    /// The last instant of the device's time, as 90s or 250ms; by default the device file's
    /// [compare] run_until, else one second after the last frame
    #[arg(long, value_name = "TIME", value_parser = scenario::duration)]
    pub(crate) until: Option<Duration>,

    /// Where the device's time begins; by default at the first frame if that is stamped a day or
    /// more after 0, as captures from life are, else at 0
    #[arg(long, value_name = "WHERE")]
    pub(crate) origin: Option<Origin>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Origin {
    /// At the capture's own instant 0
    Zero,
    /// At the stamp of the first frame
    First,
}

impl From<Origin> for live::Origin {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Zero => Self::Zero,
            Origin::First => Self::First,
        }
    }
}
