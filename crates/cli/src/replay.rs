//! `switchlab replay`: a capture through one device.

use std::fmt::Write as _;
use std::process::ExitCode;

use switchlab::capture::Writer;
use switchlab::core::{Counters, DropReason, Instant};
use switchlab::live::{self, ReplayError, ReplayOptions, Replayed};
use switchlab::scenario;

use crate::args::Replay;
use crate::failure::Failure;
use crate::{files, terminal};

pub(crate) fn replay(args: &Replay) -> Result<ExitCode, Failure> {
    let text = files::read_text(&args.device)?;
    let mut file = scenario::device_from_toml(&text, &args.device.to_string_lossy())?;
    let input = files::read(&args.input)?;
    let is_printed = files::is_standard_output(&args.output);
    if !is_printed {
        // A recording cannot be made again: it is not written over.
        files::are_different(&[Some(&args.device), Some(&args.input), Some(&args.output)])?;
        files::check_writable(&args.output)?;
    }
    let names = [&args.input, &args.device].map(|path| files::name(path));
    let comment = format!("switchlab replay of {} through {}", names[0], names[1]);
    let options = ReplayOptions {
        until: args
            .until
            .or(file.run_until)
            .map(|until| Instant::ZERO + until),
        origin: args.origin.map(Into::into),
        ..ReplayOptions::default()
    };

    let capture_failure = |source| Failure::Capture {
        path: args.output.clone(),
        source,
    };
    // Nothing is written of a replay that fails.
    let mut writer = Writer::new(Vec::new(), Some(&comment)).map_err(capture_failure)?;
    let replayed = live::replay(&mut *file.device, &input, &options, &mut writer).map_err(
        |error| match error {
            ReplayError::Write(source) => capture_failure(source),
            source => Failure::Replay {
                path: args.input.clone(),
                source,
            },
        },
    )?;
    let capture = writer.finish().map_err(capture_failure)?;
    let mut text = summary(&replayed, &file.device.counters());
    for note in &file.notes {
        let _ = writeln!(text, "note: {note}");
    }
    if is_printed {
        terminal::print_octets(&capture)?;
        terminal::remark(&text);
    } else {
        files::write(&args.output, &capture)?;
        terminal::print(&text)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What went in, what came out, and what became of the rest.
fn summary(replayed: &Replayed, counters: &Counters) -> String {
    let mut text = String::new();
    let mut line = |name: &str, count: u64, note: &str| {
        if count > 0 || note.is_empty() {
            let _ = writeln!(
                text,
                "{}",
                format!("{name:<20}{count:>10}  {note}").trim_end()
            );
        }
    };
    line("frames read", replayed.read, "");
    line("  offered", replayed.offered, "");
    line(
        "  not offered",
        replayed.late,
        "after the end of the replay",
    );
    let truncated = DropReason::CaptureTruncated;
    line("  not offered", replayed.truncated, &reason(truncated));
    line("frames sent", replayed.sent, "");
    line(
        "frames kept",
        counters.kept,
        "by the device, for itself or for later",
    );
    for (cause, count) in counters.all_drops() {
        line("frames dropped", count, &reason(cause));
    }
    let _ = writeln!(text, "ended at {}", replayed.until);
    text
}

fn reason(reason: DropReason) -> String {
    format!("{reason}: {}", reason.sentence())
}
