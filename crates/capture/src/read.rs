//! A capture, frame by frame.

use pcap_parser::nom;
use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{
    Block, EnhancedPacketBlock, InterfaceDescriptionBlock, OptionCode, PcapError, PcapNGOption,
    SectionHeaderBlock, parse_block_be, parse_block_le,
};

use crate::captured::{Captured, Direction, Interface, InterfaceId, LinkType};
use crate::error::{Problem, ReadError};
use crate::stamp::Clock;

/// The frames of a capture in the order of the file, which need not be the order of time.
///
/// Reads sections of either byte order, any number of them, and time stamps of any resolution.
/// Blocks that hold no frame (statistics, names, keys, custom ones) are skipped. After an error
/// there is nothing more.
///
/// The file is read from memory, and the frames borrow from it.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    offset: u64,
    block: u64,
    section: Section,
    interfaces: Vec<Interface>,
}

/// What the blocks of a section rely on.
#[derive(Debug, Default)]
struct Section {
    is_big_endian: bool,
    /// The number of its first interface in the file.
    first: usize,
    /// What only reading needs to know of its interfaces.
    taps: Vec<Tap>,
}

/// What is needed to read the frames of an interface.
#[derive(Debug, Clone, Copy, Default)]
struct Tap {
    clock: Clock,
    /// Octets of FCS at the end of each frame.
    fcs_len: usize,
}

/// `epb_flags` and `if_fcslen`, draft-ietf-opsawg-pcapng 4.3 and 4.2.
const EPB_FLAGS: OptionCode = OptionCode(2);
const IF_FCSLEN: OptionCode = OptionCode(13);
/// The block type that enhanced packet blocks replaced.
const OBSOLETE_PACKET_BLOCK: u32 = 2;

/// The magic numbers of classic pcap: microseconds and nanoseconds, in either byte order.
const CLASSIC_PCAP: [[u8; 4]; 4] = [
    [0xa1, 0xb2, 0xc3, 0xd4],
    [0xd4, 0xc3, 0xb2, 0xa1],
    [0xa1, 0xb2, 0x3c, 0x4d],
    [0x4d, 0x3c, 0xb2, 0xa1],
];

impl<'a> Reader<'a> {
    /// Begins to read a capture.
    ///
    /// # Errors
    /// [`ReadError`] if the octets do not begin with a section header block.
    pub fn new(octets: &'a [u8]) -> Result<Self, ReadError> {
        let mut reader = Self {
            rest: octets,
            offset: 0,
            block: 0,
            section: Section::default(),
            interfaces: Vec::new(),
        };
        if CLASSIC_PCAP.iter().any(|magic| octets.starts_with(magic)) {
            return Err(reader.error(Problem::ClassicPcap));
        }
        if !octets.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]) {
            return Err(reader.error(Problem::NotPcapng));
        }
        // Nothing but a section header begins like this, so no frame can come out.
        match reader.next_block() {
            Ok(_) => Ok(reader),
            Err(problem) => Err(reader.error(problem)),
        }
    }

    /// The interfaces of all sections read so far.
    #[must_use]
    pub fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// Reads one block; it may hold a frame.
    fn next_block(&mut self) -> Result<Option<Captured<'a>>, Problem> {
        let parse = if self.section.is_big_endian {
            parse_block_be
        } else {
            parse_block_le
        };
        let (rest, block) = parse(self.rest).map_err(|error| match error {
            nom::Err::Incomplete(_) => Problem::Truncated {
                left: self.rest.len() as u64,
            },
            nom::Err::Error(PcapError::HeaderNotRecognized) => Problem::NotPcapng,
            nom::Err::Error(_) | nom::Err::Failure(_) => Problem::Malformed,
        })?;
        let captured = match block {
            Block::SectionHeader(header) => {
                self.begin_section(&header)?;
                None
            }
            Block::InterfaceDescription(description) => {
                self.describe_interface(&description)?;
                None
            }
            Block::EnhancedPacket(packet) => Some(self.frame(&packet)?),
            Block::SimplePacket(_) => return Err(Problem::NoStamp),
            Block::Unknown(block) if block.block_type == OBSOLETE_PACKET_BLOCK => {
                return Err(Problem::Obsolete);
            }
            _ => None,
        };
        let len = self.rest.len() - rest.len();
        // Blocks begin at multiples of four octets (3.1), or every later one is read askew.
        if !len.is_multiple_of(4) {
            return Err(Problem::Malformed);
        }
        self.rest = rest;
        self.offset += len as u64;
        self.block += 1;
        Ok(captured)
    }

    fn begin_section(&mut self, header: &SectionHeaderBlock<'_>) -> Result<(), Problem> {
        if header.major_version != 1 {
            return Err(Problem::Version {
                major: header.major_version,
                minor: header.minor_version,
            });
        }
        self.section = Section {
            is_big_endian: header.big_endian(),
            first: self.interfaces.len(),
            taps: Vec::new(),
        };
        Ok(())
    }

    fn describe_interface(
        &mut self,
        description: &InterfaceDescriptionBlock<'_>,
    ) -> Result<(), Problem> {
        /// Type, length, link type, reserved, snap length, length again.
        const FIXED: usize = 20;
        let mut name = None;
        let mut tap = Tap::default();
        for option in options(&description.options, description.block_len1, FIXED)? {
            let value = option.as_bytes().map_err(|_| Problem::Options)?;
            match (option.code, value) {
                (OptionCode::IfName, name_octets) => {
                    let text = String::from_utf8_lossy(name_octets);
                    name = Some(text.trim_end_matches('\0').to_owned());
                }
                (OptionCode::IfTsresol, &[resolution]) => tap.clock.resolution = resolution,
                (OptionCode::IfTsoffset, value) => {
                    let value = value.try_into().map_err(|_| Problem::Options)?;
                    tap.clock.offset = if self.section.is_big_endian {
                        i64::from_be_bytes(value)
                    } else {
                        i64::from_le_bytes(value)
                    };
                }
                (IF_FCSLEN, &[octets]) => tap.fcs_len = usize::from(octets),
                (OptionCode::IfTsresol | IF_FCSLEN, _) => return Err(Problem::Options),
                _ => {}
            }
        }
        let position =
            u32::try_from(self.section.taps.len()).expect("each takes 20 octets of the file");
        self.section.taps.push(tap);
        self.interfaces.push(Interface {
            name,
            position,
            // The parser widens the field's 16 bits.
            link_type: LinkType(description.linktype.0 as u16),
        });
        Ok(())
    }

    fn frame(&self, packet: &EnhancedPacketBlock<'a>) -> Result<Captured<'a>, Problem> {
        /// Type, length, interface, stamp (2), captured and original length, length again.
        const FIXED: usize = 32;
        let position = packet.if_id as usize;
        let tap = self
            .section
            .taps
            .get(position)
            .ok_or(Problem::UnknownInterface {
                interface: packet.if_id,
                known: self.section.taps.len(),
            })?;
        let ticks = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
        let at = tap.clock.instant(ticks).ok_or(Problem::StampRange)?;

        let (mut direction, mut fcs_len) = (None, tap.fcs_len);
        for option in options(
            &packet.options,
            packet.block_len1,
            FIXED + packet.data.len(),
        )? {
            if option.code == EPB_FLAGS {
                let value = option.as_bytes().map_err(|_| Problem::Options)?;
                let value = value.try_into().map_err(|_| Problem::Options)?;
                let flags = if packet.big_endian() {
                    u32::from_be_bytes(value)
                } else {
                    u32::from_le_bytes(value)
                };
                direction = match flags & 0b11 {
                    1 => Some(Direction::Inbound),
                    2 => Some(Direction::Outbound),
                    _ => None,
                };
                // Bits 5 to 8; zero means that this block does not say.
                let stated = (flags >> 5 & 0xf) as usize;
                fcs_len = if stated == 0 { fcs_len } else { stated };
            }
        }

        let captured = packet.data.get(..packet.caplen as usize);
        let captured = captured.ok_or(Problem::Malformed)?;
        let original_len = (packet.origlen as usize)
            .max(captured.len())
            .saturating_sub(fcs_len);
        Ok(Captured {
            at,
            interface: InterfaceId((self.section.first + position) as u32),
            direction,
            octets: &captured[..captured.len().min(original_len)],
            original_len,
        })
    }

    fn error(&self, problem: Problem) -> ReadError {
        ReadError {
            block: self.block,
            offset: self.offset,
            problem,
        }
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<Captured<'a>, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            match self.next_block() {
                Ok(None) => {}
                Ok(Some(captured)) => return Some(Ok(captured)),
                Err(problem) => {
                    let error = self.error(problem);
                    self.rest = &[];
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// The options of a block, up to the one that ends them.
///
/// The parser stops without a word where it understands no further; so it is held against the space
/// the options had: the block's length but for its `fixed` octets.
fn options<'b, 'a>(
    options: &'b [PcapNGOption<'a>],
    block_len: u32,
    fixed: usize,
) -> Result<&'b [PcapNGOption<'a>], Problem> {
    if let Some(end) = options
        .iter()
        .position(|option| option.code == OptionCode::EndOfOpt)
    {
        return Ok(&options[..end]);
    }
    let read: usize = options.iter().map(|option| 4 + option.value.len()).sum();
    if fixed + read == block_len as usize {
        Ok(options)
    } else {
        Err(Problem::Options)
    }
}

#[cfg(test)]
mod tests;
