//! The options of a packet, and where a source route sends it. RFC 1812, 5.2.4.1.

use switchlab_core::{DropReason, Explain, Step};
use switchlab_ip::{IcmpError, Options};
use switchlab_wire::{Frame, Ipv4};

use super::{Arrival, Router, packet, packet_mut, view};
use crate::Passage;
use crate::decide::{Fate, decide};
use crate::ways::Ways;

impl<P: Passage> Router<P> {
    /// Reads the options, and has a source route decide where the packet goes. RFC 1812, 5.2.4.1.
    pub(super) fn obey_options<E: Explain>(
        &mut self,
        frame: &mut Frame,
        arrival: &mut Arrival<P::Mark>,
        fate: Fate,
        ways: &mut Ways<'_>,
        explain: &mut E,
    ) -> Result<Fate, DropReason> {
        let packet = view(frame);
        let own = match fate {
            Fate::Local => packet.destination(),
            _ => self.address_towards(packet.source(), arrival.interface),
        };
        arrival.options = Options::read(packet_mut(frame), own);
        if let Some(pointer) = arrival.options.problem() {
            self.tell(
                IcmpError::ParameterProblem { pointer },
                None,
                frame,
                arrival,
                ways,
            );
            explain.step(|| {
                Step::refused(
                    "l3.options",
                    "do the options make sense?",
                    DropReason::HeaderMalformed,
                )
            });
            return Err(DropReason::HeaderMalformed);
        }
        let Some(route) = arrival.options.source_route() else {
            return Ok(fate);
        };
        let refused = Err(DropReason::SourceRoute);
        explain.step(|| Step {
            stage: "l3.options",
            asked: "may the packet bring its own route?".to_owned(),
            found: if self.interfaces[arrival.interface].source_route {
                "yes"
            } else {
                "no"
            }
            .to_owned(),
            because: "Source routes let senders go round filters, so few routers obey them.".into(),
        });
        if !self.interfaces[arrival.interface].source_route || !arrival.to_us_alone {
            return refused;
        }
        match fate {
            Fate::Local => self.follow(frame, arrival, ways, explain),
            Fate::Forward { .. } if route.is_strict => {
                // The packet had to come to an address of ours; octet 16 is where the header says otherwise.
                self.tell(
                    IcmpError::ParameterProblem { pointer: 16 },
                    None,
                    frame,
                    arrival,
                    ways,
                );
                refused
            }
            Fate::Forward { .. } | Fate::Refused(..) => Ok(fate),
            Fate::Broadcast(_) => refused,
        }
    }

    /// Finds the first address of a source route that is not one of ours.
    fn follow<E: Explain>(
        &mut self,
        frame: &mut Frame,
        arrival: &mut Arrival<P::Mark>,
        ways: &mut Ways<'_>,
        explain: &mut E,
    ) -> Result<Fate, DropReason> {
        let ingress = self.interfaces[arrival.interface].ingress;
        // A header has room for nine addresses.
        for ahead in 0.. {
            let next = match arrival.options.address(packet(frame), ahead) {
                Ok(Some(next)) => next,
                Ok(None) => break,
                Err(pointer) => {
                    self.tell(
                        IcmpError::ParameterProblem { pointer },
                        None,
                        frame,
                        arrival,
                        ways,
                    );
                    return Err(DropReason::SourceRoute);
                }
            };
            let decided = decide(
                &self.routes,
                ingress,
                packet(frame),
                view(frame).source(),
                next,
                explain,
            )?;
            match decided {
                Fate::Local => Ipv4::set_destination(packet_mut(frame), next),
                Fate::Forward { .. } => {
                    arrival.options.follow(next, ahead);
                    return Ok(decided);
                }
                Fate::Broadcast(_) | Fate::Refused(..) => return Err(DropReason::SourceRoute),
            }
        }
        Ok(Fate::Local)
    }
}
