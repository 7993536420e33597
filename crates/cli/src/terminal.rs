//! What the person at the terminal sees: colours there, plain text in a pipe.

use std::io::{self, BufWriter, ErrorKind, IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};
use miette::{MietteHandlerOpts, Report};
use serde::Serialize;

use switchlab::scenario::Report as Told;

use crate::failure::Failure;

/// Columns of error messages.
const WIDTH: usize = 100;

/// Settles how failures look.
pub(crate) fn set_up() {
    let is_terminal = io::stderr().is_terminal();
    let in_colour = AutoStream::choice(&io::stderr()) != ColorChoice::Never;
    miette::set_hook(Box::new(move |_| {
        let options = MietteHandlerOpts::new()
            .terminal_links(false)
            .color(in_colour)
            .unicode(is_terminal)
            .width(WIDTH);
        Box::new(options.build())
    }))
    .expect("it is settled once, before anything can fail");
}

/// Prints text for the caller, without its colours where nobody would see them.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    judge(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Prints a report as JSON.
pub(crate) fn print_json(report: &Told) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    judge(report.write_json(&mut out).and_then(|()| out.flush()))
}

/// Prints a file's octets as they are.
pub(crate) fn print_octets(octets: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    judge(out.write_all(octets).and_then(|()| out.flush()))
}

/// Tells something beside what is printed.
pub(crate) fn remark(text: &str) {
    // With nobody to listen there is nothing more to be said.
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// Prints something else as JSON.
pub(crate) fn print_as_json(value: &impl Serialize) -> Result<(), Failure> {
    let text =
        serde_json::to_string_pretty(value).expect("it has no maps with keys other than text");
    print(&(text + "\n"))
}

/// A reader who has seen enough and closed the pipe is no failure.
fn judge(printed: io::Result<()>) -> Result<(), Failure> {
    match printed {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Print(error)),
        _ => Ok(()),
    }
}

/// Tells why the program stops.
pub(crate) fn complain(failure: Failure) {
    // With nobody to listen there is nothing more to be said.
    let _ = writeln!(io::stderr(), "{:?}", Report::new(failure));
}
