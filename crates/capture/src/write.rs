//! A capture, block by block.

use std::borrow::Cow;
use std::io::{self, Write};

use pcap_parser::{
    BOM_MAGIC, EnhancedPacketBlock, InterfaceDescriptionBlock, Linktype, OptionCode, PcapNGOption,
    SectionHeaderBlock, ToVec,
};
use switchlab_core::Instant;

use crate::captured::{Direction, InterfaceId, LinkType};
use crate::error::WriteError;

/// `if_tsresol` of nanoseconds.
const NANOSECONDS: u8 = 9;
/// `epb_flags`, draft-ietf-opsawg-pcapng 4.3.
const EPB_FLAGS: OptionCode = OptionCode(2);

/// Writes a capture of Ethernet frames: one section, little-endian, stamps in nanoseconds.
///
/// Equal calls write equal octets. Interfaces may be added at any time before their first frame.
#[derive(Debug)]
pub struct Writer<W: Write> {
    to: W,
    interfaces: u32,
}

impl<W: Write> Writer<W> {
    /// Begins a capture, with a comment about the whole.
    ///
    /// Blocks are written one by one, so a file is best given behind a [`BufWriter`](io::BufWriter).
    ///
    /// # Errors
    /// [`WriteError`] if the comment is too long or `to` fails.
    pub fn new(mut to: W, comment: Option<&str>) -> Result<Self, WriteError> {
        let mut options = vec![];
        if let Some(comment) = comment {
            options.push(text_option(OptionCode::Comment, comment)?);
        }
        options.push(text_option(OptionCode::ShbUserAppl, "switchlab")?);
        let mut header = SectionHeaderBlock {
            block_type: 0,
            block_len1: 0,
            bom: BOM_MAGIC,
            major_version: 1,
            minor_version: 0,
            // Not stated, so that the writer never has to go back.
            section_len: -1,
            options,
            block_len2: 0,
        };
        write_block(&mut to, &mut header)?;
        Ok(Self { to, interfaces: 0 })
    }

    /// Describes an Ethernet interface.
    ///
    /// # Errors
    /// [`WriteError`] if the name is too long or the writer fails.
    pub fn interface(&mut self, name: &str) -> Result<InterfaceId, WriteError> {
        let mut description = InterfaceDescriptionBlock {
            block_type: 0,
            block_len1: 0,
            linktype: Linktype(i32::from(LinkType::ETHERNET.0)),
            reserved: 0,
            // No limit.
            snaplen: 0,
            options: vec![text_option(OptionCode::IfName, name)?],
            block_len2: 0,
            if_tsresol: NANOSECONDS,
            if_tsoffset: 0,
        };
        write_block(&mut self.to, &mut description)?;
        let id = InterfaceId(self.interfaces);
        self.interfaces += 1;
        Ok(id)
    }

    /// Writes a whole frame.
    ///
    /// # Errors
    /// [`WriteError`] if the frame is too long or the writer fails.
    ///
    /// # Panics
    /// If `interface` is of another capture and this one has no such interface.
    pub fn frame(
        &mut self,
        interface: InterfaceId,
        at: Instant,
        direction: Option<Direction>,
        octets: &[u8],
    ) -> Result<(), WriteError> {
        assert!(
            interface.0 < self.interfaces,
            "the interface was described in this capture"
        );
        let too_long = WriteError::FrameTooLong {
            octets: octets.len(),
        };
        // Half of what the field can name leaves room for the rest of the block.
        let len = i32::try_from(octets.len()).map_err(|_| too_long)? as u32;
        let flags = direction.map(|direction| PcapNGOption {
            code: EPB_FLAGS,
            len: 4,
            value: Cow::Borrowed(match direction {
                Direction::Inbound => &[1, 0, 0, 0],
                Direction::Outbound => &[2, 0, 0, 0],
            }),
        });
        let nanos = at.as_nanos();
        let mut packet = EnhancedPacketBlock {
            block_type: 0,
            block_len1: 0,
            if_id: interface.0,
            ts_high: (nanos >> 32) as u32,
            ts_low: nanos as u32,
            caplen: len,
            origlen: len,
            data: octets,
            options: flags.into_iter().collect(),
            block_len2: 0,
        };
        write_block(&mut self.to, &mut packet)?;
        Ok(())
    }

    /// Flushes, and gives back what was written to.
    ///
    /// # Errors
    /// [`WriteError`] if flushing fails.
    pub fn finish(mut self) -> Result<W, WriteError> {
        self.to.flush()?;
        Ok(self.to)
    }
}

fn write_block(to: &mut impl Write, block: &mut impl ToVec) -> io::Result<()> {
    let octets = block.to_vec().map_err(io::Error::other)?;
    to.write_all(&octets)
}

fn text_option(code: OptionCode, text: &str) -> Result<PcapNGOption<'static>, WriteError> {
    let len =
        u16::try_from(text.len()).map_err(|_| WriteError::TextTooLong { octets: text.len() })?;
    Ok(PcapNGOption {
        code,
        len,
        value: Cow::Owned(text.as_bytes().to_vec()),
    })
}
