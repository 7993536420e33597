//! What the person at the terminal sees: colours there, plain text in a pipe.

use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

use miette::{MietteHandlerOpts, Report};

use crate::failure::Failure;

/// Width of plain error messages, where no terminal says how wide it is.
const PLAIN_WIDTH: usize = 120;

/// Settles how failures look.
pub(crate) fn set_up() {
    let is_terminal = io::stderr().is_terminal();
    miette::set_hook(Box::new(move |_| {
        let options = MietteHandlerOpts::new().terminal_links(false);
        Box::new(if is_terminal {
            options.build()
        } else {
            options
                .color(false)
                .unicode(false)
                .width(PLAIN_WIDTH)
                .build()
        })
    }))
    .expect("it is settled once, before anything can fail");
}

/// Prints text for the caller; a reader who has seen enough and closed the pipe is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Print(error)),
        _ => Ok(()),
    }
}

/// Tells why the program stops.
pub(crate) fn complain(failure: Failure) {
    // With nobody to listen there is nothing more to be said.
    let _ = writeln!(io::stderr(), "{:?}", Report::new(failure));
}
