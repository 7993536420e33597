//! Frames in files: pcapng in and out.
//!
//! The format is the IETF's (draft-ietf-opsawg-pcapng), as Wireshark reads and writes it. The blocks are
//! taken apart and put together by `pcap-parser`; this crate gives them their meaning: which interface,
//! which nanosecond, which way, and whether the whole frame is there.
//!
//! | module | idea |
//! |---|---|
//! | `captured` | [`Captured`]: one frame and what is known about it; [`Interface`], [`LinkType`], [`Direction`] |
//! | `stamp` | time stamps of any resolution, as nanoseconds |
//! | `read` | [`Reader`]: the frames of a capture, in the order of the file |
//! | `write` | [`Writer`]: a capture, block by block |
//! | `error` | [`ReadError`] and [`WriteError`]: what is wrong, and where |
//!
//! ```
//! use switchlab_capture::{Direction, Reader, Writer};
//! use switchlab_core::Instant;
//!
//! let mut writer = Writer::new(Vec::new(), Some("two ports, one frame"))?;
//! writer.interface("p0")?;
//! let p1 = writer.interface("p1")?;
//! writer.frame(p1, Instant::from_millis(5), Some(Direction::Outbound), &[0xff; 60])?;
//! let octets = writer.finish()?;
//!
//! let mut reader = Reader::new(&octets)?;
//! let captured = reader.next().expect("there is one frame")?;
//! assert_eq!(captured.at, Instant::from_millis(5));
//! assert_eq!(reader.interfaces()[captured.interface.index()].name.as_deref(), Some("p1"));
//! assert!(reader.next().is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod captured;
mod error;
mod read;
mod stamp;
mod write;

pub use captured::{Captured, Direction, Interface, InterfaceId, LinkType};
pub use error::{Problem, ReadError, WriteError};
pub use read::Reader;
pub use write::Writer;
